package scim

import (
	"context"

	"rollcall/store"
)

// recall finds out what became of the operations of a bulk request the last
// time. The results of those that were carried out are worded from the resources
// as they are now, which others may have changed since.
func (r *bulkRun) recall(ctx context.Context) error {
	if r.caller.Ledger == nil {
		return nil
	}
	refused, err := r.caller.Ledger.Refused(ctx)
	if err != nil {
		return err
	}
	last := -1 // the last unit of which something was committed
	for i, unit := range r.units {
		for _, op := range unit {
			if err, noted := refused[op.place]; noted {
				op.state, op.result.Err = bulkFailed, err
				r.failed++
				continue
			}
			key, addressed := op.subject(r.caller)
			if !addressed {
				continue
			}
			carried, err := r.caller.Ledger.Carried(ctx, op.place, key)
			if err != nil {
				return err
			}
			if carried {
				last = i
				r.carried(op)
			}
		}
	}
	r.recallUnchanged(last)
	return r.recallVersions(ctx)
}

// carried words the result of an operation that was carried out before.
func (r *bulkRun) carried(op *bulkOperation) {
	op.succeed(&plan{})
	op.result.Location = location(r.caller, op.resourceType, op.id)
	r.persisted = true
}

// recallUnchanged finds the operations that left nothing behind because nothing
// had to change: they come before one that was committed, and refusals are
// noted before that.
func (r *bulkRun) recallUnchanged(last int) {
	for _, unit := range r.units[:max(last, 0)] {
		for _, op := range unit {
			_, addressed := op.subject(r.caller)
			if addressed && op.state == bulkWaiting && (op.Method == "PUT" || op.Method == "PATCH") {
				r.carried(op)
			}
		}
	}
}

func (r *bulkRun) recallVersions(ctx context.Context) error {
	records, keys := map[store.Key]*store.Record{}, []store.Key(nil)
	each := func(visit func(*bulkOperation, store.Key)) {
		for _, unit := range r.units {
			for _, op := range unit {
				if key, addressed := op.subject(r.caller); addressed && op.state == bulkDone && op.Method != "DELETE" {
					visit(op, key)
				}
			}
		}
	}
	each(func(_ *bulkOperation, key store.Key) {
		if _, named := records[key]; !named {
			keys, records[key] = append(keys, key), nil
		}
	})
	if len(keys) == 0 {
		return nil
	}
	found, err := r.provider.store.GetAll(ctx, keys, store.WithGroups)
	if err != nil {
		return err
	}
	for i := range found {
		records[found[i].Key] = &found[i]
	}
	each(func(op *bulkOperation, key store.Key) {
		if record := records[key]; record != nil {
			op.result.Version = etag(op.resourceType, record, r.provider.now())
		}
	})
	return nil
}

// subject is the key of the resource that an operation is about; false where it
// names none.
func (op *bulkOperation) subject(c *Caller) (store.Key, bool) {
	switch {
	case op.refused != nil:
		return store.Key{}, false
	case op.Method == "POST":
		return store.Key{Tenant: c.Tenant, Type: op.resourceType.Name, ID: op.allocated}, true
	}
	return op.key, op.noKey == nil
}
