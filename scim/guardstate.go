package scim

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// timersID names in the audit trail who does what is due.
const timersID = "timers"

// Guarded is whose removals the mass guard counts together.
type Guarded struct {
	// connection is zero for the timers of the tenant.
	connection uuid.UUID
	client     string
	// expected is how many removals the last incident has to have, nil for any.
	expected *int
}

// Expecting is the same, about which is decided only while its last incident has n
// removals, as who decides has seen it: of none, zero. What is removed after that
// is not dealt with.
func (g Guarded) Expecting(n int) Guarded {
	g.expected = &n
	return g
}

// beyond reports whether something happened too late to be part of what was
// decided about at a time.
func (g Guarded) beyond(asked, at time.Time) bool { return g.expected != nil && at.After(asked) }

// GuardedConnection are the removals that a connection asks for.
func GuardedConnection(connection *store.Connection) Guarded {
	return Guarded{connection: connection.ID, client: connection.Name}
}

// GuardedTimers are the removals that the policy of a tenant makes by itself, as
// time passes.
func GuardedTimers() Guarded { return Guarded{} }

// GuardState is what the mass guard has to say about a connection, or timers.
type GuardState struct {
	Mode lifecycle.GuardMode
	// Removals count of at most Limit in Window; Limit is -1 where the guard is
	// not armed, because the connection has too few users.
	Removals, Limit int
	Window          time.Duration
	// Living is how many users the limit is a share of, and Percent what share. While
	// removals count, it is as many as there were when these began.
	Living, Percent int
	// Allowance is how many more an administrator lets pass until AllowanceUntil.
	Allowance      int
	AllowanceUntil time.Time
	// BlockedUntil is up to when nothing passes; zero where nothing is blocked.
	BlockedUntil time.Time
	// Claimed is the decision that was begun and is not carried out whole, nil for
	// none.
	Claimed *lifecycle.Claim
	// Incident is the last time in which more was removed than Limit; nil where
	// there was none. Open is how many wait for an administrator.
	Incident *lifecycle.Incident
	Open     int
}

// mostAllowance bounds what one permission allows, longestAllowance how long it
// and a block may last.
const (
	mostAllowance    = 1_000_000
	longestAllowance = 7 * 24 * time.Hour
)

// Guard tells how the mass guard stands to a connection or the timers.
func (p *Provider) Guard(ctx context.Context, c *Caller, whose Guarded) (*GuardState, error) {
	policy, living, err := p.guarded(ctx, c, whose)
	if err != nil {
		return nil, err
	}
	tally, err := p.tally(ctx, c, whose)
	if err != nil {
		return nil, err
	}
	return guardState(policy.Guard, tally, living, p.now()), nil
}

// FreshGuard tells how the mass guard stands to who has removed nothing yet and may
// remove any user of the tenant.
func (p *Provider) FreshGuard(ctx context.Context, c *Caller) (*GuardState, error) {
	policy, living, err := p.guarded(ctx, c, GuardedTimers())
	if err != nil {
		return nil, err
	}
	return guardState(policy.Guard, lifecycle.Tally{}, living, p.now()), nil
}

func guardState(g lifecycle.MassGuard, tally lifecycle.Tally, living lifecycle.Living, now time.Time) *GuardState {
	state := &GuardState{Mode: g.Mode, Window: g.Window, Percent: g.Percent, Incident: tally.Incident(), Open: len(tally.Open()), Claimed: tally.Claimed}
	var of lifecycle.Living
	state.Removals, state.Limit, of = g.State(tally, living, now)
	state.Living = of.Users
	if tally.AllowanceUntil.After(now) {
		state.Allowance, state.AllowanceUntil = tally.Allowance, tally.AllowanceUntil
	}
	if tally.BlockedUntil.After(now) {
		state.BlockedUntil = tally.BlockedUntil
	}
	return state
}

func (p *Provider) guarded(ctx context.Context, c *Caller, whose Guarded) (lifecycle.Policy, lifecycle.Living, error) {
	if err := c.unconfined(); err != nil {
		return lifecycle.Policy{}, lifecycle.Living{}, err
	}
	policy, err := p.policies.of(ctx, c.Tenant)
	if err != nil {
		return policy, lifecycle.Living{}, err
	}
	living, err := p.livingUsers(ctx, &Caller{Tenant: c.Tenant, Connection: whose.connection, SourceClient: whose.client}, policy.Guard.ArmedFrom)
	return policy, living, err
}

// AllowRemovals lets n more removals pass than the mass guard's limit, for a time.
func (p *Provider) AllowRemovals(ctx context.Context, c *Caller, whose Guarded, n int, lasts time.Duration, reason string) (*GuardState, error) {
	switch {
	case n < 0 || n > mostAllowance:
		return nil, fault.New(fault.InvalidValue, "removals: allow between 0 and %d", mostAllowance)
	case lasts <= 0 || lasts > longestAllowance:
		return nil, fault.New(fault.InvalidValue, "until: a permission lasts at most %s", longestAllowance)
	}
	until := p.now().Add(lasts)
	return p.changeGuard(ctx, c, whose, "guard.allow", reason, map[string]any{"removals": n, "until": until}, func(t lifecycle.Tally) lifecycle.Tally {
		return t.Allow(n, until)
	})
}

