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
}
