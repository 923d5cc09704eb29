// Package validation owns how it is said which field of a request is wrong, whoever
// finds it out and whatever face the request came by.
package validation

import "fmt"

// Error says which field of a request is wrong, and how. It holds no secret: faces
// show it to who has sent the request.
type Error struct {
	// Field is the member, parameter or part of a form, such as "selection.ids" or
	// "events[2]".
	Field string
	// Problem goes on behind the name of the field: "is required".
	Problem string
}

func (e *Error) Error() string { return e.Field + ": " + e.Problem }

// Errorf is an *Error about a field; its problem is worded as by fmt.Sprintf.
func Errorf(field, format string, args ...any) error {
	return &Error{Field: field, Problem: fmt.Sprintf(format, args...)}
}