// BlockRemovals lets no removal pass for a time; zero ends that.
func (p *Provider) BlockRemovals(ctx context.Context, c *Caller, whose Guarded, lasts time.Duration, reason string) (*GuardState, error) {
	if lasts < 0 || lasts > longestAllowance {
		return nil, fault.New(fault.InvalidValue, "until: a block lasts at most %s", longestAllowance)
	}
	var until time.Time
	action, said := "guard.unblock", map[string]any{}
	if lasts > 0 {
		until = p.now().Add(lasts)
		action, said = "guard.block", map[string]any{"until": until}
	}
	return p.changeGuard(ctx, c, whose, action, reason, said, func(t lifecycle.Tally) lifecycle.Tally {
		return t.Block(until)
	})
}

func (p *Provider) changeGuard(ctx context.Context, c *Caller, whose Guarded, action, reason string, said map[string]any, change func(lifecycle.Tally) lifecycle.Tally) (*GuardState, error) {
	policy, living, err := p.guarded(ctx, c, whose)
	if err != nil {
		return nil, err
	}
	row, err := p.guardRow(c, action, reason, said)
	if err != nil {
		return nil, err
	}
	tally, err := p.changeTally(ctx, c.Tenant, whose.connection, tallyTrail{row: row}, change)
	if err != nil {
		return nil, err
	}
	return guardState(policy.Guard, tally, living, p.now()), nil
}

// guardRow is the audit row of what an administrator does about the guard.
func (p *Provider) guardRow(c *Caller, action, reason string, said map[string]any) (store.Audit, error) {
	changes := map[string][2]any{}
	for name, value := range said {
		changes[name] = [2]any{nil, value}
	}
	text, err := json.Marshal(changes)
	if err != nil {
		return store.Audit{}, fmt.Errorf("render an audit row: %w", err)
	}
	return store.Audit{
		At: p.now(), ActorKind: c.Kind, ActorID: c.ID, RequestID: c.RequestID, Action: action, Reason: reason, Changes: text,
	}, nil
}

// errNotHeld says that somebody else was faster.
var errNotHeld = errors.New("the mass guard does not hold it any more")

// undoHeld takes the deletion of a held user back. What led a timer to it begins
// anew: otherwise it would fire again at once.
func (p *Provider) undoHeld(ctx context.Context, c *Caller, key store.Key, reason string) (*Transition, error) {
	a, err := p.account(ctx, key)
	if err != nil {
		return nil, err
	}
	if a.departed == nil || !a.facts.Held {
		return nil, errNotHeld
	}
	before := a.facts
	before.Stage, before.Was, before.Held, before.PurgeAfter = a.facts.Was, lifecycle.Absent, false, time.Time{}
	return p.act(ctx, c, key, words{reason: reason},
		lifecycle.Undo{Before: before, After: a.facts}, lifecycle.Cancel{Kind: lifecycle.TimerDeprovision})
}

// eachHeld goes through the deleted resources that the mass guard holds.
func (p *Provider) eachHeld(ctx context.Context, c *Caller, whose Guarded, asked time.Time, do func(*schema.ResourceType, store.Key) (*Transition, error)) (*Held, error) {
	out := &Held{Failed: map[string]error{}, Renamed: map[string]string{}, Lost: map[string][]string{}}
	if err := c.unconfined(); err != nil {
		return out, err
	}
	for _, t := range p.types.Types() {
		query := store.DepartedQuery{Tenant: c.Tenant, Type: t.Name, Held: true, HeldBy: whose.connection, Limit: p.maxPage}
		for more := true; more; {
			var page []store.Departed
			var err error
			if page, more, err = p.store.DepartedPage(ctx, query); err != nil {
				return out, err
			}
			for i := range page {
				d := &page[i]
				query.After = store.DepartedPosition{At: d.At, ID: d.Record.ID}
				if whose.beyond(asked, d.At) {
					continue
				}
				if done, err := p.whileHeld(ctx, d.Record.Key, do, t); err == nil {
					out.dealt(d.Record.ID.String(), done)
				} else if !errors.Is(err, errNotHeld) {
					out.Failed[d.Record.ID.String()] = err
				}
				c.progress()
				if out.More = out.Done >= p.guardStep; out.More {
					return out, nil
				}
			}
		}
	}
	return out, nil
}

// whileHeld deals with a resource. It is errNotHeld where the mass guard did not
// hold it any more, because another request dealt with it: that is no failure.
func (p *Provider) whileHeld(ctx context.Context, key store.Key, do func(*schema.ResourceType, store.Key) (*Transition, error), t *schema.ResourceType) (*Transition, error) {
	if held, err := p.isHeld(ctx, key); err != nil || !held {
		return nil, cmp.Or(err, errNotHeld)
	}
	done, err := do(t, key)
	if err == nil || errors.Is(err, errNotHeld) {
		return done, err
	}
	// Why it failed matters only where there is still something to do.
	if held, again := p.isHeld(ctx, key); again == nil && !held {
		return nil, errNotHeld
	}
	return nil, err
}

// isHeld reports whether the mass guard holds a resource.
func (p *Provider) isHeld(ctx context.Context, key store.Key) (bool, error) {
	departed, err := p.store.Departed(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return departed.Kept, err
}
