package scim

import (
	"context"
	"time"

	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/store"
)

// claim notes that somebody begins to carry out a decision about what is open, or
// goes on with it, before anything is done: of two who decide otherwise at the same
// time one is refused with a 409. It returns what the guard remembered then.
func (p *Provider) claim(ctx context.Context, c *Caller, whose Guarded, state lifecycle.IncidentState, asked time.Time) (lifecycle.Tally, error) {
	if err := c.unconfined(); err != nil {
		return lifecycle.Tally{}, err
	}
	tally, err := p.tally(ctx, c, whose)
	held := false
	if err == nil && len(tally.Open()) == 0 {
		held, err = p.holds(ctx, c, whose)
	}
	if err != nil {
		return tally, err
	}
	var refused error
	tally, err = p.changeTally(ctx, c.Tenant, whose.connection, tallyTrail{}, func(t lifecycle.Tally) lifecycle.Tally {
		if refused = whose.unlike(t); refused == nil {
			refused = decidedOtherwise(t, state, held)
		}
		if refused != nil {
			return t
		}
		return t.Claim(lifecycle.Claim{State: state, ByKind: c.Kind, ByID: c.ID, At: asked})
	})
	if err == nil {
		err = refused
	}
	return tally, err
}

// unlike refuses with a 409 what is not what who decides has seen.
func (g Guarded) unlike(t lifecycle.Tally) error {
	if g.expected == nil {
		return nil
	}
	n := 0
	if last := t.Incident(); last != nil {
		n = last.Removals
	}
	if n != *g.expected {
		return fault.Plain(409, "confirm: it went on in the meantime: look at the number again, it is %d now", n)
	}
	return nil
}

// decidedOtherwise refuses with a 409 what was decided the other way before, or is
// about to be. What is held although nothing is open came late to an incident, and
// nobody has decided about it.
func decidedOtherwise(t lifecycle.Tally, state lifecycle.IncidentState, held bool) error {
	said := map[lifecycle.IncidentState]string{lifecycle.IncidentReleased: "released", lifecycle.IncidentRestored: "restored"}
	if begun := t.Claimed; begun != nil {
		if begun.State == state {
			return nil
		}
		return fault.Plain(409, "%s %s has begun at %s to have it %s: that alone can be carried on", begun.ByKind, begun.ByID, begun.At.Format(time.RFC3339), said[begun.State])
	}
	last := t.Incident()
	if last == nil || held || len(t.Open()) > 0 || last.State == state {
		return nil
	}
	by := ""
	if last.ByID != "" {
		by = " by " + last.ByKind + " " + last.ByID
	}
	return fault.Plain(409, "it was decided already%s at %s: it is %s", by, last.Decided.Format(time.RFC3339), said[last.State])
}

// holds reports whether the mass guard holds anything.
func (p *Provider) holds(ctx context.Context, c *Caller, whose Guarded) (bool, error) {
	for _, t := range p.types.Types() {
		page, _, err := p.store.DepartedPage(ctx, store.DepartedQuery{Tenant: c.Tenant, Type: t.Name, Held: true, HeldBy: whose.connection, Limit: 1})
		if err != nil || len(page) > 0 {
			return err == nil, err
		}
	}
	return false, nil
}
