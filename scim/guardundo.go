package scim

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// guardStep is how many resources one request releases or restores at the most.
const guardStep = 2000

// Held is what became of what the mass guard held, and of suspensions beyond its
// limit.
type Held struct {
	// Done are all that were dealt with, Suspensions those of them that were
	// lifted.
	Done, Suspensions int
	// Failed are those that could not be dealt with, with the reason.
	Failed map[string]error
	// Renamed are the new names of restored users whose own is taken, Lost the
	// groups of restored resources that are gone; both by id.
	Renamed map[string]string
	Lost    map[string][]string
	// More says that there is more to do than one request does: ask again.
	More bool
}

// dealt notes what became of one resource.
func (h *Held) dealt(id string, done *Transition) {
	h.Done++
	if done.Renamed != "" {
		h.Renamed[id] = done.Renamed
	}
	if len(done.Lost) > 0 {
		h.Lost[id] = done.Lost
	}
}

// ReleaseHeld carries out what the mass guard held: it was meant. Memberships are
// stripped, and the time to be purged begins. What was suspended stays so. It
// ends the incident, and the guard counts from nothing again. An incident that
// went on meanwhile, or of which something could not be released, stays open, and
// what was counted meanwhile goes on to count.
func (p *Provider) ReleaseHeld(ctx context.Context, c *Caller, whose Guarded, reason string) (*Held, error) {
	asked := p.now()
	seen, err := p.asExpected(ctx, c, whose)
	if err != nil {
		return nil, err
	}
	done, err := p.eachHeld(ctx, c, whose, asked, func(t *schema.ResourceType, key store.Key) (*Transition, error) {
		if t.Active == nil {
			return &Transition{}, p.ReleaseResource(ctx, c, t, key.ID.String(), reason)
		}
		return p.act(ctx, c, key, words{reason: reason}, lifecycle.Release{})
	})
	if err != nil {
		return done, err
	}
	return done, p.decided(ctx, c, whose, "guard.release", reason, done, func(t lifecycle.Tally) lifecycle.Tally {
		return t.Forget(seen, asked, p.now())
	})
}

// RestoreHeld undoes the incidents that are open: what the mass guard held comes
// back as the deletion found it, and suspensions that began in them are lifted.
// What others hold suspended stays so. An incident that went on meanwhile, or of
// which something could not be undone, stays open.
func (p *Provider) RestoreHeld(ctx context.Context, c *Caller, whose Guarded, reason string) (*Held, error) {
	asked := p.now()
	if _, err := p.asExpected(ctx, c, whose); err != nil {
		return nil, err
	}
	done, err := p.eachHeld(ctx, c, whose, asked, func(t *schema.ResourceType, key store.Key) (*Transition, error) {
		if t.Active == nil {
			return p.RestoreResource(ctx, c, t, key.ID.String(), reason)
		}
		return p.undoHeld(ctx, c, key, reason)
	})
	if err == nil && !done.More {
		err = p.liftSuspensions(ctx, c, whose, asked, reason, done)
	}
	if err != nil {
		return done, err
	}
	return done, p.decided(ctx, c, whose, "guard.restore", reason, done, func(t lifecycle.Tally) lifecycle.Tally {
		return t.Decide(lifecycle.IncidentRestored, asked, p.now())
	})
}

// decided stores what an administrator decided about the whole, with the row that
// says who it was and what was done. Nothing is decided while something is left;
// what went on meanwhile is told as more to do.
func (p *Provider) decided(ctx context.Context, c *Caller, whose Guarded, action, reason string, done *Held, change func(lifecycle.Tally) lifecycle.Tally) error {
	row, err := p.guardRow(c, action, reason, map[string]any{
		"resources": done.Done - done.Suspensions, "suspensions": done.Suspensions, "failed": len(done.Failed),
	})
	if err == nil {
		left := done.More || len(done.Failed) > 0
		_, err = p.changeTally(ctx, c.Tenant, whose.connection, tallyTrail{row: row}, func(t lifecycle.Tally) lifecycle.Tally {
			if left {
				return t
			}
			t = change(t)
			done.More = len(t.Open()) > 0
			return t
		})
	}
	return err
}

