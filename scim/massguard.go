package scim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/store"
)

// livingAge is how long a count of the users of a connection is good enough for
// a limit that is a share of them.
const livingAge = time.Minute

// massGuard counts removals by connections and timers. What it lets pass is
// counted before it is done: a removal that then fails, or a process that is
// killed in between, makes the guard stricter for a window and never laxer.
type massGuard struct {
	// queue is one of its own: who waits in the queue of a resource may ask.
	queue  *writerQueue
	living sync.Map // connectionKey -> *livingUsers
}

type connectionKey struct {
	tenant     store.TenantID
	connection uuid.UUID
}

type livingUsers struct {
	lifecycle.Living
	until time.Time
}

func newMassGuard() *massGuard { return &massGuard{queue: newWriterQueue()} }

// removal is what the mass guard is asked about: n removals at once.
type removal struct {
	n int
	// stripping says that they are memberships of a group that stays. They cannot
	// be held: what an answer to PATCH or PUT does not refuse has happened.
	stripping bool
}

// admission says whether removals may be done, and whether they are held; the
// error refuses them.
type admission func(ctx context.Context, r removal) (hold bool, err error)

// admission asks the mass guard for each removal by itself.
func (p *Provider) admission(c *Caller) admission {
	return func(ctx context.Context, r removal) (bool, error) {
		if r.n <= 0 || c.Connection == uuid.Nil {
			return false, nil
		}
		verdicts, err := p.weigh(ctx, c, []removal{r})
		if err != nil {
			return false, err
		}
		return r.held(verdicts[0])
	}
}

// held turns a verdict into what becomes of the removal.
func (r removal) held(v lifecycle.Verdict) (bool, error) {
	if v.Action != lifecycle.GuardReject {
		return v.Action == lifecycle.GuardHold, nil
	}
	refused := fault.Plain(429, "the mass guard refuses to remove more: this connection has removed %d users, groups or memberships of at most %d in the time that the policy looks at; "+
		"try again later, or let an administrator allow more", v.Removals, v.Limit)
	switch {
	case !v.BlockedUntil.IsZero():
		refused = fault.Plain(429, "an administrator has blocked removals of users, groups and memberships by this connection until %s", v.BlockedUntil.UTC().Format(time.RFC3339))
	case r.stripping:
		refused = fault.Plain(429, "the mass guard refuses to take %d members out of the group: this connection has removed %d users, groups or memberships of at most %d in the time that the policy looks at; "+
			"an administrator has to allow it", r.n, v.Removals, v.Limit)
	}
	refused.RetryAfter = v.RetryAfter
	return false, refused
}

// guard is how the guard of a policy looks at the removal: what cannot be held is
// refused.
func (r removal) guard(g lifecycle.MassGuard) lifecycle.MassGuard {
	if r.stripping && g.Mode == lifecycle.GuardHold {
		g.Mode = lifecycle.GuardReject
	}
	return g
}

