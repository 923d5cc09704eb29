package scim

import (
	"context"
	"errors"
	"slices"

	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/store"
)

// bulkRun is a bulk request under way. Operations are decided one after the
// other on what is known of the store and of those decided before them, and
// committed many at once. Where the store refuses one, those before it are
// committed, it is told why, and those after it are decided anew.
type bulkRun struct {
	provider *Provider
	caller   *Caller
	failOn   int
	units    [][]*bulkOperation

	staged bulkStage
	// limit is how many operations are committed at once: less after a
	// failure, more again after a success, so that a request in which all
	// fails costs no more than its operations one by one.
	limit, most int
	// window is how many records are read ahead.
	window int
	failed int
	// removals are those that the mass guard has let pass ahead of time.
	removals removals
	// unnoted are the operations that failed since the ledger was told.
	unnoted []*bulkOperation
	// collided says that a create was refused for its name: from then on names
	// are looked up before they are tried.
	collided bool
	// persisted says that something of the request is committed.
	persisted bool
}

func newBulkRun(p *Provider, c *Caller, request *bulkRequest) *bulkRun {
	most := len(request.Operations)
	return &bulkRun{
		provider: p, caller: c, removals: removals{known: map[*bulkOperation]lifecycle.Verdict{}}, failOn: request.FailOnErrors, units: bulkUnits(request.Operations),
		limit: most, most: most, window: most,
	}
}

func (r *bulkRun) stopped() bool { return r.failOn > 0 && r.failed >= r.failOn }

func (r *bulkRun) fail(op *bulkOperation, err error) {
	op.state, op.result.Err = bulkFailed, err
	r.failed++
	r.unnoted = append(r.unnoted, op)
}

// all runs every unit, or as far as failOnErrors lets it. A fault that is not
// the client's fails the request where nothing is committed yet; later it fails
// the operations that are left, so that the client learns what was done.
func (r *bulkRun) all(ctx context.Context) error {
	if err := r.planCreates(ctx); err != nil {
		return err
	}
	for at := 0; at < len(r.units) && !r.stopped(); {
		next, err := r.step(ctx, at)
		r.caller.progress()
		if err == nil {
			at = next
			continue
		}
		if !r.persisted {
			return err
		}
		for i := range r.units {
			r.failRest(i, err)
		}
		return nil
	}
	return nil
}

// step stages the unit at an index and commits when it is time to. It returns
// the unit to go on with.
func (r *bulkRun) step(ctx context.Context, at int) (int, error) {
	fits, err := r.stage(ctx, at)
	if err != nil {
		return at, err
	}
	if fits {
		at++
		if at < len(r.units) && len(r.staged.entries) < r.limit && !r.stopped() {
			return at, nil
		}
	}
	entries := r.staged.entries
	r.staged = bulkStage{}
	if len(entries) == 0 {
		return at, nil
	}
	r.window = min(max(2*len(entries), 16), r.most)
	next, err := r.commitAll(ctx, entries)
	if next == entries[len(entries)-1].unit+1 {
		next = at // units without a change follow the last entry
	}
	return next, err
}

// commit commits entries in one go and returns the unit to go on with.
func (r *bulkRun) commit(ctx context.Context, entries []bulkEntry) (next int, err error) {
	last := entries[len(entries)-1].unit + 1
	if err := r.note(ctx); err != nil {
		return last, err
	}
	bad, err := r.try(ctx, entries)
	if err == nil {
		r.persisted, r.limit = true, min(2*r.limit, r.most)
		return last, nil
	}
	if !refusable(err) {
		return last, err
	}
	if r.collided || !errors.Is(err, store.ErrUniqueness) {
		r.limit = max(r.limit/2, 1)
	}
	r.collided = r.collided || errors.Is(err, store.ErrUniqueness)
	first := slices.IndexFunc(entries, func(e bulkEntry) bool { return e.unit == entries[bad].unit })
	if first > 0 {
		whole := entries[first-1].unit + 1
		if next, err := r.commit(ctx, entries[:first]); err != nil || next != whole || r.stopped() {
			return next, err
		}
	}
	return entries[bad].unit + 1, r.refuse(ctx, entries[bad].op, entries[bad].unit, err)
}

