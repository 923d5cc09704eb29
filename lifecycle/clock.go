package lifecycle

import (
	"slices"
	"time"
)

// Change is one change of status.
type Change struct {
	At       time.Time
	From, To Status
	// Trigger is what made it: a command, or the timer of the fact that the
	// clock moved past, whether or not that timer fired.
	Trigger Trigger
}

// elapsed are the changes of status that the clock made since the last
// decision, in their order. They follow from the facts alone, so they are told
// once and completely by whatever decision comes next, however late the
// timers are.
func (f Facts) elapsed(now time.Time) []Change {
	if !f.living() {
		return nil
	}
	var changes []Change
	from := f.Status(f.Settled)
	for _, at := range f.turns(now) {
		if to := f.Status(at); to != from {
			changes = append(changes, Change{at, from, to, f.cause(from, at)})
			from = to
		}
	}
	return changes
}

// turns are the instants since the last decision at which the status can have
// changed by itself.
func (f Facts) turns(now time.Time) []time.Time {
	all := []time.Time{f.ValidFrom, f.ValidUntil, f.Lockout.Until}
	for _, s := range f.Suspensions {
		all = append(all, s.Until)
	}
	all = slices.DeleteFunc(all, func(at time.Time) bool { return !f.passed(at, now) })
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// Untold reports whether the clock has reached an instant of which nothing has
// been told yet, be it that nothing follows from it.
func (f Facts) Untold(now time.Time) bool {
	return f.living() && (len(f.turns(now)) > 0 || f.passed(f.InviteExpires, now) || f.passed(f.ResetExpires, now))
}

// passed reports whether an instant was reached and has not been told.
func (f Facts) passed(at, now time.Time) bool { return at.After(f.Settled) && !at.After(now) }

// cause names the timer that stands for a change by the clock.
func (f Facts) cause(from Status, at time.Time) Trigger {
	switch {
	case from == StatusSuspended:
		return TimerSuspendedUntil.Trigger()
	case f.ValidUntil.Equal(at):
		return TimerValidUntil.Trigger()
	case from == StatusInactive:
		return TimerValidFrom.Trigger()
	}
	return TimerLock.Trigger()
}

// tidied is the account without what the clock has ended. It has the same
// status at that time and ever after.
func (f Facts) tidied(now time.Time) Facts {
	f = f.clone()
	if !f.living() {
		return f
	}
	f.Stage = f.beneath(now)
	f.Suspensions = slices.DeleteFunc(f.Suspensions, func(s Suspension) bool { return !s.Live(now) })
	if !f.Lockout.At.IsZero() && !f.Lockout.holds(now) {
		f.unlock()
	}
	if !f.ResetExpires.IsZero() && !now.Before(f.ResetExpires) {
		f.ResetExpires = time.Time{}
	}
	suspended := f.Status(now) == StatusSuspended
	f.Drifts = slices.DeleteFunc(f.Drifts, func(d Drift) bool {
		_, own := f.suspensionOf(d.Source, now)
		return own || !suspended
	})
	return f
}
