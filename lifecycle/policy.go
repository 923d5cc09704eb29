package lifecycle

import (
	"errors"
	"fmt"
	"time"
)

const day = 24 * time.Hour

// Policy is what a tenant decides about its accounts.
type Policy struct {
	// PurgeAfter is how long a deprovisioned account stays restorable.
	PurgeAfter time.Duration
	// InviteValidity and ResetValidity are how long mailed links work.
	InviteValidity, ResetValidity time.Duration
	Approval                      ApprovalPolicy
	Lockout                       LockoutPolicy
	Stale                         Staleness
	Escalation                    Escalation
	Guard                         MassGuard
}

// ApprovalPolicy is which accounts wait for an approval before anybody can use
// them. It decides when an account begins to wait: what waits already, or was
// approved, stays as it is when the policy changes.
type ApprovalPolicy struct {
	// Invited are accounts that administrators invite: they wait for an approval
	// beside their owner's email address.
	Invited bool
	// Provisioned are accounts that connections make.
	Provisioned bool
}

// LockoutPolicy is when failed sign-ins lock an account.
type LockoutPolicy struct {
	// Failures within a time lock.
	Failures int
	Within   time.Duration
	// Lasts is the length of the first lock; each further one is twice as long.
	Lasts time.Duration
	// PermanentAfter so many locks the next one has no end.
	PermanentAfter int
}

// Staleness is what becomes of accounts that nobody uses.
type Staleness struct {
	// After is how long an account may be unused, 0 for ever; WarnAfter, before
	// it, is when somebody is told, 0 for never.
	After, WarnAfter time.Duration
	// Suspend suspends stale accounts.
	Suspend bool
}

// Escalation deprovisions accounts that cannot be used for long; 0 is off.
type Escalation struct {
	// Expired is how long after its last day an account is deprovisioned: with
	// it, ValidUntil is an offboarding date.
	Expired time.Duration
	// Suspended is how long a suspension without an end may last.
	Suspended time.Duration
}

// DefaultPolicy is the policy of a tenant that set none.
func DefaultPolicy() Policy {
	return Policy{
		PurgeAfter: 30 * day, InviteValidity: 7 * day, ResetValidity: time.Hour,
		Lockout: LockoutPolicy{Failures: 10, Within: 15 * time.Minute, Lasts: 30 * time.Minute, PermanentAfter: 5},
		Stale:   Staleness{After: 90 * day, WarnAfter: 76 * day},
		Guard:   MassGuard{Mode: GuardHold, Window: time.Hour, ArmedFrom: 200, Floor: 50, Percent: 10},
	}
}

// ErrPolicy says that a policy holds a value that makes no sense.
var ErrPolicy = errors.New("policy is not valid")

// Validate reports every value that is out of bounds, each with its name; the
// errors are ErrPolicy.
func (p Policy) Validate() error {
	return errors.Join(
		within("purgeAfter", p.PurgeAfter, time.Hour, 3650*day),
		within("inviteValidity", p.InviteValidity, time.Minute, 365*day),
		within("resetValidity", p.ResetValidity, time.Minute, 30*day),
		within("lockout.failures", p.Lockout.Failures, 1, 100),
		within("lockout.within", p.Lockout.Within, time.Second, day),
		within("lockout.lasts", p.Lockout.Lasts, time.Second, 30*day),
		within("lockout.permanentAfter", p.Lockout.PermanentAfter, 0, 12),
		orOff("stale.after", p.Stale.After, day, 3650*day),
		orOff("stale.warnAfter", p.Stale.WarnAfter, 1, p.Stale.After-1),
		orOff("escalation.expired", p.Escalation.Expired, time.Second, 3650*day),
		orOff("escalation.suspended", p.Escalation.Suspended, time.Hour, 3650*day),
		p.Guard.validate(),
	)
}

func within[T int | time.Duration](name string, value, low, high T) error {
	if value < low || value > high {
		return fmt.Errorf("%w: %s is %v and has to be between %v and %v", ErrPolicy, name, value, low, high)
	}
	return nil
}

// orOff is within, or zero.
func orOff(name string, value, low, high time.Duration) error {
	if value == 0 {
		return nil
	}
	return within(name, value, low, high)
}