// tally reads what the guard remembers.
func (p *Provider) tally(ctx context.Context, c *Caller, whose Guarded) (lifecycle.Tally, error) {
	tally, _, _, err := p.readTally(ctx, c.Tenant, whose.connection)
	return tally, err
}

// asExpected reads what the guard remembers, and refuses with a 409 where it is not
// what who decides has seen.
func (p *Provider) asExpected(ctx context.Context, c *Caller, whose Guarded) (lifecycle.Tally, error) {
	tally, err := p.tally(ctx, c, whose)
	if err != nil || whose.expected == nil {
		return tally, err
	}
	n := 0
	if last := tally.Incident(); last != nil {
		n = last.Removals
	}
	if n != *whose.expected {
		return tally, fault.Plain(409, "confirm: it went on in the meantime: look at the number again, it is %d now", n)
	}
	return tally, nil
}

// source is in whose name those suspend whose removals the guard counts.
func (g Guarded) source() string {
	if g.connection == uuid.Nil {
		return lifecycle.StalePolicy
	}
	return (&Caller{Kind: KindConnection, ID: g.connection.String()}).source()
}

// liftSuspensions lifts those of a source that began in its open incidents.
func (p *Provider) liftSuspensions(ctx context.Context, c *Caller, whose Guarded, asked time.Time, reason string, out *Held) error {
	tally, err := p.tally(ctx, c, whose)
	if err != nil || len(tally.Open()) == 0 {
		return err
	}
	t, err := p.users()
	if err != nil {
		return err
	}
	l := lifting{tally.Open(), whose, asked, reason}
	if l.reason == "" {
		l.reason = "undo of an incident of the mass guard"
	}
	unknown := 0
	query := store.Query{
		Tenant: c.Tenant, Types: []store.TypeQuery{{Type: t.Name, Where: store.Standing{Statuses: []string{string(lifecycle.StatusSuspended)}}}},
		Limit: p.maxPage, Total: &unknown,
	}
	for more := true; more && !out.More; {
		query.Now = p.now()
		page, err := p.store.Query(ctx, query)
		if err != nil {
			return err
		}
		more = page.More
		for i := range page.Records {
			query.After = &store.Position{ID: page.Records[i].ID}
			if err := p.lift(ctx, c, &l, &page.Records[i], out); err != nil {
				return err
			}
			if out.More = out.Done >= p.guardStep; out.More {
				break
			}
		}
		c.progress()
	}
	return nil
}

// lifting is which suspensions are lifted.
type lifting struct {
	incidents []lifecycle.Incident
	whose     Guarded
	asked     time.Time
	reason    string
}

// among reports whether there is one among the facts of an account.
func (l *lifting) among(facts lifecycle.Facts, now time.Time) bool {
	return slices.ContainsFunc(facts.Suspensions, func(s lifecycle.Suspension) bool {
		return s.Source == l.whose.source() && s.Live(now) && !l.whose.beyond(l.asked, s.Since) && slices.ContainsFunc(l.incidents, func(i lifecycle.Incident) bool { return i.Covers(s.Since) })
	})
}

// lift lifts the suspension of one account, if it is one of them.
func (p *Provider) lift(ctx context.Context, c *Caller, l *lifting, record *store.Record, out *Held) error {
	facts, err := loadFacts(record)
	if err != nil || !l.among(facts, p.now()) {
		return err
	}
	// Others may have been faster: what counts is how the account stands when it
	// is decided.
	order := Order{ID: record.ID.String(), Reason: l.reason, Commands: func(found *Explanation) ([]lifecycle.Command, error) {
		if !l.among(found.Facts, p.now()) {
			return nil, nil
		}
		return []lifecycle.Command{lifecycle.Override{Source: l.whose.source(), Reason: l.reason}}, nil
	}}
	switch done, err := p.Carry(ctx, c, order); {
	case err != nil:
		out.Failed[order.ID] = err
	case done.Changed:
		out.Done++
		out.Suspensions++
	}
	return nil
}