// try commits entries all or none, and tells the one that failed. It changes
// nothing but those entries.
func (r *bulkRun) try(ctx context.Context, entries []bulkEntry) (bad int, err error) {
	changes, from := make([]store.Change, 0, len(entries)), make([]int, 0, len(entries))
	for i, entry := range entries {
		if entry.plan.change != nil {
			changes, from = append(changes, entry.plan.change), append(from, i)
		}
	}
	done, err := r.provider.store.Commit(ctx, changes)
	if err != nil {
		var change *store.ChangeError
		if errors.As(err, &change) && change.Index < len(from) {
			bad = from[change.Index]
		}
		return bad, err
	}
	plans := make([]*plan, 0, len(from))
	for i, at := range from {
		entries[at].plan.settle(done[i])
		plans = append(plans, entries[at].plan)
	}
	r.provider.refreshed(ctx, plans...)
	for _, entry := range entries {
		entry.op.succeed(entry.plan)
	}
	return 0, nil
}

// refuse fails an operation that the store refused. A change of what exists is
// tried by itself first: it may have lost a race only.
func (r *bulkRun) refuse(ctx context.Context, op *bulkOperation, unit int, refused error) error {
	err := refusal(refused, op.resourceType, op.id)
	switch {
	case op.Method != "POST":
		err = r.alone(ctx, op)
	case op.revives != nil && (errors.Is(refused, store.ErrVersion) || errors.Is(refused, store.ErrNotFound)):
		err = r.reviveAlone(ctx, op)
	}
	if err != nil && !told(err) {
		return err
	}
	if err != nil {
		r.fail(op, err)
	}
	r.failRest(unit, errDependsOnFailed)
	return nil
}

// failRest fails what is left of a unit.
func (r *bulkRun) failRest(unit int, err error) {
	for _, op := range r.units[unit] {
		if op.state == bulkWaiting && !r.stopped() {
			r.fail(op, err)
		}
	}
}

var errDependsOnFailed = fault.Plain(409, "the operation whose bulkId is referred to failed or was not processed")

// alone runs a PUT, PATCH or DELETE as a request of its own.
func (r *bulkRun) alone(ctx context.Context, op *bulkOperation) error {
	if err := r.note(ctx); err != nil {
		return err
	}
	p, match := r.provider, ParsePrecondition(op.Version)
	pl := &plan{}
	if op.Method == "DELETE" {
		if err := p.Delete(ctx, r.caller.at(op.place), op.resourceType, op.id, match); err != nil {
			return err
		}
	} else {
		m, err := op.modification(r.provider, r.caller)
		if err != nil {
			return err
		}
		if pl.answer, err = p.modify(ctx, r.caller.at(op.place), op.resourceType, op.id, match, m, View{}); err != nil {
			return err
		}
	}
	r.persisted = true
	op.succeed(pl)
	return nil
}

// succeed words the result of an operation.
func (op *bulkOperation) succeed(pl *plan) {
	op.state = bulkDone
	switch op.Method {
	case "POST":
		op.result.Status = 201
	case "DELETE":
		op.result.Status = 204
	default:
		op.result.Status = 200
	}
	if pl.answer != nil {
		op.result.Location, op.result.Version = pl.answer.Location(), pl.answer.ETag()
	}
}

// refusable reports whether the store refused a change for what it asks.
func refusable(err error) bool {
	return slices.ContainsFunc([]error{
		store.ErrNotFound, store.ErrVersion, store.ErrUniqueness, store.ErrNoMember, store.ErrInvalid,
	}, func(sentinel error) bool { return errors.Is(err, sentinel) })
}

// told reports whether an error is one that a client is told as its own fault.
func told(err error) bool {
	refused, ok := fault.As(err)
	return ok && refused.Status < 500
}
