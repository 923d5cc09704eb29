package lifecycle

import "time"

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
