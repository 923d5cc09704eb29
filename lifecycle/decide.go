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
	d := open(facts, policy, now)
	before := d.facts.clone()
	for _, command := range commands {
		if err := d.decide(command); err != nil {
			return Decision{}, err
		}
	}
	d.conclude(before)
	return d.decision(facts, before), nil
}

// decider is one decision while it is made.
type decider struct {
	policy  Policy
	now     time.Time
	facts   Facts
	changes []Change
	applied []Trigger
	events  []Event
	effects []Effect
	// command is the one that is decided; nil while Allowed asks in general.
	command Command
}

// open begins a decision with what the clock did.
func open(facts Facts, policy Policy, now time.Time) *decider {
	now = later(now, facts.Settled)
	d := &decider{policy: policy, now: now, facts: facts.tidied(now)}
	d.elapse(facts)
	return d
}

func (d *decider) status() Status { return d.facts.Status(d.now) }

// decide looks one command up in the table and does what it says.
func (d *decider) decide(command Command) error {
	d.command = command
	from := d.status()
	rule := find(command.Trigger(), from, d)
	switch rule.then {
	case refused:
		return &Refusal{command.Trigger(), from, rule.why, slices.Clone(rule.try)}
	case applied:
		command.apply(d)
		d.facts = d.facts.tidied(d.now)
		d.applied = append(d.applied, command.Trigger())
	}
	return nil
}

// elapse tells what the clock did to the facts as they were.
func (d *decider) elapse(facts Facts) {
	for _, change := range facts.elapsed(d.now) {
		d.tell(change)
	}
	if !facts.living() {
		return
	}
	told := len(facts.turns(d.now)) > 0
	if facts.passed(facts.InviteExpires, d.now) {
		told = true
		d.effect(RevokeInvite)
	}
	if facts.passed(facts.ResetExpires, d.now) {
		told = true
		d.effect(RevokeReset)
	}
	if told {
		d.facts.Settled = d.now
	}
}

// tell notes a change of status and what it entails.
func (d *decider) tell(change Change) {
	d.changes = append(d.changes, change)
	for _, kind := range change.kinds() {
		d.event(kind, change)
	}
	d.effect(change.effects()...)
	d.facts.Changed = change.At
	if change.To.Active() && !change.From.Active() && change.From != StatusNone { // that it was made is Created
		d.facts.Activity.Renewed = later(d.facts.Activity.Renewed, change.At)
	}
}

// announce adds an event that is of no change of status.
func (d *decider) announce(kind EventKind) {
	status := d.status()
	d.event(kind, Change{d.now, status, status, d.command.Trigger()})
}

// event adds an event, one of a kind at a time.
func (d *decider) event(kind EventKind, change Change) {
	if !slices.ContainsFunc(d.events, func(e Event) bool { return e.Kind == kind && e.At.Equal(change.At) }) {
		d.events = append(d.events, Event{kind, change})
	}
}

// effect adds effects, each once.
func (d *decider) effect(effects ...Effect) {
	for _, e := range effects {
		if !slices.Contains(d.effects, e) {
			d.effects = append(d.effects, e)
		}
	}
}

// conclude tells what the commands made of the status.
func (d *decider) conclude(before Facts) {
	from, to := before.Status(d.now), d.status()
	if from != to {
		d.tell(Change{d.now, from, to, d.applied[0]})
	}
	if from != StatusDeprovisioned && to == StatusDeprovisioned {
		d.effect(RevokeTokens)
		if !d.facts.Held {
			d.effect(StripMemberships)
		}
	}
}

func (d *decider) decision(facts, before Facts) Decision {
	if !d.facts.Equal(facts) {
		d.facts.Settled = d.now
	}
	shown := slices.ContainsFunc(d.changes, func(c Change) bool { return !c.locks() })
	return Decision{
		Before: before, Facts: d.facts,
		Changed: shown || !d.facts.sameAccount(before),
		Noted:   !d.facts.Equal(facts),
		From:    before.Status(d.now), To: d.status(),
		Changes: d.changes, Applied: d.applied, Events: d.events, Effects: d.effects,
		Timers: d.facts.Timers(d.policy),
	}
}
