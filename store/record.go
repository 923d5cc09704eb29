package store

import (
	"time"

	"github.com/google/uuid"
)

// MaxKeyBytes is the longest Record.Name, Record.ExternalID, Record.SortName
// and UniqueValue.Value in bytes: what a B-tree entry of every backend can hold.
const MaxKeyBytes = 1024

// TenantID is the surrogate key of a tenant. It leads every key of the store.
type TenantID int64

// Key addresses one resource.
type Key struct {
	Tenant TenantID
	// Type is the name of the resource type, such as "User".
	Type string
	ID   uuid.UUID
}

// Record is one stored resource.
type Record struct {
	Key
	// Name is the comparison key of the attribute that names the resource
	// (userName, a group's displayName): already folded by the caller, unique
	// in (tenant, type), compared byte by byte. Empty: none.
	Name string
	// ExternalID is the client's identifier, compared byte by byte, not unique.
	// Empty: none.
	ExternalID string
	// SortName is the comparison key of displayName for sorting. Empty: none.
	SortName string
	// Label is what a person calls the resource, in the case it was sent.
	Label string
	// Created and Modified are UTC with microsecond precision.
	Created, Modified time.Time
	// Version starts at 1 and grows by one with every change.
	Version int64
	// Document is the resource as a JSON object, sent verbatim. It holds
	// nothing that is computed (meta, members, groups, active).
	Document []byte
	// Index is the search shadow, a JSON object in which attribute names map
	// to strings (folded where the attribute ignores case), numbers, booleans,
	// objects of those, and arrays of those. Written, never read back.
	Index []byte
	// Facts are the lifecycle columns.
	Facts Facts
	// Groups is filled by reads that ask for it (WithGroups), ordered by
	// direct before indirect, then by id.
	Groups []Group
}

// Facts are the lifecycle columns of a resource. A backend compares them with
// the time of a query and gives them no other meaning.
type Facts struct {
	// Stage is the lifecycle stage, empty for types that have no lifecycle.
	Stage string
	// SuspendedUntil is when the last live suspension ends: zero when there is
	// none, Forever when it is open-ended.
	SuspendedUntil time.Time
	// Suspensions is a JSON array with one entry a suspension, nil for none.
	Suspensions []byte
}

// StageEnrolled is the one stage whose resources match Active.
const StageEnrolled = "enrolled"

// Forever is the end of an open-ended suspension.
var Forever = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// Group is one membership as seen from the member.
type Group struct {
	ID uuid.UUID
	// Type is the resource type of the group.
	Type string
	// Label is the Record.Label of the group.
	Label string
	// Direct tells membership of the group itself from membership through a
	// nested group.
	Direct bool
}

// Membership is one member as seen from the group.
type Membership struct {
	Group  uuid.UUID
	Member uuid.UUID
	// Type is the resource type of the member.
	Type string
}

// UniqueValue is a value that no other resource of the same tenant and type
// may hold in the same attribute, beside Record.Name.
type UniqueValue struct {
	// Attribute is the full name of the attribute.
	Attribute string
	// Value is the comparison key.
	Value string
}
