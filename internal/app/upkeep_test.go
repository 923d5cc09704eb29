package app

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/scim"
	"rollcall/store"
)

var errKilled = errors.New("the process was killed")

// mortal is a store whose process is killed when it enqueues more than so many
// jobs.
type mortal struct {
	store.Store
	jobs int
}

func (m *mortal) Enqueue(ctx context.Context, job store.NewJob) error {
	if m.jobs--; m.jobs < 0 {
		return errKilled
	}
	return m.Store.Enqueue(ctx, job)
}

// TestAccountsAreScheduledOnce holds that every tenant of an earlier release has
// its accounts gone through, whenever the copy that asks for it is killed, and
// once.
func TestAccountsAreScheduledOnce(t *testing.T) {
	t.Parallel()
	opened := testdb.OpenSQLite(t)
	tenant := func(name string) store.TenantID {
		t.Helper()
		made, err := opened.CreateTenant(t.Context(), store.Tenant{Name: name, Created: time.Now()}, store.Audit{})
		if err != nil {
			t.Fatal(err)
		}
		return made.ID
	}
	want := func(tenant store.TenantID, n int) {
		t.Helper()
		jobs, err := opened.Jobs(t.Context(), store.JobQuery{Tenant: tenant, Kinds: []string{scim.RescheduleKind}, Limit: 10})
		if err != nil || len(jobs) != n {
			t.Errorf("tenant %d: %d jobs, %v, want %d", tenant, len(jobs), err, n)
		}
	}
	tenants := []store.TenantID{tenant("a"), tenant("b"), tenant("c")}
	for n := range tenants {
		if err := scheduleAccounts(t.Context(), &mortal{Store: opened, jobs: n}); !errors.Is(err, errKilled) {
			t.Fatalf("killed after %d: %v", n, err)
		}
	}
	// Two copies that start at once ask for one job.
	var copies sync.WaitGroup
	for range 2 {
		copies.Go(func() {
			if err := scheduleAccounts(t.Context(), opened); err != nil {
				t.Error(err)
			}
		})
	}
	copies.Wait()
	for _, tenant := range tenants {
		want(tenant, 1)
	}
	// Who comes later has nothing to catch up on.
	late := tenant("late")
	if err := scheduleAccounts(t.Context(), opened); err != nil {
		t.Fatal(err)
	}
	want(late, 0)
}
