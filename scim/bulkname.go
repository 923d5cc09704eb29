package scim

import (
	"context"

	"rollcall/store"
)

// checkName refuses a create whose name is taken, once such a refusal has
// happened: a request that is sent again is full of them, and each would cost a
// commit that fails. The store has the last word all the same.
func (r *bulkRun) checkName(ctx context.Context, op *bulkOperation, at int) error {
	create, ok := op.created.change.(*store.Create)
	if !ok {
		return nil // it brings a resource back
	}
	name := create.Record.Name
	if !r.collided || r.staged.freed || name == "" || len(create.Members) > 0 {
		return nil // with members, which of two faults is told is the store's to say
	}
	taken, known := r.staged.taken[op.resourceType.Name][name]
	if !known {
		if err := r.lookForNames(ctx, at); err != nil {
			return refusal(err, op.resourceType, op.id)
		}
		taken = r.staged.taken[op.resourceType.Name][name]
	}
	if taken {
		return refusal(&store.UniquenessError{Attribute: store.NameAttribute}, op.resourceType, op.id)
	}
	return nil
}

// lookForNames finds out which names of the next creates are taken.
func (r *bulkRun) lookForNames(ctx context.Context, at int) error {
	names, n := map[string][]string{}, 0
	for _, unit := range r.units[at:] {
		for _, op := range unit {
			if op.created == nil || op.state != bulkWaiting {
				continue
			}
			if create, ok := op.created.change.(*store.Create); ok {
				names[op.resourceType.Name] = append(names[op.resourceType.Name], create.Record.Name)
				n++
			}
		}
		if n >= r.window {
			break
		}
	}
	r.staged.taken = map[string]map[string]bool{}
	for typ, list := range names {
		taken, err := r.provider.store.Taken(ctx, r.caller.Tenant, typ, list)
		if err != nil {
			return err
		}
		known := make(map[string]bool, len(list))
		for _, name := range list {
			known[name] = false
		}
		for _, name := range taken {
			known[name] = true
		}
		r.staged.taken[typ] = known
	}
	return nil
}
