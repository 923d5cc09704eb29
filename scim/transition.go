package scim

import (
	"context"
	"fmt"
	"slices"

	"rollcall/lifecycle"
	"rollcall/store"
)

// Transition is what became of a command about an account.
type Transition struct {
	ID string
	// From and To are the effective statuses around it.
	From, To lifecycle.Status
	// Changed is false where there was nothing to do.
	Changed bool
	// Version is the entity version after it, zero for a purged account.
	Version int64
	// Before and After are the facts around it, by which it can be undone.
	Before, After lifecycle.Facts
	// Events are told of it, Effects are what goes with it, and Timers all that
	// the account has then.
	Events  []lifecycle.EventKind
	Effects []lifecycle.Effect
	Timers  []lifecycle.Timer
	// Renamed is the new userName of a restored user whose name is taken.
	Renamed string
	// Letters are what nobody mails, because no way to do that is set up: who
	// asked for them has to hand them over.
	Letters []Letter
	// Lost are groups that a restored user was in and that are gone.
	Lost []string
}

// Act applies a command to a user, living or deprovisioned, in the words of an
// administrator. A command that is not possible is a *lifecycle.Refusal.
func (p *Provider) Act(ctx context.Context, c *Caller, id, reason string, commands ...lifecycle.Command) (*Transition, error) {
	t, key, err := p.userKey(c, id)
	if err != nil {
		return nil, err
	}
	done, err := p.act(ctx, c, key, words{reason: reason}, commands...)
	if err != nil {
		return nil, refusal(err, t, id)
	}
	return done, nil
}

// act decides and commits until no other change is faster.
func (p *Provider) act(ctx context.Context, c *Caller, key store.Key, w words, commands ...lifecycle.Command) (*Transition, error) {
	var done *Transition
	err := p.untilSettled(ctx, key, elsewhere, func() error {
		a, err := p.account(ctx, key)
		if err != nil {
			return err
		}
		tr, err := p.planTransition(c, a, p.now(), w, commands...)
		if err != nil {
			return err
		}
		done, err = p.carryOut(ctx, tr)
		return err
	})
	return done, err
}

// carryOut commits a transition. A restored user whose name is taken gets
// another one.
func (p *Provider) carryOut(ctx context.Context, tr *transition) (*Transition, error) {
	out := tr.outcome()
	if tr.change == nil {
		return out, nil
	}
	if err := p.mail(ctx, tr, out); err != nil {
		return nil, err
	}
	done, err := p.commitWith(ctx, tr, out)
	for range renames {
		if !nameTaken(err) || tr.account.departed == nil {
			break
		}
		if err := tr.rename(); err != nil {
			return nil, err
		}
		out.Renamed = tr.renamed
		done, err = p.commitWith(ctx, tr, out)
	}
	if err != nil {
		return nil, err
	}
	if purge, ok := tr.change.(*store.Purge); ok {
		p.purged(ctx, purge, done[0].Version)
	}
	out.Version = done[0].Version
	for _, lost := range done[0].Lost {
		out.Lost = append(out.Lost, lost.String())
	}
	return out, nil
}

// commitWith commits a transition and what goes with it.
func (p *Provider) commitWith(ctx context.Context, tr *transition, out *Transition) ([]store.Committed, error) {
	changes, err := tr.changes(out)
	if err != nil {
		return nil, err
	}
	return p.store.Commit(ctx, changes)
}

// changes are that of the transition, and what goes with it.
func (tr *transition) changes(out *Transition) ([]store.Change, error) {
	changes := []store.Change{tr.change}
	if tr.also == nil {
		return changes, nil
	}
	more, err := tr.also(out)
	return append(changes, more...), err
}

// mail stores the letters of a transition with it.
func (p *Provider) mail(ctx context.Context, tr *transition, out *Transition) error {
	update, ok := tr.change.(*store.Update)
	if !ok || len(tr.letters) == 0 {
		return nil
	}
	if p.post == nil {
		// What only tells something is nothing to hand over.
		out.Letters = slices.DeleteFunc(tr.letters, func(l Letter) bool { return l.Secret == "" })
		return nil
	}
	for _, letter := range tr.letters {
		job, err := p.post(ctx, tr.caller, letter)
		if err != nil {
			return fmt.Errorf("prepare a mail: %w", err)
		}
		update.Jobs = append(update.Jobs, job)
	}
	return nil
}

// purged renders the end of an account for the audit trail.
func (b trail) purged(decision *lifecycle.Decision) []byte {
	out := appendQuoted([]byte(`{"status":[`), string(decision.From))
	return append(appendQuoted(append(out, ','), string(decision.To)), "]}"...)
}
