package lifecycle

import (
	"slices"
	"time"
)

// TimerKind is what a timer is for; an account has at most one of a kind.
type TimerKind string

// The timers. The first six only tell what the clock has done already; the
// others act, each after another look at the facts.
const (
	TimerValidFrom      TimerKind = "valid_from"
	TimerValidUntil     TimerKind = "valid_until"
	TimerSuspendedUntil TimerKind = "suspended_until"
	TimerLock           TimerKind = "lock"
	TimerInvite         TimerKind = "invite"
	TimerReset          TimerKind = "reset"
	TimerStaleWarning   TimerKind = "stale_warning"
	TimerStale          TimerKind = "stale"
	TimerDeprovision    TimerKind = "deprovision"
	TimerPurge          TimerKind = "purge"
)

// TimerKinds lists all kinds.
func TimerKinds() []TimerKind {
	return []TimerKind{
		TimerValidFrom, TimerValidUntil, TimerSuspendedUntil, TimerLock, TimerInvite, TimerReset,
		TimerStaleWarning, TimerStale, TimerDeprovision, TimerPurge,
	}
}

// Timer asks for Fire at a time.
type Timer struct {
	Kind TimerKind
	Due  time.Time
}

// Timers are all timers that an account has, soonest first. They follow from
// facts and policy, so whatever is stored of them can be compared and made
// anew, and none outlives what it was for.
func (f Facts) Timers(p Policy) []Timer {
	var timers []Timer
	add := func(kind TimerKind, due time.Time) {
		if !due.IsZero() && due.Before(endOfTime) {
			timers = append(timers, Timer{kind, due})
		}
	}
	switch {
	case f.living():
		add(TimerValidFrom, f.untold(f.ValidFrom))
		add(TimerValidUntil, f.untold(f.ValidUntil))
		add(TimerSuspendedUntil, f.firstEnd())
		add(TimerLock, f.untold(f.Lockout.Until))
		if f.Stage == Pending {
			add(TimerInvite, f.untold(f.InviteExpires))
		}
		add(TimerReset, f.untold(f.ResetExpires))
		add(TimerStaleWarning, f.staleNotice(p, p.Stale.WarnAfter))
		add(TimerStale, f.staleNotice(p, p.Stale.After))
		add(TimerDeprovision, f.escalates(p))
	case f.Stage == Deprovisioned && !f.Held && !f.LegalHold:
		add(TimerPurge, f.PurgeAfter)
	}
	slices.SortStableFunc(timers, func(a, b Timer) int { return a.Due.Compare(b.Due) })
	return timers
}

// untold is an instant that the clock has still to reach, or to be told of.
func (f Facts) untold(at time.Time) time.Time {
	if at.After(f.Settled) {
		return at
	}
	return time.Time{}
}

// firstEnd is when the first suspension ends of those that end.
func (f Facts) firstEnd() time.Time {
	var first time.Time
	for _, s := range f.Suspensions {
		if until := f.untold(s.Until); !until.IsZero() && (first.IsZero() || until.Before(first)) {
			first = until
		}
	}
	return first
}

// staleNotice is when an account will have been unused for a time, zero where
// somebody has been told already.
func (f Facts) staleNotice(p Policy, unused time.Duration) time.Time {
	due := f.lastUse().Add(unused)
	if unused == 0 || p.Stale.After == 0 || f.Stage != Enrolled || !f.Activity.StaleTold.Before(due) {
		return time.Time{}
	}
	return due
}

// escalates is when a policy deprovisions the account. Whoever renews the
// account starts the time anew, so that a restored one is not gone at once.
func (f Facts) escalates(p Policy) time.Time {
	var due time.Time
	consider := func(since time.Time, after time.Duration) {
		at := later(since, f.Activity.Renewed).Add(after)
		if !since.IsZero() && after > 0 && (due.IsZero() || at.Before(due)) {
			due = at
		}
	}
	if f.BreakGlass {
		return due
	}
	consider(f.ValidUntil, p.Escalation.Expired)
	for _, s := range f.Suspensions {
		if s.Until.IsZero() {
			consider(s.Since, p.Escalation.Suspended)
		}
	}
	return due
}

// due reports whether a timer has something to do at a time.
func (f Facts) due(kind TimerKind, p Policy, now time.Time) bool {
	for _, timer := range f.Timers(p) {
		if timer.Kind == kind {
			return !timer.Due.After(now)
		}
	}
	return false
}
