package batch_test

import (
	"slices"
	"strings"
	"testing"

	"rollcall/internal/batch"
)

// TestRemovals: what batches remove is counted by how it is confirmed and how far
// it has got.
func TestRemovals(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		want := func(done, confirmed int) {
			b.Helper()
			found, err := b.service.Guard(b.Context(), b.admin)
			if err != nil || found.Removals != done || found.Allowance != confirmed {
				b.Errorf("%+v, %v; want %d done, %d confirmed", found, err, done, confirmed)
			}
		}
		ids := b.users(70)
		want(0, 0)
		cancelled := b.apply(plan("lock", ids[60:]...), 10)
		if _, err := b.service.Cancel(b.Context(), b.admin, cancelled.Job.ID); err != nil {
			b.Fatal(err)
		}
		want(0, 0)
		taken := []*batch.Batch{
			b.apply(plan("suspend", ids[:40]...), 40), b.apply(plan("deprovision", ids[40:60]...), 20), b.apply(plan("unlock", ids...), 70),
		}
		want(0, 60)
		b.runner()
		for _, one := range slices.Backward(taken) {
			b.ended(one)
		}
		want(60, 0)
	})
}

// TestRemoves writes out what counts as removing, a second time.
func TestRemoves(t *testing.T) {
	t.Parallel()
	names := slices.DeleteFunc(batch.Actions(), func(name string) bool { return !batch.Removes(name) })
	if got := strings.Join(names, " "); got != "deprovision lock purge remove-from-group suspend" {
		t.Errorf("what removes: %s", got)
	}
}
