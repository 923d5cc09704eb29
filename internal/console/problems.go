package console

import (
	"errors"
	"net/http"
	"strings"

	"rollcall/internal/admin"
	"rollcall/internal/batch"
	"rollcall/internal/operator"
	"rollcall/internal/validation"
	"rollcall/lifecycle"
	"rollcall/scim/fault"
)

// refused says why something was not done that an operator asked for; empty
// where it was done, or something else went wrong. It is the one place of the
// console where errors become words.
func refused(action string, err error) string {
	var refusal *lifecycle.Refusal
	var taken *validation.TakenError
	told, isFault := fault.As(err)
	switch {
	case errors.As(err, &refusal):
		return sentence(admin.Refused(action, refusal))
	case errors.As(err, &taken):
		return sentence(taken.Error())
	case errors.Is(err, operator.ErrLastOwner):
		return sentence(operator.ErrLastOwner.Error())
	case isFault && told.Status < http.StatusInternalServerError && told.Status != http.StatusNotFound:
		return sentence(told.Detail)
	}
	if problem := unbegun(err); problem != "" {
		return problem
	}
	return invalid(err)
}

// meanwhile says that a form was filled from what is no longer so.
func meanwhile(what string) string {
	return "The " + what + " was changed meanwhile, and nothing of what you sent was stored. Compare it with how it is now, and save again."
}

// unbegun says why a batch was not begun; empty for another error.
func unbegun(err error) string {
	var size *batch.SizeError
	var state *batch.StateError
	switch {
	case errors.As(err, &size):
		return sentence(size.Error())
	case errors.As(err, &state):
		return sentence(state.Error())
	case errors.Is(err, batch.ErrBusy):
		return sentence(batch.ErrBusy.Error() + ": try again later")
	}
	return ""
}

// problems are what is wrong with what a form has sent, by field.
type problems map[string]string

// problemsOf is what an error says about a field, or about an item of one; none for
// one that is about none.
func problemsOf(err error) problems {
	var taken *validation.TakenError
	var wrong *validation.Error
	if errors.As(err, &taken) {
		return problems{taken.Field: sentence(taken.Problem)}
	}
	if errors.As(err, &wrong) {
		name, _, _ := strings.Cut(wrong.Field, "[")
		return problems{name: sentence(wrong.Problem)}
	}
	return nil
}

// invalid is what an error says about a field, with its name; empty for one that is
// about none.
func invalid(err error) string {
	var wrong *validation.Error
	if errors.As(err, &wrong) {
		return sentence(wrong.Error())
	}
	return ""
}

// At is what is wrong with a field, empty for nothing.
func (p problems) At(field string) string { return p[field] }
