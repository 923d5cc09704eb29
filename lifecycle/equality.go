package lifecycle

import (
	"maps"
	"slices"
	"time"
)

// Equal compares facts; times are equal when they are the same instant.
func (f Facts) Equal(other Facts) bool {
	return f.sameAccount(other) && f.Lockout.equal(other.Lockout) && f.sameNotes(other)
}

// sameAccount compares what belongs to the resource: a difference moves its
// version.
func (f Facts) sameAccount(other Facts) bool {
	return f.Stage == other.Stage && f.Was == other.Was && f.PendingOn == other.PendingOn &&
		f.ValidFrom.Equal(other.ValidFrom) && f.ValidUntil.Equal(other.ValidUntil) &&
		sameSuspensions(f.Suspensions, other.Suspensions) &&
		f.InviteExpires.Equal(other.InviteExpires) && f.PurgeAfter.Equal(other.PurgeAfter) &&
		f.APIOnly == other.APIOnly && f.BreakGlass == other.BreakGlass && f.LegalHold == other.LegalHold && f.Held == other.Held &&
		maps.Equal(f.Roles, other.Roles)
}

// sameNotes compares what is kept of an account beside the resource.
func (f Facts) sameNotes(other Facts) bool {
	return slices.EqualFunc(f.Drifts, other.Drifts, func(a, b Drift) bool { return a.Source == b.Source && a.Since.Equal(b.Since) }) &&
		f.Attempts.equal(other.Attempts) && f.Activity.equal(other.Activity) && f.ResetExpires.Equal(other.ResetExpires) &&
		f.Changed.Equal(other.Changed) && f.Settled.Equal(other.Settled)
}

// sameSuspensions compares them in any order; a source has one.
func sameSuspensions(a, b []Suspension) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(s Suspension) bool { return !slices.ContainsFunc(b, s.equal) })
}

func (s Suspension) equal(other Suspension) bool {
	return s.Source == other.Source && s.Reason == other.Reason && s.By == other.By && s.Since.Equal(other.Since) && s.Until.Equal(other.Until) &&
		s.RevisedBy == other.RevisedBy && s.Revised.Equal(other.Revised)
}

func (l Lockout) equal(other Lockout) bool {
	return l.At.Equal(other.At) && l.Until.Equal(other.Until) && l.By == other.By && l.Reason == other.Reason
}

func (a Attempts) equal(other Attempts) bool {
	return a.Failed == other.Failed && a.Locks == other.Locks && a.Last.Equal(other.Last) && slices.EqualFunc(a.Recent, other.Recent, time.Time.Equal)
}

func (a Activity) equal(other Activity) bool {
	return a.Created.Equal(other.Created) && a.LastLogin.Equal(other.LastLogin) && a.LastTokenUse.Equal(other.LastTokenUse) &&
		a.Renewed.Equal(other.Renewed) && a.StaleTold.Equal(other.StaleTold)
}
