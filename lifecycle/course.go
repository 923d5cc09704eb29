package lifecycle

import (
	"slices"
	"time"
)

// Step is one thing that will happen to an account by itself.
type Step struct {
	Timer

	// Rule is the value of the policy that it follows from, named as in
	// Policy.Values; empty for what was set for this account alone.
	Rule string
	// To is the effective status after it; empty where it does not come to that,
	// because something before it ends what it is about.
	To Status
	// Armed says that it is a timer of the account already; the others follow once
	// what comes before them has happened.
	Armed bool
	// Again is when it comes if it is cancelled now, zero for not any more.
	Again time.Time
}

// mostTurns bounds a course; each timer comes to nothing once it has fired, so that
// none has so many.
const mostTurns = 32

// Course is what will happen to the account from a time on if nobody does
// anything, soonest first: its timers, and what follows from them. It is found by
// deciding as a scheduler does, one time after the other, so that it cannot say
// otherwise than what will be done. What holds a removal back, such as the mass
// guard, is not foreseen. Of timers that it does not come to, those are named that
// were set for the account.
func (f Facts) Course(p Policy, now time.Time) []Step {
	course, armed := f.steps(p, now), f.Timers(p)
	for i := range course {
		course[i].Armed = among(armed, course[i].Timer)
	}
	for _, timer := range armed {
		if f.rule(timer, p) == "" && !slices.ContainsFunc(course, func(s Step) bool { return timer.same(s.Timer) }) {
			course = append(course, Step{Timer: timer, Armed: true})
		}
	}
	for i := range course {
		if course[i].Armed {
			course[i].Again = f.cancelled(course[i].Kind, p, now)
		}
	}
	slices.SortStableFunc(course, func(a, b Step) int { return a.Due.Compare(b.Due) })
	return course
}

// steps are those that an account comes to.
func (f Facts) steps(p Policy, at time.Time) []Step {
	var course []Step
	var moot []Timer
	for range mostTurns {
		next := slices.DeleteFunc(f.Timers(p), func(timer Timer) bool { return among(moot, timer) })
		if len(next) == 0 {
			break
		}
		at = later(at, next[0].Due)
		var commands []Command
		next = slices.DeleteFunc(next, func(timer Timer) bool { return timer.Due.After(at) })
		for _, timer := range next {
			commands = append(commands, Fire{Kind: timer.Kind})
		}
		fired, err := Decide(f, p, at, commands...)
		if err != nil { // timers are never refused
			break
		}
		for _, timer := range next {
			if among(fired.Timers, timer) { // it does nothing
				moot = append(moot, timer)
				continue
			}
			course = append(course, Step{Timer: timer, Rule: f.rule(timer, p), To: fired.To})
		}
		f = fired.Facts
	}
	return course
}

func (t Timer) same(other Timer) bool { return t.Kind == other.Kind && t.Due.Equal(other.Due) }

func among(timers []Timer, one Timer) bool { return slices.ContainsFunc(timers, one.same) }

// cancelled is when a timer comes if it is cancelled at a time, zero for not any
// more.
func (f Facts) cancelled(kind TimerKind, p Policy, now time.Time) time.Time {
	decision, err := Decide(f, p, now, Cancel{Kind: kind})
	if err != nil {
		return time.Time{}
	}
	for _, timer := range decision.Timers {
		if timer.Kind == kind {
			return timer.Due
		}
	}
	return time.Time{}
}

// rule is the value of the policy that a timer follows from.
func (f Facts) rule(timer Timer, p Policy) string {
	switch timer.Kind {
	case TimerLock:
		if f.Lockout.By == "" {
			return "lockout.lasts"
		}
	case TimerInvite:
		return "inviteValidity"
	case TimerReset:
		return "resetValidity"
	case TimerStaleWarning:
		return "stale.warnAfter"
	case TimerStale:
		return "stale.after"
	case TimerDeprovision:
		expired := later(f.ValidUntil, f.Activity.Renewed).Add(p.Escalation.Expired)
		if !f.ValidUntil.IsZero() && p.Escalation.Expired > 0 && expired.Equal(timer.Due) {
			return "escalation.expired"
		}
		return "escalation.suspended"
	case TimerPurge:
		return "purgeAfter"
	case TimerValidFrom, TimerValidUntil, TimerSuspendedUntil:
	}
	return ""
}
