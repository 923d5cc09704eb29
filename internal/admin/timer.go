package admin

import (
	"errors"
	"slices"

	"rollcall/lifecycle"
	"rollcall/scim"
)

// Why a timer is not cancelled.
var (
	ErrNoTimer = errors.New("the account has no such timer")
	// ErrTimerFollows: it would come again at once.
	ErrTimerFollows = errors.New("the timer follows from what the account is: change that")
)

// CancelTimer completes an order so that it takes back what a timer waits for, or
// lets it begin to wait anew: then it is among the timers of the outcome. A
// *validation.Error where the order's reason cannot be stored; carried out, it is
// refused with ErrNoTimer and ErrTimerFollows.
func CancelTimer(order scim.Order, kind lifecycle.TimerKind) (scim.Order, error) {
	if err := CheckText("reason", order.Reason); err != nil {
		return scim.Order{}, err
	}
	order.Commands = func(e *scim.Explanation) ([]lifecycle.Command, error) {
		if !slices.ContainsFunc(e.Timers, func(t lifecycle.Timer) bool { return t.Kind == kind }) {
			return nil, ErrNoTimer
		}
		for _, step := range e.Course() {
			if step.Kind == kind && step.Armed && !step.Again.IsZero() && !step.Again.After(step.Due) {
				return nil, ErrTimerFollows
			}
		}
		return []lifecycle.Command{lifecycle.Cancel{Kind: kind}}, nil
	}
	return order, nil
}
