package store

import (
	"context"
	"time"
)

// Tombstone is what is left of a resource that was purged.
type Tombstone struct {
	Key Key
	// Version is that of the purge, zero where an earlier release purged it,
	// which erased the audit trail first. At is when it was purged.
	Version int64
	At      time.Time
}

// Erasures finds purged resources about which something personal may still be
// kept. Each Purge marks its tombstone in its own transaction, so that who is
// killed behind it leaves the erasure to others. It works across tenants and is
// not for serving requests.
type Erasures interface {
	// Unerased returns up to limit marked tombstones behind one, zero for the
	// first, those purged first coming first. They are found by an index.
	Unerased(ctx context.Context, after Tombstone, limit int) ([]Tombstone, error)
	// SetErased takes the mark away. A tombstone that has none, is not there or
	// is of another time stays as it is.
	SetErased(ctx context.Context, tombstone Tombstone) error
	// EraseEvents removes personal data from the events about a subject, step by
	// step: each payload is replaced by what is left of it. All else stays, the
	// position and what receivers got included.
	EraseEvents(ctx context.Context, erasure EventErasure) (EventStep, error)
	// EraseRequests removes up to limit requests that name a resource, and returns
	// how many. Where the resource was purged before, none that is stored later or
	// at the same time names it.
	EraseRequests(ctx context.Context, key Key, limit int) (int, error)
}

// EventErasure is one step of making the events about a subject anonymous.
type EventErasure struct {
	Subject Key
	// Left returns what is left of a payload, a JSON object; the same text where
	// nothing has to go.
	Left func(payload []byte) []byte
	// After is where the step before ended; zero begins with the oldest event.
	After EventPlace
	// Limit bounds how many events are looked at; less than one is none.
	Limit int
}

// EventPlace is a place in the events about a subject, which are in the order of
// their versions.
type EventPlace struct{ Version, Number int64 }

// EventStep is what became of one step.
type EventStep struct {
	// Events is how many events were changed.
	Events int
	// Next is where the next step begins.
	Next EventPlace
	// More says that a next step may find something.
	More bool
}
