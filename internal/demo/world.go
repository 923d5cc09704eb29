package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/internal/events"
	"rollcall/internal/operator"
	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Fewest is the smallest company in which everything happens, Most the largest.
const (
	Fewest = 60
	Most   = 20_000
)

// Options say what is made.
type Options struct {
	Store store.Store
	Types *schema.Registry
	// Tenant is made where it does not exist.
	Tenant string
	// Users is how many accounts are made, with those that are deleted since.
	Users int
	// Seed decides about all that is left to chance.
	Seed uint64
	// Actor is who asks for it, for the audit trail.
	Actor store.Audit
	// Progress is told how far it has got; nil for nobody.
	Progress func(done, of int)
}

// ErrPopulated says that a tenant has users or groups already.
var ErrPopulated = errors.New("the tenant has users or groups already")

var errNoAction = errors.New("there is no such action")

// world is where it happens.
type world struct {
	store       store.Store
	provider    *scim.Provider
	tenant      store.Tenant
	users       *schema.ResourceType
	groups      *schema.ResourceType
	connections []store.Connection
	// operators are the ids of those who change accounts.
	operators []string
	groupIDs  map[string]bool
	actor     store.Audit
	progress  func(done, of int)
	served    int
	// now is the time of what happens, in microseconds.
	now atomic.Int64
	// chance is for what is drawn while it happens, bytes the same as bytes.
	chance *rand.Rand
	bytes  io.Reader
	// failed is why something that was due could not be done.
	failed error
}

func (w *world) clock() time.Time { return time.UnixMicro(w.now.Load()).UTC() }

func (w *world) stuck(_ store.Key, err error) { w.failed = errors.Join(w.failed, err) }

// Check refuses what no company can be made of.
func Check(tenant string, users int) error {
	if users < Fewest || users > Most {
		return fmt.Errorf("users: a company has from %d to %d", Fewest, Most)
	}
	return admin.CheckTenantName(tenant)
}

// Run lets half a year pass in a tenant that is empty. Nothing that is there is
// changed, nobody is written to and no address is called. ErrPopulated, and the
// errors of Check.
func Run(ctx context.Context, options Options) (*Report, error) {
	if err := Check(options.Tenant, options.Users); err != nil {
		return nil, err
	}
	end := time.Now().UTC().Truncate(time.Microsecond)
	var seed [32]byte
	for i := range 8 {
		seed[i] = byte(options.Seed >> (8 * i))
	}
	random := rand.NewChaCha8(seed)
	w := &world{store: options.Store, groupIDs: map[string]bool{}, actor: options.Actor, progress: options.Progress, chance: rand.New(random), bytes: random} //nolint:gosec // nobody guesses against it
	s := &story{world: w, Rand: w.chance, begin: end.Add(-history), end: end}
	w.now.Store(s.begin.Add(-time.Hour).UnixMicro())
	w.provider = scim.New(scim.Options{Store: sole{options.Store, &w.tenant}, Types: options.Types, Secrets: options.Store, Now: w.clock})
	types := options.Types.Types()
	w.users, w.groups = types[0], types[1]
	if err := w.open(ctx, options.Tenant); err != nil {
		return nil, err
	}
	s.teams = newTeams(s.begin.Add(groupsAfter))
	s.tell(options.Users)
	if err := errors.Join(s.happen(ctx), w.failed); err != nil {
		return nil, err
	}
	return w.report(ctx)
}

// open finds or makes the tenant, with operators, connections and a receiver.
func (w *world) open(ctx context.Context, name string) error {
	tenant, err := w.store.Tenant(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		tenant, err = admin.CreateTenant(ctx, w.store, store.Tenant{Name: name, Created: w.clock()}, w.audit())
	}
	if err != nil {
		return fmt.Errorf("tenant %s: %w", name, err)
	}
	w.tenant = tenant
	for _, step := range []func(context.Context) error{w.empty, w.staff, w.connect, w.receive} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// audit is the trail of what is done to the tenant itself.
func (w *world) audit() store.Audit {
	row := w.actor
	row.At = w.clock()
	return row
}

// empty refuses a tenant in which somebody would find invented people among real
// ones.
func (w *world) empty(ctx context.Context) error {
	living, err := w.count(ctx, "")
	if err != nil {
		return err
	}
	one := 1
	groups, err := w.provider.Groups(ctx, w.administrator(), scim.Search{Count: &one})
	if err != nil {
		return err
	}
	deleted, err := w.deleted(ctx)
	if err != nil {
		return err
	}
	if living+len(groups.Groups)+deleted > 0 {
		return fmt.Errorf("%s: %w", w.tenant.Name, ErrPopulated)
	}
	return nil
}

// administrator is who asks for it.
func (w *world) administrator() *scim.Caller {
	return scim.AdministratorCaller(w.tenant.ID, w.actor.ActorKind, w.actor.ActorID, w.actor.RequestID)
}

// staff makes the operators; those that are there stay as they are.
func (w *world) staff(ctx context.Context) error {
	service := operator.New(w.store, w.clock)
	for _, one := range staff {
		made, err := service.Create(ctx, w.tenant.ID, operator.Draft{Name: one.name, Role: one.role}, w.audit())
		if errors.Is(err, store.ErrUniqueness) {
			made, err = service.Named(ctx, w.tenant.ID, one.name)
		}
		if err != nil {
			return fmt.Errorf("operator %s: %w", one.name, err)
		}
		if operator.Role(made.Role).May(operator.ManageAccounts) {
			w.operators = append(w.operators, made.ID.String())
		}
	}
	return nil
}

// connect makes the connections, each with a token whose secret nobody learns.
func (w *world) connect(ctx context.Context) error {
	for _, one := range sources {
		made, err := admin.NewConnection(w.tenant.ID, one.name, admin.ConnectionChange{Kind: one.kind}, w.clock())
		if err == nil {
			err = admin.CreateConnection(ctx, w.store, made, w.audit())
		}
		if errors.Is(err, store.ErrUniqueness) {
			made, err = w.store.Connection(ctx, w.tenant.ID, one.name)
		}
		if err != nil {
			return fmt.Errorf("connection %s: %w", one.name, err)
		}
		_, _, err = admin.IssueToken(ctx, w.store, auth.Request{
			Connection: made, Scopes: auth.ScopesOf(auth.ScopeSCIMRead, auth.ScopeSCIMWrite), Created: w.clock(), Expires: w.clock().Add(365 * day), Audit: w.audit(),
		})
		if err != nil {
			return err
		}
		w.connections = append(w.connections, made)
	}
	return nil
}

// receive makes a webhook that is paused from its beginning: nothing is called.
func (w *world) receive(ctx context.Context) error {
	service := events.New(events.Options{Store: w.store, Now: w.clock})
	made, _, err := service.CreateReceiver(ctx, w.tenant.ID, events.ReceiverSpec{
		Name: "HR data warehouse", Kind: store.KindWebhook, URL: "https://hooks." + domain + "/rollcall", Events: []string{"prov:*"},
	}, w.audit())
	if errors.Is(err, store.ErrUniqueness) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("webhook: %w", err)
	}
	row := w.audit()
	row.Reason = "Invented: nobody is to be called"
	return service.PauseReceiver(ctx, w.tenant.ID, made.ID, row)
}
