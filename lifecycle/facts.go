package lifecycle

import (
	"maps"
	"slices"
	"time"
)

// Stage is how far an account has come; who may use it follows from the facts
// together.
type Stage string

// The stages.
const (
	// Absent is the stage of what is no account yet.
	Absent        Stage = ""
	Staged        Stage = "staged"
	Pending       Stage = "pending"
	Enrolled      Stage = "enrolled"
	Deprovisioned Stage = "deprovisioned"
	Purged        Stage = "purged"
)

// Wait is what a pending account waits for.
type Wait string

// What a pending account waits for; several things are done in any order.
const (
	Nothing          Wait = ""
	Email            Wait = "email"
	Approval         Wait = "approval"
	EmailAndApproval Wait = "email approval"
)

// with is both waits together.
func (w Wait) with(other Wait) Wait {
	switch {
	case w == Nothing || w == other:
		return other
	case other == Nothing:
		return w
	}
	return EmailAndApproval
}

// without is what is left to wait for after one thing was done.
func (w Wait) without(done Wait) Wait {
	switch {
	case w == done:
		return Nothing
	case w != EmailAndApproval:
		return w
	case done == Email:
		return Approval
	}
	return Email
}

func (w Wait) on(what Wait) bool { return w == what || w == EmailAndApproval }

// Facts are what is known of an account. They are independent of each other,
// and each suspension belongs to its source, so that no actor can undo or
// swallow another's. A zero time is one that is not set.
type Facts struct {
	Stage Stage
	// Was is the stage that a deprovisioned account comes back to.
	Was       Stage
	PendingOn Wait
	// ValidFrom and ValidUntil bound the time in which the account can be
	// used: from the first, to before the second.
	ValidFrom, ValidUntil time.Time
	Suspensions           []Suspension
	// Drifts are sources whose wish for an active account is overruled.
	Drifts   []Drift
	Lockout  Lockout
	Attempts Attempts
	// InviteExpires and ResetExpires are the ends of the links that were
	// mailed last.
	InviteExpires, ResetExpires time.Time
	// APIOnly is an account that no person signs in to, BreakGlass one that
	// policies leave alone, LegalHold one that is not purged.
	APIOnly, BreakGlass, LegalHold bool
	// Held is a deprovisioned account that the mass guard holds: access is
	// cut, memberships are kept and nothing is purged until an administrator
	// releases or restores it.
	Held bool
	// Roles tells who gave which role: what somebody gave, nobody else takes away
	// unasked. No command changes them, and no status follows from them.
	Roles map[string]string
	// PurgeAfter is when a deprovisioned account is to be purged.
	PurgeAfter time.Time
	Activity   Activity
	// Changed is when a decision last found another status; see ChangedAt.
	Changed time.Time
	// Settled is up to when everything that the clock did has been told. The
	// status at that time is the last that anybody heard of.
	Settled time.Time
}

// Drift is an overruled wish: the source said that the account is active while
// others hold it suspended. It lasts as long as the suspension, and makes one
// audit row out of any number of repeats.
type Drift struct {
	Source string    `json:"source"`
	Since  time.Time `json:"since"`
}

// living reports whether there is an account that is not deprovisioned.
func (f Facts) living() bool {
	return f.Stage == Staged || f.Stage == Pending || f.Stage == Enrolled
}

// beneath is the stage that counts below suspensions: a staged account enrols
// when its first day comes, whether or not somebody was there to note it.
func (f Facts) beneath(now time.Time) Stage {
	if f.Stage == Staged && !f.ValidFrom.IsZero() && !now.Before(f.ValidFrom) {
		return Enrolled
	}
	return f.Stage
}

func (f Facts) expired(now time.Time) bool {
	return !f.ValidUntil.IsZero() && !now.Before(f.ValidUntil)
}

func (f Facts) clone() Facts {
	f.Suspensions = slices.Clone(f.Suspensions)
	f.Drifts = slices.Clone(f.Drifts)
	f.Attempts.Recent = slices.Clone(f.Attempts.Recent)
	f.Roles = maps.Clone(f.Roles)
	return f
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
