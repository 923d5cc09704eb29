package lifecycle

import (
	"maps"
	"time"
)

// undone puts back what a decision changed. A fact that others changed since
// is in the way, unless they changed it back. What is noted beside the
// resource is not undone: it happened.
func (c Undo) undone(f Facts) (undone Facts, possible bool) {
	f = f.clone()
	before, after := c.Before, c.After
	possible = putBack(&f.Stage, before.Stage, after.Stage) &&
		putBack(&f.Was, before.Was, after.Was) &&
		putBack(&f.PendingOn, before.PendingOn, after.PendingOn) &&
		putTimeBack(&f.ValidFrom, before.ValidFrom, after.ValidFrom) &&
		putTimeBack(&f.ValidUntil, before.ValidUntil, after.ValidUntil) &&
		putTimeBack(&f.InviteExpires, before.InviteExpires, after.InviteExpires) &&
		putTimeBack(&f.PurgeAfter, before.PurgeAfter, after.PurgeAfter) &&
		putBack(&f.APIOnly, before.APIOnly, after.APIOnly) &&
		putBack(&f.BreakGlass, before.BreakGlass, after.BreakGlass) &&
		putBack(&f.LegalHold, before.LegalHold, after.LegalHold) &&
		putBack(&f.Held, before.Held, after.Held) &&
		putBackBy(&f.Roles, before.Roles, after.Roles, maps.Equal[map[string]string]) &&
		putBackBy(&f.Lockout, before.Lockout, after.Lockout, Lockout.equal) &&
		c.putSuspensionsBack(&f)
	return f, possible
}

// putSuspensionsBack treats the suspension of each source as a fact of its own.
func (c Undo) putSuspensionsBack(f *Facts) bool {
	sources := map[string]bool{}
	for _, s := range append(c.Before.clone().Suspensions, c.After.Suspensions...) {
		sources[s.Source] = true
	}
	for source := range sources {
		current := f.rowOf(source)
		before := c.Before.rowOf(source)
		if !putBackBy(&current, before, c.After.rowOf(source), Suspension.equal) {
			return false
		}
		if current.Source == "" {
			f.lift(source)
		} else {
			f.put(current)
		}
	}
	return true
}

// rowOf is the suspension of a source, live or not; the zero one for none.
func (f Facts) rowOf(source string) Suspension {
	for _, s := range f.Suspensions {
		if s.Source == source {
			return s
		}
	}
	return Suspension{}
}

func putBack[T comparable](current *T, before, after T) bool {
	return putBackBy(current, before, after, func(a, b T) bool { return a == b })
}

func putTimeBack(current *time.Time, before, after time.Time) bool {
	return putBackBy(current, before, after, time.Time.Equal)
}

// putBackBy sets a fact that a decision changed from before to after to what
// it was; false where it is neither.
func putBackBy[T any](current *T, before, after T, equal func(a, b T) bool) bool {
	switch {
	case equal(before, after) || equal(*current, before):
		return true
	case !equal(*current, after):
		return false
	}
	*current = before
	return true
}

func (c Undo) apply(d *decider) {
	was := d.facts
	d.facts, _ = c.undone(d.facts)
	if was.Held && d.facts.Stage == Deprovisioned && !d.facts.Held {
		d.effect(StripMemberships)
	}
	if was.Stage == Deprovisioned && d.facts.living() {
		d.facts.Activity.Renewed = d.now
	}
	if !was.InviteExpires.IsZero() && d.facts.InviteExpires.IsZero() {
		d.effect(RevokeInvite)
	}
}
