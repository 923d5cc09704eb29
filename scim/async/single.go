package async

import (
	"bytes"
	"context"
	"errors"

	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// single carries out a request on one resource.
func (s *Service) single(ctx context.Context, c *scim.Caller, request *Request) (Result, error) {
	t, ok := s.Provider.Types().Type(request.Type)
	if !ok {
		return Result{}, fault.NotFound("there is no such endpoint any more")
	}
	response := &Response{Method: request.Method, URI: uri(t, request.ID)}
	if request.Method == "POST" {
		request.ID = c.Ledger.ID(0).String()
	}
	resource, err := s.once(ctx, c, t, request)
	if refused, ok := final(err); ok {
		if request.Method != "POST" {
			response.Location = request.Base + response.URI
		}
		response.refuse(refused)
	} else if err != nil {
		return Result{}, err
	} else if err := response.succeed(ctx, t, request, resource); err != nil {
		return Result{}, err
	}
	return Result{Base: request.Base, Responses: []Response{*response}}, nil
}

// once carries a request out unless that has happened before. The resource is
// nil where it was deleted, by the request or since.
func (s *Service) once(ctx context.Context, c *scim.Caller, t *schema.ResourceType, request *Request) (*scim.Resource, error) {
	resource, carried, err := s.before(ctx, c, t, request)
	if err != nil || carried {
		return resource, err
	}
	body, match := bytes.NewReader(request.Body), scim.ParsePrecondition(request.Match)
	switch request.Method {
	case "POST":
		resource, err = s.Provider.Create(ctx, c, t, body, request.View)
	case "PUT":
		resource, err = s.Provider.Replace(ctx, c, t, request.ID, match, body, request.View)
	case "PATCH":
		resource, err = s.Provider.Patch(ctx, c, t, request.ID, match, body, request.View)
	default:
		err = s.Provider.Delete(ctx, c, t, request.ID, match)
	}
	if request.Method == "POST" && resource != nil {
		request.ID = resource.ID() // it may have come back with its own
	}
	if _, refused := final(err); refused {
		// What refuses it may be what it did itself: an attempt that was given
		// up for lost can still have come through.
		if own, carried, err := s.before(ctx, c, t, request); err != nil || carried {
			return own, err
		}
	}
	return resource, err
}

// before finds out whether a request was carried out by an earlier attempt. The
// resource is then as it is now.
func (s *Service) before(ctx context.Context, c *scim.Caller, t *schema.ResourceType, request *Request) (resource *scim.Resource, carried bool, err error) {
	id, ok := store.ParseID(request.ID)
	if !ok {
		return nil, false, nil
	}
	carried, err = c.Ledger.Carried(ctx, 0, store.Key{Tenant: c.Tenant, Type: t.Name, ID: id})
	if err == nil && !carried && request.Method == "POST" {
		if id, carried, err = c.Ledger.Revived(ctx, 0, t.Name); carried {
			request.ID = id.String()
		}
	}
	if err != nil || !carried || request.Method == "DELETE" {
		return nil, carried, err
	}
	resource, err = s.Provider.Get(ctx, c, t, request.ID, request.View)
	if refused, ok := fault.As(err); ok && refused.Status == 404 {
		return nil, true, nil
	}
	return resource, true, err
}

// succeed words a success as the answer would have been.
func (r *Response) succeed(ctx context.Context, t *schema.ResourceType, request *Request, resource *scim.Resource) error {
	r.URI = uri(t, request.ID)
	r.Location, r.Status = request.Base+r.URI, 200
	switch request.Method {
	case "POST":
		r.Status = 201
	case "DELETE":
		r.Status = 204
	}
	if resource == nil {
		return nil
	}
	r.Version = resource.ETag()
	if request.Method == "PATCH" && resource.Large() && request.View.IsDefault() {
		r.Status = 204
		return nil
	}
	var body bounded
	err := resource.WriteTo(ctx, &body)
	if errors.Is(err, errFull) {
		return nil // too large to be kept: its location tells where it is
	}
	r.Body = body.Bytes()
	return err
}

// mostBody is the largest body of an answer that is kept.
const mostBody = 1 << 20

var errFull = errors.New("the answer is too large to be kept")

// bounded holds the body of an answer.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > mostBody {
		return 0, errFull
	}
	return b.Buffer.Write(p)
}
