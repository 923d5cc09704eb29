package lifecycle

import (
	"slices"
	"time"
)

// GuardMode is what the mass guard does with removals beyond the limit.
type GuardMode string

// The modes of the mass guard.
const (
	// GuardHold cuts access and lets the rest wait for an administrator.
	GuardHold GuardMode = "hold"
	// GuardReject refuses.
	GuardReject GuardMode = "reject"
	// GuardAlert tells administrators and goes on.
	GuardAlert GuardMode = "alert"
	GuardOff   GuardMode = "off"
)

// MassGuard limits how many accounts, groups and memberships one connection
// removes in a time.
type MassGuard struct {
	Mode   GuardMode
	Window time.Duration
	// ArmedFrom so many living users the guard looks at all.
	ArmedFrom int
	// Floor and Percent of the living users: the larger one is the limit.
	Floor, Percent int
}

// GuardModes lists the modes, from the one that does most.
func GuardModes() []GuardMode { return []GuardMode{GuardHold, GuardReject, GuardAlert, GuardOff} }

func (g MassGuard) mode() *PolicyError {
	if slices.Contains(GuardModes(), g.Mode) {
		return nil
	}
	return &PolicyError{"guard.mode", "is not one of hold, reject, alert, off"}
}

// Verdict is what the guard says to some removals.
type Verdict struct {
	// Action is GuardOff where they simply pass; otherwise they are beyond the
	// limit and the mode says what happens.
	Action GuardMode
	// Removals is how many count now, these included unless they are refused,
	// of at most Limit; -1 where the guard is not armed.
	Removals, Limit int
	// Living is how many users Limit is a share of.
	Living int
	// RetryAfter is when refused removals may pass: the time until they fit,
	// or the whole window where they never will.
	RetryAfter time.Duration
	// BlockedUntil is set where an administrator lets nothing pass until then.
	BlockedUntil time.Time
}

// limit is how many removals pass for a connection that has so many users.
func (g MassGuard) limit(living int) int { return max(g.Floor, living*g.Percent/100) }

// Living are the users that a limit is a share of.
type Living struct {
	Users int
	// Whole says that they are all of the tenant, because the connection made too few of
	// them for the guard to be armed.
	Whole bool
}

// share is what the limit is a share of while removals count: of the users that it was
// of when they began to count, the most there were. Otherwise the limit would shrink with
// what is removed, or grow, where so few are left that all of the tenant are looked at.
func (t Tally) share(living Living) Living {
	if len(t.Counts) == 0 {
		return living
	}
	of := Living{Whole: t.Counts[0].Whole}
	if living.Whole == of.Whole {
		of.Users = living.Users
	}
	for _, count := range t.Counts {
		if count.Whole == of.Whole {
			of.Users = max(of.Users, count.Living)
		}
	}
	return of
}

// Weigh judges n removals at once by a connection that has so many living
// users, and returns the tally that is to be stored with them. Refused
// removals do not count, so that who keeps trying gets through in the end. What
// an administrator has blocked is refused in any mode.
func (g MassGuard) Weigh(t Tally, n int, living Living, now time.Time) (Verdict, Tally) {
	t = t.within(g.Window, now)
	living = t.share(living)
	if n > 0 && !t.BlockedUntil.IsZero() {
		return Verdict{Action: GuardReject, Removals: t.removals(), Limit: 0, RetryAfter: t.BlockedUntil.Sub(now), BlockedUntil: t.BlockedUntil}, t
	}
	if g.Mode == GuardOff || n <= 0 || living.Users < g.ArmedFrom {
		return Verdict{Action: GuardOff, Removals: t.removals(), Limit: -1}, t.plus(max(n, 0), living, g.Window, now)
	}
	verdict := Verdict{Action: GuardOff, Limit: g.limit(living.Users), Living: living.Users}
	if beyond := t.removals() + n - verdict.Limit; beyond > 0 {
		// The allowance pays for what is beyond the limit for the first time.
		owed := min(beyond, n)
		if owed <= t.Allowance {
			t.Allowance -= owed
		} else {
			verdict.Action = g.Mode
		}
	}
	if verdict.Action == GuardReject {
		verdict.Removals, verdict.RetryAfter = t.removals(), t.fits(verdict.Limit-n, g.Window, now)
		return verdict, t
	}
	t = t.plus(n, living, g.Window, now)
	verdict.Removals = t.removals()
	return verdict, t
}
