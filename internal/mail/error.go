package mail

import (
	"errors"
	"fmt"
)

var (
	// ErrTemporary says that a later attempt may succeed.
	ErrTemporary = errors.New("mail was not sent for now")
	// ErrPermanent says that no attempt will succeed with this message.
	ErrPermanent = errors.New("mail cannot be sent")
)

// Error is why a message was not sent. Its text holds neither the address nor
// the words of the server, which may quote it, nor a password.
type Error struct {
	// Permanent tells ErrPermanent from ErrTemporary.
	Permanent bool
	// Step is what failed, such as "connect" or "recipient".
	Step string
	// Code is the reply of the server, 0 for none; Enhanced is its code of RFC
	// 3463, if there was one.
	Code     int
	Enhanced string
	// cause is what else is known and safe to say.
	cause error
}

func (e *Error) Error() string {
	text := ErrTemporary.Error()
	if e.Permanent {
		text = ErrPermanent.Error()
	}
	text += ": " + e.Step
	if e.Code != 0 {
		text += fmt.Sprintf(": reply %d", e.Code)
	}
	if e.Enhanced != "" {
		text += " " + e.Enhanced
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Is reports whether target is ErrPermanent or ErrTemporary, as the error is.
func (e *Error) Is(target error) bool {
	return e.Permanent && target == ErrPermanent || !e.Permanent && target == ErrTemporary
}

func (e *Error) Unwrap() error { return e.cause }

func permanent(step string, cause error) error {
	return &Error{Permanent: true, Step: step, cause: cause}
}

func temporary(step string, cause error) error { return &Error{Step: step, cause: cause} }
