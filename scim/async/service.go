package async

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

// Kind is the kind of the jobs.
const Kind = "scim.async"

// Store is what the service needs of a backend.
type Store interface {
	store.JobQueue
	store.AuditReader
	store.Departures
	store.Connections
	store.Secrets
}

// Options configures a Service.
type Options struct {
	Provider *scim.Provider
	Store    Store
	// Wake tells the runner of jobs that there is a new one; nil for nobody.
	Wake func()
	// MaxWaiting is how many unfinished jobs a tenant may have. Zero means
	// 1,000.
	MaxWaiting int
	// Now is the clock; nil means time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

// Service accepts requests, carries them out and tells what became of them. It
// is safe for concurrent use.
type Service struct {
	Options
	seal *scim.Seal
}

// New returns a service. Its jobs are run by who calls Run.
func New(options Options) *Service {
	if options.Wake == nil {
		options.Wake = func() {}
	}
	if options.MaxWaiting == 0 {
		options.MaxWaiting = 1000
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{Options: options, seal: scim.NewSeal(options.Store, "async request")}
}

// txn is what a client knows a request by. It is the id of the job.
func txn(job *store.Job) string { return job.ID.String() }

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

// errTooMany says that a tenant has to wait.
var errTooMany = fault.Plain(429, "too many asynchronous requests wait to be carried out; try again after the time in Retry-After, or without Prefer: respond-async")

// Accept keeps a request that was authenticated and found to be well-formed.
// From then on it is carried out whatever happens to this process. It returns
// the txn.
func (s *Service) Accept(ctx context.Context, c *scim.Caller, connection uuid.UUID, request *Request) (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	now := s.now()
	job := store.Job{
		Tenant: c.Tenant, ID: id, Kind: Kind, ActorKind: c.Kind, ActorID: c.ID, Connection: connection,
		RequestID: c.RequestID, RunAfter: now, Created: now,
	}
	request.Base, request.Subject = c.Base, c.Subject
	input, err := request.close(ctx, s.seal, &job)
	if err != nil {
		return "", fmt.Errorf("keep the request: %w", err)
	}
	err = s.Store.Enqueue(ctx, store.NewJob{Job: job, Input: input, Most: s.MaxWaiting})
	if errors.Is(err, store.ErrFull) {
		return "", errTooMany
	}
	if err != nil {
		return "", fmt.Errorf("keep the request: %w", err)
	}
	s.Wake()
	return txn(&job), nil
}

// Completion is what became of a request.
type Completion struct {
	// Txn is that of the request.
	Txn string
	// Done says that the request has been carried out, or never will be.
	Done bool
	// At is when that was.
	At time.Time
	Result
}

// Status tells what became of a request, to the very caller that made it; to
// others it is store.ErrNotFound, and so is one that is no longer kept. What was
// answered about a resource that was purged since is left out.
func (s *Service) Status(ctx context.Context, c *scim.Caller, connection uuid.UUID, txn string) (*Completion, error) {
	id, ok := store.ParseID(txn)
	if !ok {
		return nil, store.ErrNotFound
	}
	job, err := s.Store.Job(ctx, c.Tenant, id)
	if err != nil {
		return nil, err
	}
	if job.Kind != Kind || job.Connection != connection || job.ActorKind != c.Kind || job.ActorID != c.ID {
		return nil, store.ErrNotFound
	}
	completion := &Completion{Txn: txn, Done: job.State.Finished(), At: job.Finished}
	if !completion.Done {
		return completion, nil
	}
	kept, err := s.Store.JobResult(ctx, c.Tenant, id)
	if err != nil {
		return nil, err
	}
	if completion.Result, err = readResult(kept, job.State); err != nil {
		return nil, err
	}
	return completion, s.forget(ctx, c.Tenant, &completion.Result)
}

const (
	firstLook = 10 * time.Millisecond
	lastLook  = 250 * time.Millisecond
)

// Wait is Status for a client that waits for the end, for so long at most.
func (s *Service) Wait(ctx context.Context, c *scim.Caller, connection uuid.UUID, txn string, limit time.Duration) (*Completion, error) {
	end := time.NewTimer(limit)
	defer end.Stop()
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		completion, err := s.Status(ctx, c, connection, txn)
		if c.Progress != nil {
			c.Progress()
		}
		if err != nil || completion.Done {
			return completion, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-end.C:
			return completion, nil
		case <-time.After(pause):
		}
	}
}
