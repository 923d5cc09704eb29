package async

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/scim/profile"
	"rollcall/scim/schema"
	"rollcall/store"
)

// End is the end of a job.
type End struct {
	// Failed says that the request was refused.
	Failed bool
	Result []byte
	Events []store.Event
	// Progress counts the operations.
	Progress store.JobProgress
}

// end renders a result.
func (r *Result) end(job *store.Job) (End, error) {
	kept, err := json.Marshal(r)
	if err != nil {
		return End{}, fmt.Errorf("render the result: %w", err)
	}
	end := End{Result: kept, Events: r.events(txn(job)), Progress: store.JobProgress{Total: int64(len(r.Responses))}}
	for i := range r.Responses {
		if r.Responses[i].OK() {
			end.Progress.Done++
		} else {
			end.Progress.Failed++
		}
	}
	end.Failed = !r.Bulk && end.Progress.Failed > 0
	return end, nil
}

// errNoConnection is told when a connection was removed before its request ran.
var errNoConnection = fault.Plain(401, "the connection that sent the request does not exist any more")

// Save stores items of the job that runs. Its error ends the attempt.
type Save func(ctx context.Context, save store.JobSave) error

// Run carries a request out. A refusal is a result; an error says that the
// request may be tried again, which does nothing twice.
func (s *Service) Run(ctx context.Context, job store.Job, input []byte, save Save) (End, error) {
	request, err := open(ctx, s.seal, &job, input)
	if err != nil {
		return End{}, err
	}
	caller, err := s.caller(ctx, &job, request, save)
	var result Result
	switch {
	case err != nil:
	case request.bulk():
		result, err = s.bulk(ctx, caller, request)
	default:
		result, err = s.single(ctx, caller, request)
	}
	if refused, ok := final(err); ok {
		result = request.failed(refused)
	} else if err != nil {
		return End{}, err
	}
	return result.end(&job)
}

// Dead words the end of a request that was tried too often.
func (s *Service) Dead(ctx context.Context, job store.Job, input []byte) End {
	request, err := open(ctx, s.seal, &job, input)
	if err != nil {
		s.Logger.ErrorContext(ctx, "an asynchronous request was given up", "job", job.ID, "error", err)
		return End{}
	}
	result := request.failed(errGivenUp)
	if t, ok := s.Provider.Types().Type(request.Type); ok {
		result.Responses[0].URI = uri(t, request.ID)
	}
	end, _ := result.end(&job) // there is nothing in it that has no form
	return end
}

// final reports whether an error is a refusal that stays: not one for the state
// that the server is in.
func final(err error) (*fault.Error, bool) {
	refused, ok := fault.As(err)
	return refused, ok && refused.Status < 500 && !errors.Is(err, context.Canceled)
}

// caller is who asked, as the connection is now: its options may have changed.
// Whether the token is still good is not asked, it is not known any more; a
// user that it acted for has to be active.
func (s *Service) caller(ctx context.Context, job *store.Job, request *Request, save Save) (*scim.Caller, error) {
	connections, err := s.Store.Connections(ctx, job.Tenant)
	if err != nil {
		return nil, err
	}
	for _, connection := range connections {
		if connection.ID != job.Connection {
			continue
		}
		rules, err := profile.Of(connection.Options)
		if err != nil {
			s.Logger.WarnContext(ctx, "the options of a connection are not understood; it is served by what is left of them, or strictly", "connection", connection.Name, "error", err)
		}
		leniency := rules.Leniency()
		ledger := &ledger{store: s.Store, save: save, job: job, seed: request.Seed, bulk: request.bulk()}
		caller := scim.ConnectionCaller(&connection)
		caller.Kind, caller.ID, caller.Subject = job.ActorKind, job.ActorID, request.Subject
		caller.Base, caller.RequestID, caller.Ledger, caller.Leniency = request.Base, ledger.RequestID(0), ledger, &leniency
		caller.MayLifecycle, caller.MayRoles = request.MayLifecycle, request.MayRoles
		caller.Roles, caller.Revives = rules.Roles, rules.Revives
		return caller, nil
	}
	return nil, errNoConnection
}

// uri is the path of a resource below the base, or of the endpoint.
func uri(t *schema.ResourceType, id string) string {
	if _, ok := store.ParseID(id); !ok {
		return t.Endpoint
	}
	return t.Endpoint + "/" + id
}

// bulk carries out a bulk request. Where the server fails in the middle of it,
// it is tried again: what was done is known by then.
func (s *Service) bulk(ctx context.Context, c *scim.Caller, request *Request) (Result, error) {
	results, err := s.Provider.Bulk(ctx, c, bytes.NewReader(request.Body))
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return Result{}, err
	}
	out := Result{Bulk: true, Base: request.Base, Responses: make([]Response, 0, len(results))}
	for _, one := range results {
		response := Response{
			Place: one.Place, Method: one.Method, BulkID: one.BulkID, Version: one.Version, Location: one.Location, Status: one.Status,
			URI: strings.TrimPrefix(one.Location, request.Base),
		}
		if response.URI == "" {
			response.URI = one.Endpoint
		}
		if response.URI == "" {
			response.URI = "/Bulk"
		}
		if one.Err != nil {
			refused, ok := final(one.Err)
			if !ok {
				return Result{}, one.Err
			}
			response.refuse(refused)
		}
		out.Responses = append(out.Responses, response)
	}
	return out, nil
}
