package scim

import (
	"context"

	"github.com/google/uuid"

	"rollcall/scim/fault"
	"rollcall/store"
)

// Ledger lets a use case be carried out again that was cut off in the middle:
// nothing of it is done twice. Its operations are told by their places in the
// request, 0 for a request of its own.
type Ledger interface {
	// ID is what a create calls its resource, each time the same.
	ID(place int) uuid.UUID
	// RequestID is what the audit row of an operation carries and that of no
	// other operation does.
	RequestID(place int) string
	// Carried reports whether an operation is known to have changed a resource.
	Carried(ctx context.Context, place int, key store.Key) (bool, error)
	// Refuse notes what operations of a bulk request were refused for, by their
	// places, before what comes after them is committed: that could change what
	// becomes of them the next time.
	Refuse(ctx context.Context, refused map[int]*fault.Error) error
	// Refused returns all that was noted before.
	Refused(ctx context.Context) (map[int]*fault.Error, error)
}

// note tells the ledger what was refused since it was last told.
func (r *bulkRun) note(ctx context.Context) error {
	if r.caller.Ledger == nil {
		return nil
	}
	refused := map[int]*fault.Error{}
	for _, op := range r.unnoted {
		if told(op.result.Err) {
			refused[op.place], _ = fault.As(op.result.Err)
		}
	}
	r.unnoted = nil
	if len(refused) == 0 {
		return nil
	}
	return r.caller.Ledger.Refuse(ctx, refused)
}

// newID is the id of a resource that an operation creates.
func (c *Caller) newID(place int) (uuid.UUID, error) {
	if c.Ledger != nil {
		return c.Ledger.ID(place), nil
	}
	return uuid.NewV7()
}

// at is the caller for one operation of a bulk request.
func (c *Caller) at(place int) *Caller {
	if c.Ledger == nil {
		return c
	}
	one := *c
	one.RequestID = c.Ledger.RequestID(place)
	return &one
}

// recall finds out which operations of a bulk request were carried out before,
// or refused, and words the results of the former from the resources as they are now. The resource may
// have been changed by others since, or be gone.
func (r *bulkRun) recall(ctx context.Context, operations []bulkOperation) error {
	if r.caller.Ledger == nil {
		return nil
	}
	refused, err := r.caller.Ledger.Refused(ctx)
	if err != nil {
		return err
	}
	ahead, keys := map[store.Key]*store.Record{}, []store.Key(nil)
	for i := range operations {
		op := &operations[i]
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
		if !carried {
			continue
		}
		op.succeed(&plan{})
		op.result.Location = location(r.caller, op.resourceType, op.id)
		r.persisted = true
		if _, named := ahead[key]; !named && op.Method != "DELETE" {
			keys, ahead[key] = append(keys, key), nil
		}
	}
	return r.recallVersions(ctx, operations, keys, ahead)
}

func (r *bulkRun) recallVersions(ctx context.Context, operations []bulkOperation, keys []store.Key, ahead map[store.Key]*store.Record) error {
	if len(keys) == 0 {
		return nil
	}
	records, err := r.provider.store.GetAll(ctx, keys, store.WithGroups)
	if err != nil {
		return err
	}
	for i := range records {
		ahead[records[i].Key] = &records[i]
	}
	for i := range operations {
		op := &operations[i]
		key, addressed := op.subject(r.caller)
		if record := ahead[key]; addressed && record != nil && op.state == bulkDone && op.Method != "DELETE" {
			op.result.Version = etag(op.resourceType, record, r.provider.now())
		}
	}
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
