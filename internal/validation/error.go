// Package validation owns how it is said which field of a request is wrong, whoever
// finds it out and whatever face the request came by.
package validation

import (
	"fmt"

	"rollcall/store"
)

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

// TakenError says that another one has what only one can have. It is
// store.ErrUniqueness, and holds no secret.
type TakenError struct {
	// Field is the member or part of a form that another one has.
	Field string
	// Problem is a sentence without its field: "another connection has this name".
	Problem string
}

func (e *TakenError) Error() string { return e.Problem }

func (e *TakenError) Unwrap() error { return store.ErrUniqueness }
