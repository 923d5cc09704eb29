package batch

import (
	"context"

	"rollcall/internal/admin"
	"rollcall/scim"
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

// Guard tells what batches of a tenant take away, of the last thousand, beside what the
// mass guard would let pass: nobody holds or refuses it, because the number was
// confirmed. Removals counts those of batches that are running or ended in the
// window; Allowance is how many more a batch that is not over may take away, and
// nothing goes beyond it, because the rows of a batch are fixed. An undo gives nothing
// back: it was done; that of an import takes away whom the import made.
func (s *Service) Guard(ctx context.Context, c *scim.Caller) (*scim.GuardState, error) {
	state, err := s.Provider.FreshGuard(ctx, c)
	if err != nil {
		return nil, err
	}
	list, err := s.list(ctx, store.JobQuery{
		Tenant: c.Tenant, Kinds: []string{Kind, KindUndo}, EndedAfter: s.now().Add(-state.Window), Limit: mostUnfinished,
	})
	if err != nil {
		return nil, err
	}
	for i := range list {
		done, confirmed := list[i].removals()
		state.Removals += int(done)
		state.Allowance += int(confirmed)
	}
	return state, nil
}

// removals are how many accounts and memberships a batch took away, and how many more
// it may.
func (b *Batch) removals() (done, confirmed int64) {
	head := &b.Head
	switch {
	case head.Removing > 0:
		done, confirmed = min(head.Counts.Changed, head.Removing), head.Removing-head.Counts.done()
	case head.Plan != nil && Removes(head.Plan.Action):
		done, confirmed = head.Counts.Changed, head.Users-head.Counts.done()
	}
	if b.Job.State.Finished() {
		confirmed = 0
	}
	return done, max(confirmed, 0)
}
