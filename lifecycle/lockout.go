package lifecycle

import (
	"slices"
	"time"
)

// Lockout keeps an account from being signed in to.
type Lockout struct {
	// At is when it began, zero where there is none.
	At time.Time
	// Until is when it ends by itself; zero means an administrator has to.
	Until time.Time
	// By is the administrator who locked, empty after failed sign-ins.
	By string
	// Reason is the administrator's words.
	Reason string
}

// Attempts count failed sign-ins.
type Attempts struct {
	// Failed is their number since the last good sign-in or reset.
	Failed int
	// Last is the latest of them.
	Last time.Time
	// Recent are those that count towards the next lock, oldest first, never
	// more than its limit. Times, because a count alone cannot tell ten
	// failures in fifteen minutes from ten that straddle two windows.
	Recent []time.Time
	// Locks is how many locks they led to.
	Locks int
}

// locked reports whether the account is locked at a time. An account that no
// person signs in to has no lock.
func (f Facts) locked(now time.Time) bool {
	return !f.APIOnly && f.Lockout.holds(now)
}

func (l Lockout) holds(now time.Time) bool {
	return !l.At.IsZero() && (l.Until.IsZero() || l.Until.After(now))
}

// counted are the failures that count towards a lock with one more.
func (a Attempts) counted(failure, now time.Time, window time.Duration) []time.Time {
	counted := slices.DeleteFunc(append(slices.Clone(a.Recent), failure), func(at time.Time) bool { return !at.After(now.Add(-window)) })
	slices.SortFunc(counted, time.Time.Compare)
	return counted
}

// lock is the lock that follows when the failures have become too many.
func (a Attempts) lock(p LockoutPolicy, now time.Time) Lockout {
	if a.Locks >= p.PermanentAfter {
		return Lockout{At: now}
	}
	return Lockout{At: now, Until: now.Add(p.Lasts << a.Locks)}
}

// fail notes a failed sign-in. Only an account that would have let the person
// in comes closer to a lock: elsewhere there is nothing to guess.
func (f *Facts) fail(at, now time.Time, p LockoutPolicy) {
	counts := f.Status(now) == StatusActive && !f.APIOnly
	f.Attempts.Failed++
	f.Attempts.Last = later(f.Attempts.Last, at)
	if !counts {
		return
	}
	f.Attempts.Recent = f.Attempts.counted(at, now, p.Within)
	if len(f.Attempts.Recent) >= p.Failures {
		f.Lockout = f.Attempts.lock(p, now)
		f.Attempts.Locks++
		f.Attempts.Recent = nil
	}
}

// succeed notes a good sign-in. It forgives the failures before it, but never
// lifts a lock: an identity provider that reports sign-ins would become a way
// around it.
func (f *Facts) succeed(at, now time.Time) {
	f.Activity.LastLogin = later(f.Activity.LastLogin, at)
	switch {
	case f.locked(now):
	case !at.Before(f.Attempts.Last):
		f.Attempts = Attempts{}
	default:
		f.Attempts.Recent = slices.DeleteFunc(f.Attempts.Recent, func(failure time.Time) bool { return !failure.After(at) })
	}
}

// unlock lifts the lock. The count of locks stays, so that the next is longer.
func (f *Facts) unlock() {
	f.Lockout = Lockout{}
	f.Attempts.Recent = nil
}
