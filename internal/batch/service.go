package batch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"rollcall/internal/jobs"
	"rollcall/scim"
	"rollcall/store"
)

// The kinds of the jobs.
const (
	Kind     = "batch"
	KindDry  = "batch.dry"
	KindUndo = "batch.undo"
)

// Kept is how long a batch can be looked at and undone: as long as those whom it
// deprovisioned are kept by default.
const Kept = 30 * 24 * time.Hour

// mostUnfinished is how many unfinished jobs a tenant may have for another batch
// to be taken.
const mostUnfinished = 1000

// Store is what the service needs of a backend beside the provider.
type Store interface {
	store.JobQueue
	store.AuditKeeper
	store.Uploads

	// Connections lists those of a tenant.
	Connections(ctx context.Context, tenant store.TenantID) ([]store.Connection, error)
}

// Options configures a Service.
type Options struct {
	Provider *scim.Provider
	Store    Store
	// Wake tells the runner of jobs that there is a new one; nil for nobody.
	Wake func()
	// Soon is of how many users a dry run is answered at once, and not by a job
	// (2,000).
	Soon int
	// MostFiles is how many files a tenant may hold at a time (100), MostBytes how
	// much is in them, in bytes (1 GiB).
	MostFiles int
	MostBytes int64
	// Pause lets others have their turn after a piece of work that took a time;
	// nil waits for a quarter of it.
	Pause func(ctx context.Context, worked time.Duration)
	// Now is the clock; nil means time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

// Service takes batches and carries them out. It is safe for concurrent use.
type Service struct{ Options }

// New returns a service; its jobs are run by a runner of its Kinds.
func New(options Options) *Service {
	if options.Wake == nil {
		options.Wake = func() {}
	}
	if options.Soon == 0 {
		options.Soon = 2000
	}
	if options.MostFiles == 0 {
		options.MostFiles = 100
	}
	if options.MostBytes == 0 {
		options.MostBytes = 1 << 30
	}
	if options.Pause == nil {
		options.Pause = pause
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{options}
}

// Kinds are how the jobs are run.
func (s *Service) Kinds() []jobs.Kind {
	return []jobs.Kind{
		{Name: Kind, Run: s.run, Keep: Kept},
		{Name: KindDry, Run: s.runDry, Keep: 24 * time.Hour},
		{Name: KindUndo, Run: s.runUndo, Keep: Kept},
		{Name: KindImport, Run: s.runImport, Keep: Kept},
		{Name: KindImportDry, Run: s.runImport, Keep: fileKept},
	}
}

// pause keeps the store free for a fifth of the time.
func pause(ctx context.Context, worked time.Duration) {
	timer := time.NewTimer(min(worked/4, time.Second))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

// ErrBusy says that too many jobs of the tenant are unfinished.
var ErrBusy = errors.New("too many jobs wait to be carried out")

// enqueue stores a job with its head, and notes in the audit trail that it was
// asked for.
func (s *Service) enqueue(ctx context.Context, c *scim.Caller, kind string, id uuid.UUID, input any, head Head) (*Batch, error) {
	text, err := json.Marshal(input)
	if err != nil {
		return nil, fmt.Errorf("render a batch: %w", err)
	}
	item, err := head.item()
	if err != nil {
		return nil, err
	}
	now := s.now()
	job := store.Job{Tenant: c.Tenant, ID: id, Kind: kind, ActorKind: c.Kind, ActorID: c.ID, RequestID: c.RequestID, RunAfter: now, Created: now}
	err = s.Store.Enqueue(ctx, store.NewJob{Job: job, Input: text, Items: []store.JobItem{item}, Most: mostUnfinished})
	if errors.Is(err, store.ErrFull) {
		return nil, ErrBusy
	}
	if err != nil {
		return nil, err
	}
	s.Wake()
	job.State = store.JobQueued
	return &Batch{Job: job, Head: head}, nil
}

// note writes that a batch begins: which one, of how many users, and why. What
// it does to each of them is in rows of their own, whose request is the job.
func (s *Service) note(ctx context.Context, job *store.Job, action, reason string, users int64) error {
	err := s.Store.Note(ctx, store.Key{Tenant: job.Tenant, Type: store.BatchSubject, ID: job.ID}, store.Audit{
		At: s.now(), ActorKind: job.ActorKind, ActorID: job.ActorID, RequestID: job.RequestID,
		Action: action, Reason: reason, Changes: fmt.Appendf(nil, `{"users":[null,%d]}`, users),
	})
	if err != nil {
		return fmt.Errorf("note a batch: %w", err)
	}
	return nil
}

// caller is in whose name a job runs. The audit rows that it makes have the job
// for their request. No connection asks, so the mass guard judges nothing: that
// the number was confirmed is what guards a batch (see Removals).
func caller(job *store.Job) *scim.Caller {
	return scim.AdministratorCaller(job.Tenant, job.ActorKind, job.ActorID, job.ID.String())
}
