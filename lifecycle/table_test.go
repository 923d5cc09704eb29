package lifecycle

import (
	"errors"
	"slices"
	"testing"
)

// TestEveryPair shows that each status and trigger have a rule that decides for
// good, and that no rule stands behind one that does.
func TestEveryPair(t *testing.T) {
	t.Parallel()
	for _, on := range Triggers() {
		for _, from := range anything {
			closed := false
			for _, r := range byTrigger[on] {
				if !slices.Contains(r.from, from) {
					continue
				}
				if closed && len(r.from) == 1 {
					t.Errorf("%s of %s: a rule is never reached", on, from)
				}
				closed = closed || r.when == nil
			}
			if !closed {
				t.Errorf("%s of %s: nothing is said", on, from)
			}
		}
	}
	if len(byTrigger) != len(Triggers()) {
		t.Errorf("%d triggers have rules, there are %d", len(byTrigger), len(Triggers()))
	}
}

// reach is what a drive through the table came by.
type reach struct {
	rules    map[*rule]bool
	statuses map[change]bool
}

// change is a row of the table as seen from outside.
type change struct {
	on       Trigger
	from, to Status
}

// TestDecisionsFollowTheTable drives every command against every account, and
// holds what comes out against the table: refusals say why, repeats come to
// nothing, statuses are among those that the table names. Every rule has to be
// met, and every status that it names.
func TestDecisionsFollowTheTable(t *testing.T) {
	t.Parallel()
	seen := reach{map[*rule]bool{}, map[change]bool{}}
	for _, facts := range accounts() {
		idle, err := Decide(facts, strict(), noon)
		if err != nil {
			t.Fatalf("%+v: no command was refused: %v", facts, err)
		}
		allowed := Allowed(facts, strict(), noon)
		for _, command := range commands() {
			seen.drive(t, facts, idle, command, allowed)
		}
	}
	for i := range table {
		seen.demand(t, &table[i])
	}
}

func (seen reach) drive(t *testing.T, facts Facts, idle Decision, command Command, allowed []Trigger) {
	t.Helper()
	h := open(facts, strict(), noon)
	h.command = command
	from, on := h.status(), command.Trigger()
	r := ruleFor(on, from, h)
	seen.rules[r] = true
	original := facts.clone()
	d, err := Decide(facts, strict(), noon, command)
	if !facts.Equal(original) {
		t.Fatalf("%T modified the facts it was given", command)
	}
	if r.then == refused {
		var refusal *Refusal
		if !errors.As(err, &refusal) || !errors.Is(err, ErrTransition) || refusal.Why != r.why || refusal.From != from || refusal.Trigger != on {
			t.Fatalf("%#v of %+v: got %v, want a refusal: %s", command, facts, err, r.why)
		}
		return
	}
	if err != nil {
		t.Fatalf("%#v of %+v: %v", command, facts, err)
	}
	same := d.Facts.Equal(idle.Facts) && len(d.Effects) == len(idle.Effects) && len(d.Events) == len(idle.Events)
	switch {
	case same != (r.then == unchanged) || same != (len(d.Applied) == 0):
		t.Fatalf("%#v of %+v: changes nothing: %v; the table says otherwise", command, facts, same)
	case !same && !on.ByClock() && !slices.Contains(allowed, on):
		t.Fatalf("%#v works and is not offered for %+v: %v", command, facts, allowed)
	case len(r.to) == 0 && d.To != from || len(r.to) > 0 && !slices.Contains(r.to, d.To):
		t.Fatalf("%#v of %+v: %s becomes %s, the table has %v", command, facts, from, d.To, r.to)
	}
	if !same {
		seen.statuses[change{on, from, d.To}] = true
	}
	for _, c := range d.Changes {
		seen.statuses[change{c.Trigger, c.From, c.To}] = true
		if !permitted(c) {
			t.Fatalf("%#v of %+v: %+v is in no rule", command, facts, c)
		}
	}
}

// demand finds what the table says and nothing showed. What the clock does
// has happened before its timer is heard, so of those rules only the change of
// status is seen.
func (seen reach) demand(t *testing.T, r *rule) {
	t.Helper()
	told := slices.ContainsFunc(TimerKinds()[:6], func(kind TimerKind) bool { return kind.Trigger() == r.on })
	if !seen.rules[r] && (!told || r.then != applied) {
		t.Errorf("%s of %v (%s): the rule was never met", r.on, r.from, r.condition())
	}
	for _, from := range r.from {
		for _, to := range r.to {
			if r.on != TriggerUndo && !seen.statuses[change{r.on, from, to}] {
				t.Errorf("%s never led from %s to %s", r.on, from, to)
			}
		}
	}
}

// ruleFor is find, with the rule itself.
func ruleFor(on Trigger, from Status, h *decider) *rule {
	for i, r := range table {
		if r.on == on && slices.Contains(r.from, from) && (r.when == nil || r.when.holds(h)) {
			return &table[i]
		}
	}
	return nil
}

// permitted reports whether some rule lets a change happen.
func permitted(c Change) bool {
	return slices.ContainsFunc(byTrigger[c.Trigger], func(r rule) bool {
		return r.then == applied && slices.Contains(r.from, c.From) && slices.Contains(r.to, c.To)
	})
}

// TestRemedies shows that whatever a refusal proposes is not itself out of the
// question in that status.
func TestRemedies(t *testing.T) {
	t.Parallel()
	for _, r := range table {
		for _, try := range r.try {
			if !slices.ContainsFunc(r.from, func(from Status) bool {
				return slices.ContainsFunc(byTrigger[try], func(other rule) bool {
					return other.then == applied && slices.Contains(other.from, from)
				})
			}) {
				t.Errorf("%s of %v, refused as %s: %s is no way out", r.on, r.from, r.why, try)
			}
		}
	}
}
