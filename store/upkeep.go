package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Upkeep finds what has to be done by itself. It works across tenants and is
// not for serving requests.
type Upkeep interface {
	// Due returns up to limit resources whose Facts.Due is not after now, and
	// departed ones whose PurgeAfter is not, those longest due first. What has
	// been put off is due when that ends. Both are found by an index.
	Due(ctx context.Context, now time.Time, limit int) ([]DueResource, error)
	// Reschedule writes Facts.Due of living resources, without a new revision,
	// version or trail; a resource whose facts no longer have the revision is
	// passed over. It is for a change of policy.
	Reschedule(ctx context.Context, tenant TenantID, typ string, due []Scheduled) error
	// Postpone lets Due pass over a resource, living or departed, until a time;
	// zero ends that, and so does a change that writes Facts, be they the same:
	// it is for what cannot be done now, and something else may be due then.
	// Reschedule does not. A resource that is not there is passed over.
	Postpone(ctx context.Context, key Key, until time.Time) error
	// Lease gives a name to an owner until a time, if nobody else holds it at
	// now. The owner that holds it may take it again, later or shorter. It
	// reports whether the owner has it.
	Lease(ctx context.Context, name, owner string, now, until time.Time) (bool, error)
	// ForgetSignIns removes rows of the history of sign-ins of a tenant that are
	// older than a time, up to limit of them, and returns how many.
	ForgetSignIns(ctx context.Context, tenant TenantID, before time.Time, limit int) (int, error)
}

// DueResource is a resource that something has to be done about.
type DueResource struct {
	Key Key
	// Due is since when.
	Due time.Time
}

// Scheduled is a resource with a new Due.
type Scheduled struct {
	ID       uuid.UUID
	Revision int64
	Due      time.Time
}

// Policies reads and writes what a tenant decides about its accounts.
type Policies interface {
	// Policy returns the policy, a JSON object that is opaque to the store, and
	// its revision; nil and 0 where the tenant has set none.
	Policy(ctx context.Context, tenant TenantID) (document []byte, revision int64, err error)
	// SetPolicy replaces it if its revision is still match, and returns the new
	// one. ErrVersion otherwise. The jobs are enqueued with it, ErrUniqueness when
	// the id of one is taken; their Most is not looked at.
	SetPolicy(ctx context.Context, tenant TenantID, document []byte, match int64, jobs []NewJob, audit Audit) (revision int64, err error)
}

// Tallies reads what the mass guard counts; SetTally writes it.
type Tallies interface {
	// Tally returns the tally of a connection, or that of the tenant itself for
	// the zero id, a JSON object, and its revision; nil and 0 where there is none
	// yet. ErrNotFound when there is no such connection in the tenant.
	Tally(ctx context.Context, tenant TenantID, connection uuid.UUID) (data []byte, revision int64, err error)
	// CountBySource counts the living resources of a type with that
	// Facts.SourceClient, by an index; an empty client counts all of the type.
	CountBySource(ctx context.Context, tenant TenantID, typ, client string) (int, error)
}
