package lifecycle

import "time"

// Stage is how far an account has come; who may use it follows from the facts
// together.
type Stage string

// The stages.
const (
	Staged        Stage = "staged"
	Pending       Stage = "pending"
	Enrolled      Stage = "enrolled"
	Deprovisioned Stage = "deprovisioned"
)

// Facts are what is known of an account. They are independent of each other,
// and each suspension belongs to its source, so that no actor can undo or
// swallow another's.
type Facts struct {
	Stage       Stage
	Suspensions []Suspension
}

// Suspension keeps an account from being used while it is live.
type Suspension struct {
	// Source is who added it and alone may remove it, such as
	// "connection:<id>".
	Source string `json:"source"`
	// Reason is the actor's words, may be empty.
	Reason string `json:"reason,omitempty"`
	// By is the actor.
	By    string    `json:"by,omitempty"`
	Since time.Time `json:"since"`
	// Until is when it ends by itself; nil means never.
	Until *time.Time `json:"until,omitempty"`
}

// Live reports whether the suspension holds at a time.
func (s Suspension) Live(now time.Time) bool { return s.Until == nil || s.Until.After(now) }

// Status is the one word that administrators see.
type Status string

// The statuses, in the order in which they are tried.
const (
	StatusDeprovisioned Status = "Deprovisioned"
	StatusSuspended     Status = "Suspended"
	StatusPending       Status = "Pending"
	StatusInactive      Status = "Inactive"
	StatusActive        Status = "Active"
)

// Status computes the effective status at a time; the first match wins.
func (f Facts) Status(now time.Time) Status {
	switch {
	case f.Stage == Deprovisioned:
		return StatusDeprovisioned
	case f.suspended(now):
		return StatusSuspended
	case f.Stage == Pending:
		return StatusPending
	case f.Stage == Staged:
		return StatusInactive
	}
	return StatusActive
}

// Active is what SCIM shows as "active".
func (f Facts) Active(now time.Time) bool { return f.Status(now) == StatusActive }

func (f Facts) suspended(now time.Time) bool {
	for _, s := range f.Suspensions {
		if s.Live(now) {
			return true
		}
	}
	return false
}

// SuspendedUntil is when the last live suspension ends: open is true when one
// never ends; zero and false when none is live.
func (f Facts) SuspendedUntil(now time.Time) (until time.Time, open bool) {
	for _, s := range f.Suspensions {
		switch {
		case !s.Live(now):
		case s.Until == nil:
			return time.Time{}, true
		case s.Until.After(until):
			until = *s.Until
		}
	}
	return until, false
}
