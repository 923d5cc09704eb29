package lifecycle

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// ErrPolicy says that a policy holds a value that makes no sense.
var ErrPolicy = errors.New("policy is not valid")

// PolicyError says what is wrong with one value of a policy, by the name that it
// has in the text: "guard.mode". It is ErrPolicy.
type PolicyError struct{ Field, Problem string }

func (e *PolicyError) Error() string { return ErrPolicy.Error() + ": " + e.Field + " " + e.Problem }

// Is makes it ErrPolicy.
func (e *PolicyError) Is(target error) bool { return target == ErrPolicy }

// Validate reports every value that is out of bounds, each as a *PolicyError.
func (p Policy) Validate() error {
	var all []error
	for _, one := range p.problems() {
		all = append(all, one)
	}
	return errors.Join(all...)
}

// problems are the values that are out of bounds.
func (p Policy) problems() []*PolicyError {
	var found []*PolicyError
	for _, one := range []*PolicyError{
		within("purgeAfter", p.PurgeAfter, time.Hour, 3650*day),
		within("inviteValidity", p.InviteValidity, time.Minute, 365*day),
		within("resetValidity", p.ResetValidity, time.Minute, 30*day),
		within("lockout.failures", p.Lockout.Failures, 1, 100),
		within("lockout.within", p.Lockout.Within, time.Second, day),
		within("lockout.lasts", p.Lockout.Lasts, time.Second, 30*day),
		within("lockout.permanentAfter", p.Lockout.PermanentAfter, 0, 12),
		orOff("stale.after", p.Stale.After, day, 3650*day),
		p.Stale.warning(),
		orOff("escalation.expired", p.Escalation.Expired, time.Second, 3650*day),
		orOff("escalation.suspended", p.Escalation.Suspended, time.Hour, 3650*day),
		p.Guard.mode(),
		within("guard.window", p.Guard.Window, time.Minute, 7*day),
		within("guard.armedFrom", p.Guard.ArmedFrom, 0, 1<<30),
		within("guard.floor", p.Guard.Floor, 0, 1<<30),
		within("guard.percent", p.Guard.Percent, 0, 100),
	} {
		if one != nil {
			found = append(found, one)
		}
	}
	return found
}

func (s Staleness) warning() *PolicyError {
	if s.WarnAfter != 0 && (s.WarnAfter < 0 || s.WarnAfter >= s.After) {
		return &PolicyError{"stale.warnAfter", fmt.Sprintf("is %s and has to be shorter than stale.after", lengthText(s.WarnAfter))}
	}
	return nil
}

func within[T int | time.Duration](name string, value, low, high T) *PolicyError {
	if cmp.Less(value, low) || cmp.Less(high, value) {
		return &PolicyError{name, fmt.Sprintf("is %s and has to be between %s and %s", written(value), written(low), written(high))}
	}
	return nil
}

// written is a value as administrators write it.
func written[T int | time.Duration](value T) string {
	if length, ok := any(value).(time.Duration); ok {
		return lengthText(length)
	}
	return fmt.Sprint(value)
}

// orOff is within, or zero.
func orOff(name string, value, low, high time.Duration) *PolicyError {
	if value == 0 {
		return nil
	}
	return within(name, value, low, high)
}
