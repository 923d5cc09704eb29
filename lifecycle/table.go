package lifecycle

import (
	"slices"
	"time"
)

// outcome is what the table says to a trigger.
type outcome int

const (
	// applied lets the command change the facts.
	applied outcome = iota
	// unchanged is a repeat, or what does not concern the account.
	unchanged
	refused
)

// rule is a row of the table: of a status and a trigger, the first rule whose
// guard holds decides.
type rule struct {
	on   Trigger
	from []Status
	// when is nil for always.
	when *guard
	then outcome
	// to are the statuses that may follow; none for the one that it has. Which
	// of them is for the facts to say.
	to []Status
	// why and try are of a refusal.
	why Why
	try []Trigger
}

var (
	none          = []Status{StatusNone}
	deprovisioned = []Status{StatusDeprovisioned}
	purged        = []Status{StatusPurged}
	suspended     = []Status{StatusSuspended}
	pending       = []Status{StatusPending}
	inactive      = []Status{StatusInactive}
	active        = []Status{StatusActive}
	locked        = []Status{StatusLocked}
	usable        = []Status{StatusActive, StatusLocked}
	living        = []Status{StatusInactive, StatusPending, StatusActive, StatusLocked, StatusSuspended}
	present       = []Status{StatusInactive, StatusPending, StatusActive, StatusLocked, StatusSuspended, StatusDeprovisioned}
	unsuspended   = []Status{StatusInactive, StatusPending, StatusActive, StatusLocked}
	anything      = []Status{StatusNone, StatusInactive, StatusPending, StatusActive, StatusLocked, StatusSuspended, StatusDeprovisioned, StatusPurged}
)

func applies(on Trigger, from []Status, when *guard, to ...Status) rule {
	return rule{on: on, from: from, when: when, then: applied, to: to}
}

func nothing(on Trigger, from []Status, when *guard) rule {
	return rule{on: on, from: from, when: when, then: unchanged}
}

func refuses(on Trigger, from []Status, when *guard, why Why, try ...Trigger) rule {
	return rule{on: on, from: from, when: when, then: refused, why: why, try: try}
}

// of puts the rules of one trigger together and closes them: where they say
// nothing for good, what is no living account is refused.
func of(on Trigger, rules ...rule) []rule {
	closed := func(status Status) bool {
		return slices.ContainsFunc(rules, func(r rule) bool { return r.when == nil && slices.Contains(r.from, status) })
	}
	if !closed(StatusNone) {
		rules = append(rules, refuses(on, none, nil, WhyNoAccount, TriggerCreate, TriggerEnroll, TriggerInvite))
	}
	if !closed(StatusDeprovisioned) {
		rules = append(rules, refuses(on, deprovisioned, nil, WhyDeprovisioned, TriggerRestore))
	}
	if !closed(StatusPurged) {
		rules = append(rules, refuses(on, purged, nil, WhyPurged))
	}
	return rules
}

// table is every transition.
var table = slices.Concat(comingRules, suspendingRules, signingRules, markRules, endingRules, timerRules)

// byTrigger finds the rules of a trigger without a walk through all.
var byTrigger = func() map[Trigger][]rule {
	index := map[Trigger][]rule{}
	for _, r := range table {
		index[r.on] = append(index[r.on], r)
	}
	return index
}()

// find is the rule for a trigger in a status. Every pair has one, which a test
// shows.
func find(on Trigger, from Status, d *decider) rule {
	for _, r := range byTrigger[on] {
		if slices.Contains(r.from, from) && (r.when == nil || r.when.holds(d)) {
			return r
		}
	}
	return refuses(on, []Status{from}, nil, WhyUnknown)
}

// Allowed are the commands that the account would not refuse and that may do
// something, given what they ask for. It says nothing of who may ask.
func Allowed(facts Facts, policy Policy, now time.Time) []Trigger {
	d := open(facts, policy, now)
	return slices.DeleteFunc(Triggers(), func(on Trigger) bool { return on.ByClock() || !d.mayApply(on) })
}

// mayApply reports whether some command of a trigger would be let through.
func (d *decider) mayApply(on Trigger) bool {
	from := d.status()
	for _, r := range byTrigger[on] {
		switch {
		case !slices.Contains(r.from, from):
		case r.when == nil || !r.when.asks && r.when.holds(d):
			return r.then == applied
		case r.when.asks && r.then == applied:
			return true
		}
	}
	return false
}
