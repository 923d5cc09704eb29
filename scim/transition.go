package scim

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

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
	changes := []store.Change{tr.change}
	if tr.also != nil {
		more, err := tr.also(out)
		if err != nil {
			return nil, err
		}
		changes = append(changes, more...)
	}
	return p.store.Commit(ctx, changes)
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

// transition renders what a decision changed for the audit trail: each fact as
// before and after, and the changes of status in their order where there is more
// than one.
func (b trail) transition(facts lifecycle.Facts, decision *lifecycle.Decision) []byte {
	before, after := factsByName(facts), factsByName(decision.Facts)
	names := make([]string, 0, len(before)+len(after))
	for name := range before {
		names = append(names, name)
	}
	for name := range after {
		names = append(names, name)
	}
	slices.Sort(names)
	out := append(make([]byte, 0, 256), '{')
	if decision.From != decision.To || len(decision.Changes) > 0 {
		from := decision.From
		if len(decision.Changes) > 0 {
			from = decision.Changes[0].From
		}
		out = append(appendName(out, "status"), '[')
		out = appendQuoted(out, string(from))
		out = appendQuoted(append(out, ','), string(decision.To))
		out = append(out, ']')
	}
	for _, name := range slices.Compact(names) {
		if name == "settled" || string(before[name]) == string(after[name]) {
			continue
		}
		out = append(appendName(out, name), '[')
		out = appendValueOrNull(out, before[name])
		out = appendValueOrNull(append(out, ','), after[name])
		out = append(out, ']')
	}
	if len(decision.Changes) > 1 {
		out = append(appendName(out, "timeline"), "[null,["...)
		for i, change := range decision.Changes {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, '{')
			out = appendInstant(out, "at", change.At)
			out = appendWord(out, "from", string(change.From))
			out = appendWord(out, "to", string(change.To))
			out = append(appendWord(out, "trigger", string(change.Trigger)), '}')
		}
		out = append(out, "]]"...)
	}
	return append(out, '}')
}

func appendValueOrNull(out []byte, v jsontext.Value) []byte {
	if v == nil {
		return append(out, "null"...)
	}
	return append(out, v...)
}

// factsByName are the facts in the form in which they are stored.
func factsByName(f lifecycle.Facts) map[string]jsontext.Value {
	out := map[string]jsontext.Value{}
	text, err := json.Marshal(stateOf(f), json.Deterministic(true))
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		panic("facts are plain data: " + err.Error())
	}
	return out
}
