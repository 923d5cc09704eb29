package admin

import (
	"slices"

	"rollcall/lifecycle"
	"rollcall/scim"
)

// Allowed are the names of the actions that would do something to an account,
// given what they ask for. The lifecycle does not know who will ask, and this
// does.
func Allowed(e *scim.Explanation) []string {
	triggers := slices.Clone(e.Allowed)
	drop := func(on lifecycle.Trigger) {
		triggers = slices.DeleteFunc(triggers, func(t lifecycle.Trigger) bool { return t == on })
	}
	own, others := suspenders(e)
	if e.Facts.Stage == lifecycle.Pending && e.Facts.PendingOn == lifecycle.Approval {
		triggers = append(triggers, lifecycle.TriggerResume)
	}
	if e.Standing.Status == lifecycle.StatusSuspended && !own {
		drop(lifecycle.TriggerResume)
	}
	if !others {
		drop(lifecycle.TriggerTakeOver)
	}
	if f := &e.Facts; !f.APIOnly && !f.BreakGlass && !f.LegalHold {
		drop(lifecycle.TriggerUnmark)
	}
	return Named(triggers)
}

// suspenders reports whether the administrators suspend an account, and whether
// others do.
func suspenders(e *scim.Explanation) (own, others bool) {
	for _, s := range e.Facts.Suspensions {
		if s.Live(e.At) {
			own = own || s.Source == lifecycle.Administrators
			others = others || s.Source != lifecycle.Administrators
		}
	}
	return own, others
}
