package console

import (
	"errors"

	"rollcall/internal/admin"
)

// problems are what is wrong with what a form has sent, by field.
type problems map[string]string

// problemsOf is what an error says about a field; none for one that is about
// none.
func problemsOf(err error) problems {
	var wrong *admin.InvalidError
	if errors.As(err, &wrong) {
		return problems{wrong.Field: sentence(wrong.Problem)}
	}
	return nil
}

// At is what is wrong with a field, empty for nothing.
func (p problems) At(field string) string { return p[field] }
