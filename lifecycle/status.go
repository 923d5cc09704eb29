package lifecycle

import "time"

// Status is the one word that administrators see.
type Status string

// The statuses of accounts, in the order in which they are tried. The first
// and the last are of what is no account.
const (
	StatusNone          Status = "None"
	StatusDeprovisioned Status = "Deprovisioned"
	StatusSuspended     Status = "Suspended"
	StatusPending       Status = "Pending"
	StatusInactive      Status = "Inactive"
	StatusLocked        Status = "Locked"
	StatusActive        Status = "Active"
	StatusPurged        Status = "Purged"
)

// LivingStatuses are those that a living account can have, in the order in which
// people are shown them.
func LivingStatuses() []Status {
	return []Status{StatusActive, StatusInactive, StatusLocked, StatusSuspended, StatusPending}
}

// Cause is why an account has its status.
type Cause string

// The causes. Where several hold, Standing names the one that made the status.
const (
	CauseNone          Cause = ""
	CauseAPIOnly       Cause = "apiOnly"
	CauseFailedLogins  Cause = "failedLogins"
	CauseLocked        Cause = "locked"
	CauseNotYetValid   Cause = "notYetValid"
	CauseStaged        Cause = "staged"
	CauseEmail         Cause = "awaitsEmail"
	CauseApproval      Cause = "awaitsApproval"
	CauseExpired       Cause = "expired"
	CauseSuspended     Cause = "suspended"
	CauseDeprovisioned Cause = "deprovisioned"
	CauseHeld          Cause = "heldByMassGuard"
	CausePurged        Cause = "purged"
)

// Standing is the status of an account at a time with its one reason.
type Standing struct {
	Status Status
	Cause  Cause
	// Source and By are whose suspension or lock it is, Words theirs.
	Source, By, Words string
	// Until is when the cause ends by itself, zero for never or not known.
	Until time.Time
}

// Standing computes status and reason at a time; the first match wins.
func (f Facts) Standing(now time.Time) Standing {
	switch f.Stage {
	case Absent:
		return Standing{Status: StatusNone}
	case Purged:
		return Standing{Status: StatusPurged, Cause: CausePurged}
	case Deprovisioned:
		if f.Held {
			return Standing{Status: StatusDeprovisioned, Cause: CauseHeld}
		}
		return Standing{Status: StatusDeprovisioned, Cause: CauseDeprovisioned, Until: f.PurgeAfter}
	}
	if s, found := f.oldestSuspension(now); found {
		return Standing{StatusSuspended, CauseSuspended, s.Source, s.By, s.Reason, s.Until}
	}
	if f.expired(now) {
		return Standing{Status: StatusSuspended, Cause: CauseExpired}
	}
	return f.unsuspended(now)
}

// unsuspended is the standing of a living account below its suspensions.
func (f Facts) unsuspended(now time.Time) Standing {
	stage := f.beneath(now)
	switch {
	case stage == Pending && f.PendingOn.on(Email):
		return Standing{Status: StatusPending, Cause: CauseEmail}
	case stage == Pending:
		return Standing{Status: StatusPending, Cause: CauseApproval}
	case stage == Staged:
		return Standing{Status: StatusInactive, Cause: CauseStaged, Until: f.ValidFrom}
	case now.Before(f.ValidFrom):
		return Standing{Status: StatusInactive, Cause: CauseNotYetValid, Until: f.ValidFrom}
	case f.locked(now) && f.Lockout.By != "":
		return Standing{StatusLocked, CauseLocked, Administrators, f.Lockout.By, f.Lockout.Reason, f.Lockout.Until}
	case f.locked(now):
		return Standing{Status: StatusLocked, Cause: CauseFailedLogins, Until: f.Lockout.Until}
	case f.APIOnly:
		return Standing{Status: StatusActive, Cause: CauseAPIOnly}
	}
	return Standing{Status: StatusActive}
}

// Status computes the effective status at a time.
func (f Facts) Status(now time.Time) Status { return f.Standing(now).Status }

// Active is what SCIM shows as "active". Locked is part of it: otherwise an
// identity provider that reconciles would unlock whom an attacker locked.
func (f Facts) Active(now time.Time) bool { return f.Status(now).Active() }

// Active is what SCIM shows of the status.
func (s Status) Active() bool { return s == StatusActive || s == StatusLocked }

// Admits reports whether a person may sign in with a right credential.
func (f Facts) Admits(now time.Time) bool { return f.Status(now) == StatusActive && !f.APIOnly }

// ChangedAt is since when the account has the status that it has at a time.
func (f Facts) ChangedAt(now time.Time) time.Time {
	if changes := f.elapsed(now); len(changes) > 0 {
		return changes[len(changes)-1].At
	}
	return f.Changed
}
