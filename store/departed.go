package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Departed is a deleted resource that may be put back.
type Departed struct {
	// Record is the resource as it was, with the facts that its Delete gave it
	// and its activity.
	Record Record
	// Unique are the unique values that it gave up, beside Record.Name.
	Unique []UniqueValue
	// At is when it was deleted, PurgeAfter when it is due to be purged: zero
	// for not by itself.
	At, PurgeAfter time.Time
	// Kept says that membership rows were left in place.
	Kept bool
	// HeldBy is the connection whose delete the mass guard holds; zero where it
	// is that of no connection.
	HeldBy uuid.UUID
	// Groups and Members count the memberships of the snapshot.
	Groups, Members int
}

// DepartedQuery asks for one page of departed resources of one type, those
// deleted last first.
type DepartedQuery struct {
	Tenant TenantID
	Type   string
	// Label is what Record.Label begins with, case ignored as far as ASCII goes;
	// empty for any.
	Label string
	// Held asks for those alone that are Kept and have this HeldBy, which is zero
	// for those of no connection.
	Held   bool
	HeldBy uuid.UUID
	// After is the last of the page before; zero begins with the first.
	After DepartedPosition
	Limit int
}

// DepartedPosition is a place in the order of a DepartedQuery.
type DepartedPosition struct {
	At time.Time
	ID uuid.UUID
}

// Departures reads what was deleted.
type Departures interface {
	// Departed returns a deleted resource. ErrNotFound when there is none, be it
	// that it is living, was purged or never was.
	Departed(ctx context.Context, key Key) (Departed, error)
	// DepartedPage returns a page, and whether there are more behind it.
	DepartedPage(ctx context.Context, query DepartedQuery) (page []Departed, more bool, err error)
	// DepartedAs returns deleted resources of one type by their ExternalID: of each
	// of externalIDs those that were deleted last, most of them at the most, the
	// last one first. An id that no resource can have finds nothing.
	DepartedAs(ctx context.Context, tenant TenantID, typ string, externalIDs []string, most int) ([]Departed, error)
	// Purged returns when a resource was purged. ErrNotFound when it was not.
	Purged(ctx context.Context, key Key) (time.Time, error)
}
