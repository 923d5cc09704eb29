package batch

import (
	"context"
	"time"

	"rollcall/internal/admin"
	"rollcall/store"
)

// Removes reports whether an action takes accounts away, or memberships: what the
// mass guard counts of a source.
func Removes(action string) bool {
	if assignment, ok := assignments[action]; ok {
		return assignment.take && assignment.takes == TakesGroup
	}
	found, _ := admin.Lookup(action)
	return found.Removes
}

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
		if one.Head.Plan == nil || !Removes(one.Head.Plan.Action) {
			continue
		}
		sum.Done += one.Head.Counts.Changed
		if !one.Job.State.Finished() {
			sum.Confirmed += one.Head.Users - one.Head.Counts.done()
		}
	}
	return sum, nil
}
