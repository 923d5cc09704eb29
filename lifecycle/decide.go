package lifecycle

import (
	"slices"
	"time"
)

// Decision is what became of commands.
type Decision struct {
	// Before are the facts that the commands met: what the clock has ended is
	// gone. Undo takes them, and Facts.
	Before, Facts Facts
	// Changed says that the account as a resource is another one: its version
	// moves. Noted says that facts differ at all and have to be stored; sign-ins,
	// locks and drifts are noted and never touch a version.
	Changed, Noted bool
	// From and To are the effective statuses around the commands.
	From, To Status
	// Changes are all changes of status that nobody was told of, in their
	// order: those of the clock, then that of the commands.
	Changes []Change
	// Applied are the commands that did something.
	Applied []Trigger
	Events  []Event
	Effects []Effect
	// Timers are all that the account has now, soonest first; any other is
	// moot.
	Timers []Timer
}

// Nothing reports whether the commands came to nothing: there is nothing to
// store, to tell or to do.
func (d Decision) Nothing() bool { return !d.Noted && len(d.Events) == 0 && len(d.Effects) == 0 }

// Decide applies commands to facts, one on the other, as one decision. The
// facts given are not modified. A command that is refused refuses all; the
// error is a *Refusal, and an ErrTransition.
//
// First it tells what the clock did since the last decision. So it is Decide
// with Fire, or with any other command, or with none, that lets a stalled
// scheduler catch up, and firing twice tells once. A time before the last
// decision, of a clock that goes behind, counts as the time of that decision.
func Decide(facts Facts, policy Policy, now time.Time, commands ...Command) (Decision, error) {
	h := open(facts, policy, now)
	before := h.facts.clone()
	for _, command := range commands {
		if err := h.hear(command); err != nil {
			return Decision{}, err
		}
	}
	h.conclude(before)
	return h.decision(facts, before), nil
}

// hearing is one decision while it is made.
type hearing struct {
	policy  Policy
	now     time.Time
	facts   Facts
	changes []Change
	applied []Trigger
	events  []Event
	effects []Effect
	// command is the one that is heard; nil while Allowed asks in general.
	command Command
}

// open begins a hearing with what the clock did.
func open(facts Facts, policy Policy, now time.Time) *hearing {
	now = later(now, facts.Settled)
	h := &hearing{policy: policy, now: now, facts: facts.tidied(now)}
	h.elapse(facts)
	return h
}

func (h *hearing) status() Status { return h.facts.Status(h.now) }

// hear looks one command up in the table and does what it says.
func (h *hearing) hear(command Command) error {
	h.command = command
	from := h.status()
	rule := find(command.Trigger(), from, h)
	switch rule.then {
	case refused:
		return &Refusal{command.Trigger(), from, rule.why, slices.Clone(rule.try)}
	case applied:
		command.apply(h)
		h.facts = h.facts.tidied(h.now)
		h.applied = append(h.applied, command.Trigger())
	}
	return nil
}

// elapse tells what the clock did to the facts as they were.
func (h *hearing) elapse(facts Facts) {
	for _, change := range facts.elapsed(h.now) {
		h.tell(change)
	}
	if !facts.living() {
		return
	}
	told := len(facts.turns(h.now)) > 0
	if facts.passed(facts.InviteExpires, h.now) {
		told = true
		h.effect(RevokeInvite)
	}
	if facts.passed(facts.ResetExpires, h.now) {
		told = true
		h.effect(RevokeReset)
	}
	if told {
		h.facts.Settled = h.now
	}
}

// tell notes a change of status and what it entails.
func (h *hearing) tell(change Change) {
	h.changes = append(h.changes, change)
	for _, kind := range change.kinds() {
		h.event(kind, change)
	}
	h.effect(change.effects()...)
	h.facts.Changed = change.At
	if change.To.Active() && !change.From.Active() {
		h.facts.Activity.Renewed = later(h.facts.Activity.Renewed, change.At)
	}
}

// announce adds an event that is of no change of status.
func (h *hearing) announce(kind EventKind) {
	status := h.status()
	h.event(kind, Change{h.now, status, status, h.command.Trigger()})
}

// event adds an event, one of a kind at a time.
func (h *hearing) event(kind EventKind, change Change) {
	if !slices.ContainsFunc(h.events, func(e Event) bool { return e.Kind == kind && e.At.Equal(change.At) }) {
		h.events = append(h.events, Event{kind, change})
	}
}

// effect adds effects, each once.
func (h *hearing) effect(effects ...Effect) {
	for _, e := range effects {
		if !slices.Contains(h.effects, e) {
			h.effects = append(h.effects, e)
		}
	}
}

// conclude tells what the commands made of the status.
func (h *hearing) conclude(before Facts) {
	from, to := before.Status(h.now), h.status()
	if from != to {
		h.tell(Change{h.now, from, to, h.applied[0]})
	}
	if from != StatusDeprovisioned && to == StatusDeprovisioned {
		h.effect(RevokeTokens)
		if !h.facts.Held {
			h.effect(StripMemberships)
		}
	}
}

func (h *hearing) decision(facts, before Facts) Decision {
	if !h.facts.Equal(facts) {
		h.facts.Settled = h.now
	}
	shown := slices.ContainsFunc(h.changes, func(c Change) bool { return !c.locks() })
	return Decision{
		Before: before, Facts: h.facts,
		Changed: shown || !h.facts.sameAccount(before),
		Noted:   !h.facts.Equal(facts),
		From:    before.Status(h.now), To: h.status(),
		Changes: h.changes, Applied: h.applied, Events: h.events, Effects: h.effects,
		Timers: h.facts.Timers(h.policy),
	}
}
