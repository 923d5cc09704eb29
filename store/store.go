package store

import (
	"context"
	"iter"
	"time"

	"github.com/google/uuid"
)

// Reader reads resources.
type Reader interface {
	// Get returns one resource. ErrNotFound when it does not exist.
	Get(ctx context.Context, key Key, with Relations) (Record, error)
	// GetAll returns those of the resources that exist, in the order of the
	// keys, in one round trip. The keys are of one tenant, each named once.
	GetAll(ctx context.Context, keys []Key, with Relations) ([]Record, error)
	// Taken returns those of the names that resources of the type have as
	// Record.Name, in no particular order.
	Taken(ctx context.Context, tenant TenantID, typ string, names []string) ([]string, error)
	// Query returns one page. ErrTooMany when the sort or the time that it
	// takes is beyond what the backend offers.
	Query(ctx context.Context, query Query) (Page, error)
	// Members streams the direct members of groups, in the order of the groups
	// given and by member id inside a group, of each group as many as the page
	// says. It holds a connection until the sequence ends; a group of any size
	// needs constant memory.
	Members(ctx context.Context, tenant TenantID, groups []uuid.UUID, page MemberPage) iter.Seq2[Membership, error]
	// CountMembers counts the direct members of groups, each up to most; groups
	// without members are left out.
	CountMembers(ctx context.Context, tenant TenantID, groups []uuid.UUID, most int) (map[uuid.UUID]int, error)
	// PasswordHash returns the stored hash of a resource's password.
	// ErrNotFound when it has none.
	PasswordHash(ctx context.Context, key Key) (string, error)
}

// Recency tells whether anything changed.
type Recency interface {
	// Recent digests which resources of the types were last changed at or after
	// a time, and their versions. Two equal digests of the same time mean that
	// nothing of these types was created or changed in between, and that nothing
	// was deleted of what the first one covers.
	Recent(ctx context.Context, tenant TenantID, types []string, since time.Time) (string, error)
}

// MemberPage cuts a page out of the members of a group. The zero value is all
// of them.
type MemberPage struct {
	// After is the last member before the page; zero begins with the first.
	After uuid.UUID
	// Limit bounds the page of each group; zero does not.
	Limit int
	// Where is a condition on the members, as in MemberChange.RemoveWhere; nil
	// for none.
	Where Expr
}

// Writer changes resources.
type Writer interface {
	// Commit applies all changes in order or none of them, in one transaction
	// with their trails, and returns one Committed a change. It fails with
	// ErrNotFound, ErrVersion, ErrUniqueness, ErrNoMember, ErrLeaseLost or
	// ErrInvalid; deadlocks and serialisation failures are retried inside. An error in
	// the chain is a *ChangeError that says which change failed.
	Commit(ctx context.Context, changes []Change) ([]Committed, error)
}

// ChangeError says which change of a Commit failed.
type ChangeError struct {
	Index int
	Err   error
}

func (e *ChangeError) Error() string { return e.Err.Error() }
func (e *ChangeError) Unwrap() error { return e.Err }

// Tenant is one isolated directory.
type Tenant struct {
	ID TenantID
	// Name is the URL-safe name: lower-case letters, digits and "-", 63 bytes.
	Name    string
	Created time.Time
}

// Tenants reads and writes tenants.
type Tenants interface {
	// CreateTenant stores a tenant and returns it with its ID. ErrUniqueness
	// when the name is taken.
	CreateTenant(ctx context.Context, tenant Tenant, audit Audit) (Tenant, error)
	// Tenant returns the tenant of that name or ErrNotFound.
	Tenant(ctx context.Context, name string) (Tenant, error)
	// Tenants lists all tenants by name.
	Tenants(ctx context.Context) ([]Tenant, error)
}

// Connection is one provisioning source of a tenant.
type Connection struct {
	ID     uuid.UUID
	Tenant TenantID
	// Name is unique in the tenant.
	Name string
	// Kind is "entra", "okta" or "generic".
	Kind string
	// Options is a JSON object, opaque to the store; nil is stored as {}.
	Options []byte
	Created time.Time
}

// Connections reads and writes connections.
type Connections interface {
	// CreateConnection stores a connection. ErrUniqueness when the name is
	// taken in the tenant.
	CreateConnection(ctx context.Context, connection Connection, audit Audit) error
	// Connection returns the connection of that name or ErrNotFound.
	Connection(ctx context.Context, tenant TenantID, name string) (Connection, error)
	// Connections lists the connections of a tenant by name.
	Connections(ctx context.Context, tenant TenantID) ([]Connection, error)
	// UpdateConnection replaces Kind and Options of a connection that has those of
	// before still, as they were read: ErrVersion otherwise. ErrNotFound.
	UpdateConnection(ctx context.Context, before, after Connection, audit Audit) error
}

// Secrets keeps what all copies of the server have to agree on.
type Secrets interface {
	// Secret returns the secret of that name. The first call stores fresh under
	// it; when several do so at once, all get the same answer.
	Secret(ctx context.Context, name string, fresh []byte) ([]byte, error)
}

// Maintainer looks after the database itself.
type Maintainer interface {
	// Migrate applies what is missing, under a lock, so that several copies
	// may start at once. ErrNewerSchema when the database is ahead.
	Migrate(ctx context.Context) error
	// CheckSchema returns ErrPendingMigrations or ErrNewerSchema when the
	// database does not fit this program.
	CheckSchema(ctx context.Context) error
	// Limitations says in words for a log what the database cannot do that it might,
	// and what is slower for it; nil where there is nothing to say.
	Limitations(ctx context.Context) ([]string, error)
	// Ping reports whether the database answers. ErrUnavailable when not.
	Ping(ctx context.Context) error
	// Pool tells how many connections are open and how many of these are in
	// use.
	Pool() (open, used int)
	// Close waits for running calls and releases everything.
	Close() error
}

// Store is everything a backend offers. Consumers take the small interfaces.
// All methods are safe for concurrent use.
type Store interface {
	Reader
	Recency
	Writer
	Tenants
	Connections
	Tokens
	Operators
	Sessions
	SavedViews
	AuditReader
	AuditKeeper
	OutboxReader
	Departures
	Erasures
	RequestLog
	Accounts
	Policies
	Tallies
	Upkeep
	OutboxKeeper
	Receivers
	Dispatcher
	DeliveryLog
	SigningKeys
	Secrets
	Definitions
	Jobs
	Uploads
	Maintainer
	StatisticsReader
}
