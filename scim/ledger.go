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
	// Revived returns what of a type a create is known to have brought back instead.
	Revived(ctx context.Context, place int, typ string) (id uuid.UUID, revived bool, err error)
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
