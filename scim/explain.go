package scim

import (
	"context"
	"time"

	"rollcall/lifecycle"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Explanation is all that is known of how an account stands.
type Explanation struct {
	ID, UserName, DisplayName string
	// At is the time for which it holds.
	At time.Time
	// Version is the entity version, zero for a purged account.
	Version  int64
	Standing lifecycle.Standing
	Facts    lifecycle.Facts
	// ChangedAt is since when the account has its status.
	ChangedAt time.Time
	Stale     bool
	// Timers are what will happen by itself, soonest first, Allowed what can be
	// done now.
	Timers  []lifecycle.Timer
	Allowed []lifecycle.Trigger
	// Source and SourceClient tell where the account comes from.
	Source, SourceClient string
	// Roles are those that the account has, by value.
	Roles []GivenRole
	// Groups are those that the account is in; of a deprovisioned one Kept says
	// whether its memberships are still in place.
	Groups []store.Group
	// DeletedAt is when it was deprovisioned, zero for a living account.
	DeletedAt time.Time
	Kept      bool

	policy lifecycle.Policy
}

// Course is what will happen by itself, what follows from it included.
func (e *Explanation) Course() []lifecycle.Step { return e.Facts.Course(e.policy, e.At) }

// GivenRole is a role of a user, and who gave it: "connection:" with an id,
// lifecycle.Administrators, or empty for nobody knows.
type GivenRole struct{ Value, Source string }

// Explain tells how an account stands and why, be it living, deprovisioned or
// purged.
func (p *Provider) Explain(ctx context.Context, c *Caller, id string) (*Explanation, error) {
	t, key, err := p.userKey(c, id)
	if err != nil {
		return nil, err
	}
	a, err := p.account(ctx, key)
	if err != nil {
		return nil, refusal(err, t, id)
	}
	return a.explain(p.now())
}

func (a *account) explain(now time.Time) (*Explanation, error) {
	out := &Explanation{
		ID: a.record.ID.String(), At: now, Version: a.record.Version, Standing: a.facts.Standing(now), Facts: a.facts,
		ChangedAt: a.facts.ChangedAt(now), Stale: a.facts.Stale(a.policy, now),
		Timers: a.facts.Timers(a.policy), Allowed: lifecycle.Allowed(a.facts, a.policy, now),
		Source: a.record.Facts.Source, SourceClient: a.record.Facts.SourceClient, Groups: a.record.Groups, policy: a.policy,
	}
	if a.departed != nil {
		out.DeletedAt, out.Kept = a.departed.At, a.departed.Kept
	}
	if a.record.Document == nil {
		return out, nil
	}
	object, err := a.t.Parse(a.record.Document)
	if err != nil {
		return nil, err
	}
	out.UserName, out.DisplayName = object.Text(a.t.Naming), object.Text(a.t.DisplayName)
	out.Roles = givenRoles(a.t, object, a.facts.Roles)
	return out, nil
}

// SignIns returns the history of sign-ins of a user, newest first, from before a
// position (zero: from the newest).
func (p *Provider) SignIns(ctx context.Context, c *Caller, id string, before store.TimePosition, limit int) ([]store.SignIn, error) {
	_, key, err := p.userKey(c, id)
	if err != nil {
		return nil, err
	}
	return p.store.SignIns(ctx, key, before, min(max(limit, 0), p.maxPage))
}

// Deleted is a deleted resource.
type Deleted struct {
	ID, Type, Label string
	// At is when it was deleted, PurgeAfter when it is due to be purged: zero for
	// not by itself.
	At, PurgeAfter time.Time
	// Held says that the mass guard holds it: memberships are in place.
	Held bool
	// Groups and Members count the memberships that come back with it.
	Groups, Members int
}

// DeletedPage is a page of deleted resources.
type DeletedPage struct {
	Deleted []Deleted
	// Next is where the next page begins, zero for none.
	Next store.DepartedPosition
}

// Deleted lists the deleted resources of a type, those deleted last first, whose
// label begins with a text.
func (p *Provider) Deleted(ctx context.Context, c *Caller, t *schema.ResourceType, label string, after store.DepartedPosition, limit int) (*DeletedPage, error) {
	if err := c.unconfined(); err != nil {
		return nil, err
	}
	limit = min(max(limit, 1), p.maxPage)
	found, more, err := p.store.DepartedPage(ctx, store.DepartedQuery{Tenant: c.Tenant, Type: t.Name, Label: label, After: after, Limit: limit})
	if err != nil {
		return nil, refusal(err, t, "")
	}
	page := &DeletedPage{Deleted: make([]Deleted, len(found))}
	for i := range found {
		d := &found[i]
		page.Deleted[i] = Deleted{
			ID: d.Record.ID.String(), Type: t.Name, Label: d.Record.Label, At: d.At, PurgeAfter: d.PurgeAfter,
			Held: d.Kept, Groups: d.Groups, Members: d.Members,
		}
	}
	if more {
		last := &found[len(found)-1]
		page.Next = store.DepartedPosition{At: last.At, ID: last.Record.ID}
	}
	return page, nil
}
