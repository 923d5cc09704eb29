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
	free := r.freeHead(entries)
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
	if err := r.note(ctx); err != nil {
		return next, err
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

// freeHead counts the entries at the head that cannot matter to one another:
// creates that refer to nothing, have no members, and no two of which take one
// name or unique value.
func (r *bulkRun) freeHead(entries []bulkEntry) int {
	if r.failOn > 0 || len(entries) < 2*smallestPart {
		return 0
	}
	type value struct{ typ, attribute, value string }
	taken := make(map[value]bool, len(entries))
	take := func(v value) (repeated bool) {
		repeated, taken[v] = taken[v], true
		return repeated
	}
	for i, entry := range entries {
		create, ok := entry.plan.change.(*store.Create)
		if !ok || len(create.Members) > 0 || len(entry.op.needs) > 0 {
			return i
		}
		typ := create.Record.Type
		if create.Record.Name != "" && take(value{typ, store.NameAttribute, create.Record.Name}) {
			return i
		}
		for _, unique := range create.Unique {
			if take(value{typ, unique.Attribute, unique.Value}) {
				return i
			}
		}
	}
	return len(entries)
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
