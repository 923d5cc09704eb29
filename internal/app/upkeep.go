package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/jobs"
	"rollcall/internal/operator"
	"rollcall/scim"
	"rollcall/store"
)

// RetentionConfig says how long is kept what only grows.
type RetentionConfig struct {
	AuditRetention  time.Duration `default:"0s" help:"How long rows of the audit trail are kept, a day at least; 0 keeps them for ever."`
	SignInRetention time.Duration `default:"8760h" help:"How long the history of sign-ins is kept, a day at least; 0 keeps it for ever."`

	InspectRetention time.Duration `default:"168h" help:"How long requests of inspected connections are kept, an hour at least."`
	InspectRequests  int           `default:"1000" help:"How many requests of an inspected connection are kept at the most."`
	InspectBody      int           `default:"16384" help:"Largest body in bytes that is kept of a request or an answer of an inspected connection; 0 keeps none."`
}

func (c RetentionConfig) validate() error {
	for name, kept := range map[string]time.Duration{"audit-retention": c.AuditRetention, "sign-in-retention": c.SignInRetention} {
		if kept != 0 && kept < 24*time.Hour {
			return fmt.Errorf("%s must be a day at least, or 0", name)
		}
	}
	switch {
	case c.InspectRetention < time.Hour:
		return errors.New("inspect-retention must be an hour at least")
	case c.InspectRequests < 1 || c.InspectBody < 0 || c.InspectBody > mostInspected:
		return fmt.Errorf("inspect-requests must be 1 at least, and inspect-body between 0 and %d", mostInspected)
	}
	return nil
}

// mostInspected bounds the bodies that wait to be stored, in bytes each.
const mostInspected = 1 << 20

// keepStep bounds what one statement of the retention looks at.
const keepStep = 1000

// newRetention forgets what is too old, in one copy of the server at a time.
func newRetention(config Config, opened store.Store, logger *slog.Logger) *sole {
	return newSole(retentionLease, time.Hour, config, opened, logger, func(ctx context.Context, hold func() error) error {
		tenants, err := opened.Tenants(ctx)
		if err != nil {
			return err
		}
		if _, err := operator.New(opened, nil).Forget(ctx); err != nil {
			return err
		}
		now := time.Now().UTC()
		for i := range tenants {
			if err := errors.Join(forgetAudit(ctx, opened, tenants[i].ID, now, config.AuditRetention, hold),
				forgetSignIns(ctx, opened, tenants[i].ID, now, config.SignInRetention, hold),
				forgetRequests(ctx, opened, tenants[i].ID, now, config.InspectRetention, hold)); err != nil {
				return err
			}
		}
		return nil
	})
}

func forgetAudit(ctx context.Context, opened store.AuditKeeper, tenant store.TenantID, now time.Time, kept time.Duration, hold func() error) error {
	if kept == 0 {
		return nil
	}
	prune := store.AuditPrune{Tenant: tenant, Before: now.Add(-kept), Limit: keepStep}
	for more := true; more; {
		if err := hold(); err != nil {
			return err
		}
		step, err := opened.PruneAudit(ctx, prune)
		if err != nil {
			return err
		}
		prune.After, more = step.Next, step.More
	}
	return nil
}

func forgetSignIns(ctx context.Context, opened store.Upkeep, tenant store.TenantID, now time.Time, kept time.Duration, hold func() error) error {
	for more := kept != 0; more; {
		if err := hold(); err != nil {
			return err
		}
		n, err := opened.ForgetSignIns(ctx, tenant, now.Add(-kept), keepStep)
		if err != nil {
			return err
		}
		more = n == keepStep
	}
	return nil
}

func forgetRequests(ctx context.Context, opened store.RequestKeeper, tenant store.TenantID, now time.Time, kept time.Duration, hold func() error) error {
	for more := true; more; {
		if err := hold(); err != nil {
			return err
		}
		n, err := opened.ForgetRequests(ctx, tenant, now.Add(-kept), keepStep)
		if err != nil {
			return err
		}
		more = n == keepStep
	}
	return nil
}

// rescheduling works out anew when the accounts of a tenant are due. The
// checkpoint is the last account.
func rescheduling(provider *scim.Provider) jobs.Kind {
	return jobs.Kind{Name: scim.RescheduleKind, Run: func(ctx context.Context, task *jobs.Task) (jobs.Outcome, error) {
		after := uuid.Nil
		copy(after[:], task.Checkpoint)
		for {
			next, err := provider.Reschedule(ctx, task.Job.Tenant, after)
			if err != nil || next == uuid.Nil {
				return jobs.Outcome{}, err
			}
			after = next
			if err := task.Save(ctx, store.JobSave{Checkpoint: after[:]}); err != nil {
				return jobs.Outcome{}, err
			}
		}
	}}
}

// scheduledLease is taken for ever when all jobs are asked for that go through
// the accounts of earlier releases, which know no times of their own.
const scheduledLease = "accounts-scheduled"

// scheduledJob is the id of that job in every tenant, so that asking again is
// refused: by a copy that was killed before it took the lease, or by another one.
var scheduledJob = uuid.NewSHA1(uuid.NameSpaceURL, []byte("rollcall:"+scheduledLease))

// scheduleAccounts lets the accounts be gone through that earlier releases made.
func scheduleAccounts(ctx context.Context, opened store.Store) error {
	owner := uuid.NewString()
	now := time.Now().UTC()
	// A lease that ends at once asks whether it is taken, and keeps nobody out.
	if free, err := opened.Lease(ctx, scheduledLease, owner, now, now); err != nil || !free {
		return err
	}
	tenants, err := opened.Tenants(ctx)
	if err != nil {
		return err
	}
	for i := range tenants {
		err := opened.Enqueue(ctx, scim.RescheduleJob(tenants[i].ID, scheduledJob, now.Truncate(time.Microsecond), 0))
		if err != nil && !errors.Is(err, store.ErrUniqueness) {
			return err
		}
	}
	_, err = opened.Lease(ctx, scheduledLease, owner, time.Now().UTC(), store.Forever)
	return err
}
