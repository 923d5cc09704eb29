package store

import (
	"context"
	"time"
)

// Definition is the form in which the resources of a type were last written.
type Definition struct {
	// Type is the name of the resource type.
	Type string
	// Document is a JSON object, opaque to the store, kept byte by byte.
	Document []byte
}

// Definitions reads and writes how resource types were defined when their
// resources were last written. It works across tenants and is not for serving
// requests.
type Definitions interface {
	// Definitions lists what is saved, by type.
	Definitions(ctx context.Context) ([]Definition, error)
	// Redefine runs work, which changes definitions and what follows from them.
	// Over all copies of the server one runs at a time; the others wait, where
	// the backend cannot make them wait longer until ErrUnavailable. It returns
	// the error of work. What work did before it failed, or before the process
	// was killed, may stay or not.
	Redefine(ctx context.Context, work func(context.Context, Redefinition) error) error
}

// Redefinition is what the work of Redefine may do. It is not safe for
// concurrent use, and not usable after the work.
type Redefinition interface {
	// Definitions lists what is saved, by type, this work included.
	Definitions(ctx context.Context) ([]Definition, error)
	// SaveDefinitions saves definitions; those of other types stay.
	SaveDefinitions(ctx context.Context, definitions ...Definition) error
	// DropDefinition removes the definition of a type; no error when there is
	// none.
	DropDefinition(ctx context.Context, typ string) error
	// Scan returns up to limit resources of a type that come after a tenant and
	// id, by tenant and id; the zero Key starts. Fewer than limit are the last.
	Scan(ctx context.Context, typ string, after Key, limit int) ([]Record, error)
	// Reindex replaces Name, SortName, Label, Document, Index and the unique
	// values of resources, all or none, without a new version or a trail. A
	// resource that is gone or no longer has the Version of its Record is passed
	// over. ErrInvalid, or ErrUniqueness where two resources would share a
	// value, as a *ChangeError.
	Reindex(ctx context.Context, resources []Reindexed) error
	// Held counts the resources of a type in all tenants.
	Held(ctx context.Context, typ string, now time.Time) (Holding, error)
}

// Reindexed is a resource with what follows from its document.
type Reindexed struct {
	Record Record
	// Unique are all the unique values of the resource, beside Record.Name.
	Unique []UniqueValue
}

// Holding is how many resources of a type there are.
type Holding struct {
	Living int
	// Departed are deleted and may still be put back; PurgeAfter is when the
	// last of these may be purged, zero where one of them is not by itself.
	Departed   int
	PurgeAfter time.Time
}
