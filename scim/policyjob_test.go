package scim_test

import (
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/store"
)

// TestPolicyBringsItsJob: with a policy comes the job by which timers follow it,
// and with one that is refused comes none.
func TestPolicyBringsItsJob(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		want := func(n int) {
			t.Helper()
			jobs, err := opened.Jobs(t.Context(), store.JobQuery{Tenant: b.admin.Tenant, Limit: 10})
			if err != nil || len(jobs) != n {
				t.Fatalf("%d jobs, %v, want %d", len(jobs), err, n)
			}
			for _, job := range jobs {
				if job.Kind != "lifecycle.reschedule" || job.ActorKind != "system" || !job.RunAfter.Equal(b.clock.now().Add(time.Minute)) {
					t.Errorf("%+v", job)
				}
			}
		}
		set := func(document string, match int64) error {
			_, _, err := b.provider.SetPolicy(t.Context(), b.admin, []byte(document), match, "test")
			return err
		}
		if err := set(`{"stale":{"after":"20d","warnAfter":"10d"}}`, 0); err != nil {
			t.Fatal(err)
		}
		want(1)
		if err := set(`{}`, 0); !has(err, 412) {
			t.Errorf("another revision: %v", err)
		}
		if err := set(`{"stale":7}`, 1); !has(err, 400) {
			t.Errorf("no policy: %v", err)
		}
		want(1)
		if err := set(`{}`, -1); err != nil {
			t.Fatal(err)
		}
		want(2)
	})
}
