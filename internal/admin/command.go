package admin

import (
	"rollcall/internal/validation"
	"rollcall/lifecycle"
	"rollcall/scim"
)

// activate makes an account usable as far as that is the administrators' to do:
// it lifts their own suspension, gives the approval that a pending account waits
// for, and enrolls a staged one. What else is in the way refuses it, and the
// refusal names what would help.
func activate(_ Request, e *scim.Explanation) ([]lifecycle.Command, error) {
	commands := []lifecycle.Command{lifecycle.Resume{Source: lifecycle.Administrators}}
	own, _ := suspenders(e)
	switch {
	case e.Facts.Stage != lifecycle.Pending:
		return append(commands, lifecycle.Enroll{}), nil
	case e.Facts.PendingOn == lifecycle.Approval:
		return append(commands, lifecycle.Approve{}), nil
	case own:
		return commands, nil // it goes on to wait for its email
	}
	return append(commands, lifecycle.Enroll{}), nil
}

func suspend(r Request, _ *scim.Explanation) ([]lifecycle.Command, error) {
	return one(lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: lifecycle.Administrators, Reason: r.Reason, By: r.By, Until: r.Until}, Keep: r.Keep})
}

func lock(r Request, _ *scim.Explanation) ([]lifecycle.Command, error) {
	return one(lifecycle.Lock{By: r.By, Reason: r.Reason, Until: r.Until, Keep: r.Keep})
}

// takeOver needs to be told whose suspension it is only where there are several.
func takeOver(r Request, e *scim.Explanation) ([]lifecycle.Command, error) {
	source := r.Source
	if source == "" {
		for _, s := range e.Facts.Suspensions {
			switch {
			case s.Source == lifecycle.Administrators || !s.Live(e.At):
			case source != "":
				return nil, validation.Errorf(TakesSource, "several sources suspend the account; name one")
			default:
				source = s.Source
			}
		}
	}
	return one(lifecycle.TakeOver{Source: source, By: r.By, Reason: r.Reason})
}

// purge is confirmed by naming who it is about.
func purge(r Request, e *scim.Explanation) ([]lifecycle.Command, error) {
	confirmed := r.Confirm != "" && (r.Confirm == e.ID || r.Confirm == e.UserName)
	if r.Confirm != "" && !confirmed {
		return nil, validation.Errorf(TakesConfirm, "is neither the userName nor the id of the account")
	}
	return one(lifecycle.Purge{Confirmed: confirmed || r.Confirmed})
}

func setPassword(_ Request, _ *scim.Explanation) ([]lifecycle.Command, error) {
	return one(lifecycle.ResetPassword{ByAdministrator: true})
}

func schedule(r Request, e *scim.Explanation) ([]lifecycle.Command, error) {
	if r.ValidFrom == nil && r.ValidUntil == nil {
		return nil, validation.Errorf(TakesFrom, "or %s is required", TakesTo)
	}
	command := lifecycle.Schedule{ValidFrom: e.Facts.ValidFrom, ValidUntil: e.Facts.ValidUntil}
	if r.ValidFrom != nil {
		command.ValidFrom = *r.ValidFrom
	}
	if r.ValidUntil != nil {
		command.ValidUntil = *r.ValidUntil
	}
	return one(command)
}
