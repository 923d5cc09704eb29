package lifecycle

import (
	"fmt"
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

func (g MassGuard) validate() error {
	var mode error
	if !slices.Contains([]GuardMode{GuardHold, GuardReject, GuardAlert, GuardOff}, g.Mode) {
		mode = fmt.Errorf("%w: guard.mode is not one of hold, reject, alert, off", ErrPolicy)
	}
	for _, err := range []error{
		mode,
		within("guard.window", g.Window, time.Minute, 7*day),
		within("guard.armedFrom", g.ArmedFrom, 0, 1<<30),
		within("guard.floor", g.Floor, 0, 1<<30),
		within("guard.percent", g.Percent, 0, 100),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// parts is in how many parts a window slides. A removal counts for up to one
// part longer than the window, never shorter.
const parts = 60

// Tally is what the guard remembers of one connection. Who changes it holds it
// locked from reading to writing.
type Tally struct {
	Counts []TallyCount `json:"counts,omitempty"`
	// Allowance is what an administrator allowed beyond the limit.
	Allowance      int       `json:"allowance,omitempty"`
	AllowanceUntil time.Time `json:"allowanceUntil,omitzero"`
}

// TallyCount is the removals of one part of the window.
type TallyCount struct {
	Start    time.Time `json:"start"`
	Removals int       `json:"removals"`
	// Living is the most users that the connection had in it: the limit must
	// not shrink with what is removed.
	Living int `json:"living"`
}

// Verdict is what the guard says to some removals.
type Verdict struct {
	// Action is GuardOff where they simply pass; otherwise they are beyond the
	// limit and the mode says what happens.
	Action GuardMode
	// Removals is how many count now, these included unless they are refused,
	// of at most Limit; -1 where the guard is not armed.
	Removals, Limit int
	// RetryAfter is when refused removals may pass: the time until they fit,
	// or the whole window where they never will.
	RetryAfter time.Duration
}

// Weigh judges n removals at once by a connection that has so many living
// users, and returns the tally that is to be stored with them. Refused
// removals do not count, so that who keeps trying gets through in the end.
func (g MassGuard) Weigh(t Tally, n, living int, now time.Time) (Verdict, Tally) {
	t = t.within(g.Window, now)
	for _, count := range t.Counts {
		living = max(living, count.Living)
	}
	if g.Mode == GuardOff || n <= 0 || living < g.ArmedFrom {
		return Verdict{GuardOff, t.removals(), -1, 0}, t.plus(max(n, 0), living, g.Window, now)
	}
	verdict := Verdict{Action: GuardOff, Limit: max(g.Floor, living*g.Percent/100)}
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

// Allow lets n more removals pass until a time.
func (t Tally) Allow(n int, until time.Time) Tally {
	t.Allowance, t.AllowanceUntil = n, until
	return t
}

// Forget counts from nothing again: what was held was meant.
func (t Tally) Forget() Tally {
	t.Counts = nil
	return t
}

// within is the tally without what is over.
func (t Tally) within(window time.Duration, now time.Time) Tally {
	t.Counts = slices.DeleteFunc(slices.Clone(t.Counts), func(c TallyCount) bool { return !c.over(window).After(now) })
	if !t.AllowanceUntil.After(now) {
		t.Allowance, t.AllowanceUntil = 0, time.Time{}
	}
	return t
}

// over is when the removals of a part stop to count.
func (c TallyCount) over(window time.Duration) time.Time { return c.Start.Add(window + window/parts) }

func (t Tally) removals() int {
	sum := 0
	for _, count := range t.Counts {
		sum += count.Removals
	}
	return sum
}

func (t Tally) plus(n, living int, window time.Duration, now time.Time) Tally {
	if n == 0 {
		return t
	}
	start := now.Truncate(window / parts)
	if i := slices.IndexFunc(t.Counts, func(c TallyCount) bool { return c.Start.Equal(start) }); i >= 0 {
		t.Counts[i].Removals += n
		t.Counts[i].Living = max(t.Counts[i].Living, living)
		return t
	}
	t.Counts = append(t.Counts, TallyCount{start, n, living})
	return t
}

// fits is the time until no more than room removals count.
func (t Tally) fits(room int, window time.Duration, now time.Time) time.Duration {
	left := t.removals()
	counts := slices.SortedFunc(slices.Values(t.Counts), func(a, b TallyCount) int { return a.Start.Compare(b.Start) })
	for _, count := range counts {
		if left -= count.Removals; left <= room {
			return count.over(window).Sub(now)
		}
	}
	return window
}
