package store

import (
	"context"
	"time"
)

// OutboxRow is a stored Event with its subject.
type OutboxRow struct {
	Event
	Subject Key
	Version int64
	At      time.Time
	// Position is the place in the order of all events, zero while it has none.
	// Events of one subject have ascending positions in the order of version
	// and writing.
	Position int64
}

// OutboxReader reads the outbox.
type OutboxReader interface {
	// EventsOf returns the oldest events about one subject in the order of
	// their versions.
	EventsOf(ctx context.Context, key Key, limit int) ([]OutboxRow, error)
	// EventsAfter returns the first events of a tenant behind a position, by
	// position. No event gets a position at or below one that was ever read.
	EventsAfter(ctx context.Context, tenant TenantID, position int64, limit int) ([]OutboxRow, error)
	// Head returns the highest position that was ever given to any event; zero
	// when there was none.
	Head(ctx context.Context) (int64, error)
}

// OutboxKeeper numbers and forgets events.
type OutboxKeeper interface {
	// Number gives positions to committed events that have none, to limit at the
	// most, and returns to how many. One copy of the server numbers at a time:
	// it returns zero while another one does.
	Number(ctx context.Context, limit int) (int, error)
	// PruneOutbox looks at the limit oldest events of a tenant and removes those
	// of before done that no receiver still has to get, and those of before
	// undone whoever waits for them. It returns how many it removed.
	PruneOutbox(ctx context.Context, tenant TenantID, done, undone time.Time, limit int) (int, error)
}
