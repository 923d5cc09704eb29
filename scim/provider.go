package scim

import (
	"context"
	"time"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Store is what the provider needs of a backend.
type Store interface {
	store.Reader
	store.Recency
	store.Writer
	store.Departures
	store.Erasures
	store.Accounts
	store.Policies
	store.Tallies
	store.Upkeep
	store.AuditReader
	store.AuditKeeper
	store.StatisticsReader
}

// Options configures a Provider.
type Options struct {
	Store Store
	Types *schema.Registry
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// MaxPage is the largest page, DefaultPage the size of one that names no
	// count, which is no larger. Zero means 1,000 and 100.
	MaxPage, DefaultPage int
	// MaxBulk is the largest number of operations of a bulk request. Zero
	// means 1,000.
	MaxBulk int
	// Secrets holds the key of the cursors, which all servers of one database
	// share; nil makes cursors that this provider alone can read.
	Secrets store.Secrets
	// CursorTimeout is how long a cursor works. Zero means an hour.
	CursorTimeout time.Duration
	// Post makes the job that mails a letter; nil where mail is not set up.
	Post Post
	// Alert is told when an incident of the mass guard begins, once that is stored.
	// It must not wait; nil tells nobody.
	Alert func(Alert)
	// PostAlert makes the jobs that mail an alert; nil mails nobody.
	PostAlert PostAlert
	// GuardStep is how many resources one request about the mass guard releases or
	// restores at the most. Zero means 2,000.
	GuardStep int
	// Guard is the mode of the mass guard for tenants whose policy names none.
	// Empty means lifecycle.GuardHold.
	Guard lifecycle.GuardMode
}

// Provider is the service provider. It is safe for concurrent use.
type Provider struct {
	store Store
	types *schema.Registry
	// memberTypes name the types that members may have, by type.
	memberTypes map[*schema.ResourceType][]string
	clock       func() time.Time
	policies    *policies
	guard       *massGuard
	post        Post
	alert       func(Alert)
	postAlert   PostAlert
	passwords   *passwords
	counts      memberCounts
	// sleep waits, and ends early with the context; tests do not wait.
	sleep       func(context.Context, time.Duration) error
	queue       *writerQueue
	maxPage     int
	defaultPage int
	maxBulk     int
	guardStep   int
	// cursors seals the cursors of queries.
	cursors       Seal
	cursorTimeout time.Duration
}

// New returns a provider.
func New(options Options) *Provider {
	p := &Provider{
		store: options.Store, types: options.Types, memberTypes: memberTypes(options.Types), clock: options.Now,
		policies: &policies{store: options.Store, standard: lifecycle.DefaultPolicy()}, guard: newMassGuard(), post: options.Post,
		alert: options.Alert, postAlert: options.PostAlert,
		passwords: newPasswords(), counts: newMemberCounts(), sleep: sleep, queue: newWriterQueue(), maxPage: options.MaxPage, defaultPage: options.DefaultPage, maxBulk: options.MaxBulk,
		cursors: Seal{secrets: options.Secrets, name: cursorSeal}, cursorTimeout: options.CursorTimeout,
	}
	if options.Guard != "" {
		p.policies.standard.Guard.Mode = options.Guard
	}
	if p.clock == nil {
		p.clock = time.Now
	}
	p.policies.clock = p.clock
	if p.maxPage == 0 {
		p.maxPage = 1000
	}
	if p.defaultPage == 0 {
		p.defaultPage = 100
	}
	p.defaultPage = min(p.defaultPage, p.maxPage)
	if p.maxBulk == 0 {
		p.maxBulk = 1000
	}
	if p.guardStep = options.GuardStep; p.guardStep == 0 {
		p.guardStep = guardStep
	}
	if p.cursorTimeout == 0 {
		p.cursorTimeout = time.Hour
	}
	return p
}

// Now is the time of a use case.
func (p *Provider) Now() time.Time { return p.now() }

// Types is the registry of resource types.
func (p *Provider) Types() *schema.Registry { return p.types }

// MaxPage is the largest page that a query answers.
func (p *Provider) MaxPage() int { return p.maxPage }

// DefaultPage is the size of a page that names no count.
func (p *Provider) DefaultPage() int { return p.defaultPage }

// CursorTimeout is how long a cursor works.
func (p *Provider) CursorTimeout() time.Duration { return p.cursorTimeout }

// MaxBulk is the largest number of operations of a bulk request.
func (p *Provider) MaxBulk() int { return p.maxBulk }

// now is the time of a use case: UTC with the precision of the store.
func (p *Provider) now() time.Time { return p.clock().UTC().Truncate(time.Microsecond) }

// Caller is on whose behalf a use case runs.
type Caller struct {
	Tenant store.TenantID
	// Base is the absolute root of the SCIM URIs, without a trailing slash.
	Base string
	// Kind and ID name the actor in the audit trail. Suspensions and roles that a
	// connection gives belong to it, those of all others to the administrators.
	Kind, ID  string
	RequestID string
	// Connection is whose removals the mass guard counts; zero for nobody's.
	Connection uuid.UUID
	// Source and SourceClient are what accounts are marked with that the caller
	// makes.
	Source, SourceClient string
	// MayLifecycle lets the caller clear what administrators keep in the
	// lifecycle extension, and make accounts API-only; MayRoles lets it take away
	// roles that others gave.
	MayLifecycle, MayRoles bool
	// Roles are those that the caller may give; nil for any.
	Roles []string
	// Revives lets a create bring back the user with the same externalId that the
	// connection of the caller deleted.
	Revives bool
	// Entry is how accounts begin that the caller makes: lifecycle.Create, Enroll
	// or Submit; nil is Enroll, or Submit for a connection whose accounts the
	// policy lets wait for an approval.
	Entry lifecycle.Command
	// Subject confines the caller to the User of that id, and to what users
	// may change on themselves; zero for a caller that acts for a connection.
	Subject uuid.UUID
	// Progress is called, from any goroutine, whenever a use case that can take
	// long has got on; nil where nobody waits for that.
	Progress func()
	// Ledger is for a use case that may have been carried out before, in part or
	// in whole; nil for one that cannot.
	Ledger Ledger
	// Leniency holds what may be normalised and collects what was.
	Leniency *schema.Leniency
}

func (c *Caller) progress() {
	if c.Progress != nil {
		c.Progress()
	}
}

// Where accounts come from.
const (
	SourceLocal     = "local"
	SourceDirectory = "directorySync"
	SourceSCIM      = "scim"
)

// ConnectionCaller is a caller that acts for a connection, without rights beyond
// writing resources.
func ConnectionCaller(connection *store.Connection) *Caller {
	c := &Caller{
		Tenant: connection.Tenant, Kind: KindConnection, ID: connection.ID.String(), Connection: connection.ID,
		Source: SourceDirectory, SourceClient: connection.Name,
	}
	if connection.Kind == "generic" {
		c.Source = SourceSCIM
	}
	return c
}

// AdministratorCaller is a caller that acts for the administrators of a tenant, by
// whatever face they come. kind and id name the actor in the audit trail.
func AdministratorCaller(tenant store.TenantID, kind, id, requestID string) *Caller {
	return &Caller{
		Tenant: tenant, Kind: kind, ID: id, RequestID: requestID, Source: SourceLocal, MayLifecycle: true, MayRoles: true,
		Leniency: &schema.Leniency{},
	}
}

// The kinds of callers, which are those of actors.
const (
	KindConnection = store.ActorConnection
	KindUser       = store.ActorUser
	KindOperator   = store.ActorOperator
	KindCommand    = store.ActorCommand
	KindSystem     = store.ActorSystem
)

// source is whose suspensions the caller adds and removes.
func (c *Caller) source() string {
	if c.Kind == KindConnection || c.Kind == KindUser {
		return c.Kind + ":" + c.ID
	}
	return lifecycle.Administrators
}

// key addresses a resource by the text of its id. An id that is not in the
// canonical form names nothing, because ids are case exact. A self-service
// caller can address itself alone.
func (c *Caller) key(t *schema.ResourceType, id string) (store.Key, error) {
	if err := c.confined(t, id); err != nil {
		return store.Key{}, err
	}
	parsed, ok := store.ParseID(id)
	if !ok {
		return store.Key{}, notFound(t, id)
	}
	return store.Key{Tenant: c.Tenant, Type: t.Name, ID: parsed}, nil
}
