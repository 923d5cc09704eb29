package lifecycle

import (
	"slices"
	"strings"
	"time"
)

// The sources that are not a connection.
const (
	// Administrators is the one source of all administrators.
	Administrators = "administrators"
	// StalePolicy suspends accounts that nobody uses.
	StalePolicy = policyPrefix + "stale"

	policyPrefix = "policy:"
)

// Suspension keeps an account from being used while it is live.
type Suspension struct {
	// Source is who added it and alone may remove it: "connection:<id>",
	// Administrators or a policy.
	Source string `json:"source"`
	// Reason is the actor's words, may be empty.
	Reason string `json:"reason,omitempty"`
	// By is the actor who began it.
	By    string    `json:"by,omitempty"`
	Since time.Time `json:"since"`
	// Until is when it ends by itself; zero means never.
	Until time.Time `json:"until,omitzero"`
	// RevisedBy is the actor who last gave it other words or another end, and Revised
	// when; empty and zero for nobody.
	RevisedBy string    `json:"revisedBy,omitempty"`
	Revised   time.Time `json:"revised,omitzero"`
}

// Live reports whether the suspension holds at a time.
func (s Suspension) Live(now time.Time) bool { return s.Until.IsZero() || s.Until.After(now) }

// byPolicy reports whether a policy added the suspension.
func (s Suspension) byPolicy() bool { return strings.HasPrefix(s.Source, policyPrefix) }

// SuspendedUntil is when the last live suspension ends: open is true when one
// never ends; zero and false when none is live.
func (f Facts) SuspendedUntil(now time.Time) (until time.Time, open bool) {
	for _, s := range f.Suspensions {
		switch {
		case !s.Live(now):
		case s.Until.IsZero():
			return time.Time{}, true
		default:
			until = later(until, s.Until)
		}
	}
	return until, false
}

// suspensionOf is a source's own live suspension.
func (f Facts) suspensionOf(source string, now time.Time) (Suspension, bool) {
	for _, s := range f.Suspensions {
		if s.Source == source && s.Live(now) {
			return s, true
		}
	}
	return Suspension{}, false
}

// oldestSuspension is the live suspension that has lasted longest: the one that
// made the account suspended.
func (f Facts) oldestSuspension(now time.Time) (Suspension, bool) {
	var oldest Suspension
	found := false
	for _, s := range f.Suspensions {
		if s.Live(now) && (!found || s.Since.Before(oldest.Since)) {
			oldest, found = s, true
		}
	}
	return oldest, found
}

// lift removes the suspension of one source.
func (f *Facts) lift(source string) {
	f.Suspensions = slices.DeleteFunc(f.Suspensions, func(s Suspension) bool { return s.Source == source })
}

// put adds a suspension or replaces the one of the same source.
func (f *Facts) put(s Suspension) {
	for i := range f.Suspensions {
		if f.Suspensions[i].Source == s.Source {
			f.Suspensions[i] = s
			return
		}
	}
	f.Suspensions = append(f.Suspensions, s)
}
