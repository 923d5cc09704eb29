package batch

import (
	"context"
	"slices"
	"time"

	"rollcall/store"
)

// removing are the actions that take accounts away, or memberships: what the mass
// guard counts of a source.
var removing = []string{"deprovision", "lock", "purge", "remove-from-group", "suspend"}

// Removals is how many accounts and memberships batches take away.
type Removals struct {
	// Done counts those of batches that are running or ended in the window.
	Done int64
	// Confirmed is how many more a batch that is not over may take away: what was
	// confirmed and is not done. Nothing goes beyond it, because the rows of a
	// batch are fixed.
	Confirmed int64
}

// Removals counts what batches of a tenant take away, of the last thousand. An
// undo gives nothing back: it was done; that of an import takes away whom the
// import made.
func (s *Service) Removals(ctx context.Context, tenant store.TenantID, window time.Duration) (Removals, error) {
	var sum Removals
	since := s.now().Add(-window)
	list, err := s.list(ctx, store.JobQuery{Tenant: tenant, Kinds: []string{Kind, KindUndo}, EndedAfter: since, Limit: mostUnfinished})
	if err != nil {
		return sum, err
	}
	for _, one := range list {
		if n := one.Head.Removing; n > 0 {
			sum.Done += min(one.Head.Counts.Changed, n)
			if !one.Job.State.Finished() {
				sum.Confirmed += max(n-one.Head.Counts.done(), 0)
			}
			continue
		}
		if one.Head.Plan == nil || !slices.Contains(removing, one.Head.Plan.Action) {
			continue
		}
		sum.Done += one.Head.Counts.Changed
		if !one.Job.State.Finished() {
			sum.Confirmed += one.Head.Users - one.Head.Counts.done()
		}
	}
	return sum, nil
}
