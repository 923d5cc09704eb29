package letter

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/jobs"
	"rollcall/internal/mail"
	"rollcall/scim"
	"rollcall/store"
)

// Store is what the service needs of a backend.
type Store interface {
	store.JobQueue
	store.Tenants
	store.Connections
	store.Secrets
}

// Options configures a Service.
type Options struct {
	Store     Store
	Transport mail.Transport
	Composer  *mail.Composer
	// Root is under which people reach the server. It is never taken from a
	// request: who sends one could choose where the links lead.
	Root string
	// AlertsTo are told of what the mass guard finds.
	AlertsTo []mail.Recipient
	// Now is the clock; nil means time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

// Service keeps letters and sends them. It is safe for concurrent use.
type Service struct {
	Options
	seal *scim.Seal

	mu sync.Mutex
	// tenants are the names of tenants, which never change.
	tenants map[store.TenantID]string
}

// New returns a service. Letters are sent by who runs its Kinds.
func New(options Options) *Service {
	if options.Now == nil {
		options.Now = time.Now
	}
	options.Logger = cmp.Or(options.Logger, slog.New(slog.DiscardHandler))
	return &Service{Options: options, seal: scim.NewSeal(options.Store, "letter"), tenants: map[store.TenantID]string{}}
}

// The kinds of jobs.
const (
	kindMail   = "mail"
	kindForgot = "mail.forgot"
)

// The longest pause between attempts is five minutes: a letter waits more than a
// day for a mail server. A link that ends before is noticed then.
const (
	attempts = 500
	kept     = 7 * 24 * time.Hour
)

// Kinds are the jobs that send what is kept.
func (s *Service) Kinds(provider *scim.Provider) []jobs.Kind {
	return []jobs.Kind{
		{Name: kindMail, Failures: attempts, Keep: kept, Run: func(ctx context.Context, task *jobs.Task) (jobs.Outcome, error) {
			return s.send(ctx, provider, task)
		}},
		{Name: kindForgot, Run: func(ctx context.Context, task *jobs.Task) (jobs.Outcome, error) {
			return s.forgot(ctx, provider, task)
		}},
	}
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

// newJob is a job on behalf of a caller, to be done now.
func (s *Service) newJob(c *scim.Caller, kind string) (store.Job, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return store.Job{}, fmt.Errorf("make an id: %w", err)
	}
	now := s.now()
	return store.Job{
		Tenant: c.Tenant, ID: id, Kind: kind, ActorKind: c.Kind, ActorID: c.ID, Connection: c.Connection,
		RequestID: c.RequestID, Created: now, RunAfter: now,
	}, nil
}

// tenant is the name of a tenant.
func (s *Service) tenant(ctx context.Context, id store.TenantID) (string, error) {
	s.mu.Lock()
	name, known := s.tenants[id]
	s.mu.Unlock()
	if known {
		return name, nil
	}
	all, err := s.Store.Tenants(ctx)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range all {
		s.tenants[all[i].ID] = all[i].Name
	}
	if name, known = s.tenants[id]; !known {
		return "", fmt.Errorf("tenant %d: %w", id, store.ErrNotFound)
	}
	return name, nil
}
