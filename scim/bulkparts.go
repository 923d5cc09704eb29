package scim

import (
	"context"

	"golang.org/x/sync/errgroup"

	"rollcall/store"
)

// The creates at the head of a stage that depend on nothing are committed in
// parts at the same time, on as many connections: what a create costs is work
// of the database, which has more than one processor for it.
const (
	smallestPart = 250
	mostParts    = 4
)

// commitAll commits what is staged and returns the unit to go on with.
func (r *bulkRun) commitAll(ctx context.Context, entries []bulkEntry) (next int, err error) {
	free := 0
	for free < len(entries) && entries[free].isFree() && r.failOn == 0 {
		free++
	}
	n := min(free/smallestPart, mostParts)
	if n < 2 {
		return r.commit(ctx, entries)
	}
	head, rest := entries[:free], entries[free:]
	next = head[free-1].unit + 1
	parts := make([][]bulkEntry, n)
	for i := range parts {
		parts[i] = head[i*free/n : (i+1)*free/n]
	}
	refused, err := r.tryParts(ctx, parts)
	if err != nil {
		return next, err
	}
	for _, part := range refused {
		// Again and alone, the part tells which operation it is.
		from, err := r.commit(ctx, part)
		if err != nil {
			return next, err
		}
		next = min(next, from)
	}
	if len(refused) > 0 || len(rest) == 0 {
		return next, nil // what was decided on the parts is decided anew
	}
	return r.commit(ctx, rest)
}

// isFree reports whether nothing staged before or after can matter to an entry.
func (e *bulkEntry) isFree() bool {
	create, ok := e.plan.change.(*store.Create)
	return ok && len(create.Members) == 0
}

// tryParts commits parts at the same time and returns those that the store
// refused.
func (r *bulkRun) tryParts(ctx context.Context, parts [][]bulkEntry) (refused [][]bulkEntry, err error) {
	errs := make([]error, len(parts))
	var group errgroup.Group
	for i, part := range parts {
		group.Go(func() error {
			_, errs[i] = r.try(ctx, part)
			return nil
		})
	}
	_ = group.Wait()
	for i, part := range parts {
		switch {
		case errs[i] == nil:
			r.persisted = true
		case refusable(errs[i]):
			refused = append(refused, part)
		default:
			err = errs[i]
		}
	}
	return refused, err
}