// weigh judges removals, each by itself and in order, and counts those that are
// not refused.
func (p *Provider) weigh(ctx context.Context, c *Caller, removals []removal) ([]lifecycle.Verdict, error) {
	policy, err := p.policies.of(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	verdicts := make([]lifecycle.Verdict, len(removals))
	// Removals of one connection wait for each other here rather than in races.
	leave, err := p.guard.queue.enter(ctx, c.Connection)
	if err != nil {
		return nil, err
	}
	defer leave()
	living, err := p.livingUsers(ctx, c, policy.Guard.ArmedFrom)
	if err != nil {
		return nil, err
	}
	var alarming *lifecycle.Verdict
	with := tallyTrail{alarm: func(set *store.SetTally, tally *lifecycle.Tally) error {
		if alarming == nil {
			return nil
		}
		return p.alarm(ctx, c, set, tally.Incident(), Alert{c.Tenant, c.Connection, *alarming, policy.Guard.Window})
	}}
	_, err = p.changeTally(ctx, c.Tenant, c.Connection, with, func(tally lifecycle.Tally) lifecycle.Tally {
		alarming = nil
		now := p.now()
		for i, r := range removals {
			var begins bool
			verdicts[i], tally = r.guard(policy.Guard).Weigh(tally, r.n, living, now)
			if begins, tally = policy.Guard.Notice(tally, verdicts[i], r.n, now); begins {
				alarming = &verdicts[i]
			}
		}
		if policy.Guard.Mode == lifecycle.GuardOff || living.Users < policy.Guard.ArmedFrom && !armed(tally, policy.Guard) {
			tally.Counts = nil // nobody will ask
		}
		return tally
	})
	if err == nil && alarming != nil && p.alert != nil {
		p.alert(Alert{c.Tenant, c.Connection, *alarming, policy.Guard.Window})
	}
	return verdicts, err
}

func armed(t lifecycle.Tally, g lifecycle.MassGuard) bool {
	for _, count := range t.Counts {
		if count.Living >= g.ArmedFrom {
			return true
		}
	}
	return false
}

// tallyTrail is what is stored together with a tally.
type tallyTrail struct {
	// row is written also where nothing changes; none is that names no action.
	row store.Audit
	// alarm adds to the change what tells of an incident that it begins; nil adds
	// nothing.
	alarm func(*store.SetTally, *lifecycle.Tally) error
}

// changeTally reads, changes and writes the tally of a connection or, for the
// zero id, the timers; again when another copy of the server was faster.
func (p *Provider) changeTally(ctx context.Context, tenant store.TenantID, connection uuid.UUID, with tallyTrail, change func(lifecycle.Tally) lifecycle.Tally) (lifecycle.Tally, error) {
	for attempt := 1; ; attempt++ {
		tally, data, revision, err := p.readTally(ctx, tenant, connection)
		if err != nil {
			return tally, err
		}
		next := change(tally)
		rendered, err := json.Marshal(next)
		if err != nil {
			return tally, fmt.Errorf("render the tally of the mass guard: %w", err)
		}
		same := data == nil && string(rendered) == "{}" || string(rendered) == string(data)
		if same && with.row.Action == "" {
			return next, nil
		}
		set := &store.SetTally{Tenant: tenant, Connection: connection, Match: revision, Data: rendered, Audit: with.row}
		if with.alarm != nil {
			if err := with.alarm(set, &next); err != nil {
				return next, fmt.Errorf("tell of an incident: %w", err)
			}
		}
		_, err = p.store.Commit(ctx, []store.Change{set})
		if !errors.Is(err, store.ErrVersion) || attempt == maxAttempts {
			return next, err
		}
	}
}

// readTally reads the tally of a connection or, for the zero id, the timers, also
// as it is stored; nil where nothing is.
func (p *Provider) readTally(ctx context.Context, tenant store.TenantID, connection uuid.UUID) (tally lifecycle.Tally, data []byte, revision int64, err error) {
	data, revision, err = p.store.Tally(ctx, tenant, connection)
	if err == nil && data != nil {
		err = json.Unmarshal(data, &tally)
	}
	if err != nil {
		err = fmt.Errorf("read the tally of the mass guard: %w", err)
	}
	return tally, data, revision, err
}

// livingUsers is how many users the limit of a connection is a share of: those
// that it made, or all of the tenant where these are too few to arm the guard,
// because it may have taken over what others made.
func (p *Provider) livingUsers(ctx context.Context, c *Caller, armedFrom int) (lifecycle.Living, error) {
	key, now := connectionKey{c.Tenant, c.Connection}, p.clock()
	if found, ok := p.guard.living.Load(key); ok && now.Before(found.(*livingUsers).until) {
		return found.(*livingUsers).Living, nil
	}
	// The timers, which are no client, are measured by all.
	living := lifecycle.Living{Whole: c.SourceClient == ""}
	n, err := p.store.CountBySource(ctx, c.Tenant, UserType, c.SourceClient)
	if err == nil && n < armedFrom {
		living.Whole = true
		n, err = p.store.CountBySource(ctx, c.Tenant, UserType, "")
	}
	if err != nil {
		return living, fmt.Errorf("count users: %w", err)
	}
	living.Users = n
	p.guard.living.Store(key, &livingUsers{living, now.Add(livingAge)})
	return living, nil
}
