package scim

import (
	"context"

	"rollcall/store"
)

// plan is a use case that has been decided and not yet carried out: one
// change, and the answer that holds once it is committed. Single requests
// commit one plan, bulk requests many at once.
type plan struct {
	// change is nil where nothing has to change.
	change store.Change
	// answer is nil for a delete.
	answer *Resource
	// after is the record that an update leads to, version and time aside.
	after store.Record
}

// settle completes the answer with what the commit made of the change.
func (pl *plan) settle(done store.Committed) {
	switch pl.change.(type) {
	case *store.Update:
		pl.answer.record = pl.after
	case *store.Restore:
	default:
		return
	}
	pl.answer.record.Version, pl.answer.record.Modified = done.Version, done.Modified
}

// commit carries a plan out by itself.
func (p *Provider) commit(ctx context.Context, pl *plan) error {
	if pl.change == nil {
		return nil
	}
	done, err := p.store.Commit(ctx, []store.Change{pl.change})
	if err != nil {
		return err
	}
	pl.settle(done[0])
	return nil
}
