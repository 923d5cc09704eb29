package console

import (
	"errors"
	"strings"

	"rollcall/internal/validation"
)

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
