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
	// Activity is filled by reads that ask for it (WithActivity).
	Activity Activity
	// Groups is filled by reads that ask for it (WithGroups), ordered by
	// direct before indirect, then by id.
	Groups []Group
}

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
