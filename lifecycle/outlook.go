package lifecycle

import "time"

// Period is a stretch of time in which an account stands in one way.
type Period struct {
	// From is when it begins; zero for the first one.
	From   time.Time
	Status Status
	Cause  Cause
	// Changed is since when the account has that status: From, or earlier where
	// only the cause is another one.
	Changed time.Time
}

// Outlook is how the account stands from the time of the last decision on, as
// far as the clock alone decides. It is never empty, and the status in it at a
// time is Status at that time, so that who stores the outlook can tell the
// status of any later time without knowing the rules.
func (f Facts) Outlook() []Period {
	now := f.Standing(f.Settled)
	periods := []Period{{Status: now.Status, Cause: now.Cause, Changed: f.Changed}}
	if !f.living() {
		return periods
	}
	for _, at := range f.turns(endOfTime) {
		last := periods[len(periods)-1]
		then := f.Standing(at)
		if then.Status == last.Status && then.Cause == last.Cause {
			continue
		}
		next := Period{From: at, Status: then.Status, Cause: then.Cause, Changed: last.Changed}
		if then.Status != last.Status {
			next.Changed = at
		}
		periods = append(periods, next)
	}
	return periods
}

// endOfTime is later than any fact.
var endOfTime = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)

// IdleFrom is the beginning of the time without use of an account that nobody
// ever signed in to; never is true for one that cannot go stale.
func (f Facts) IdleFrom() (from time.Time, never bool) {
	if f.Stage != Enrolled && (f.Stage != Staged || f.ValidFrom.IsZero()) {
		return time.Time{}, true
	}
	f.Activity.LastLogin, f.Activity.LastTokenUse = time.Time{}, time.Time{}
	return f.lastUse(), false
}

// LastUse is the last sign-in, of an API-only account the last use of a token;
// zero for never.
func (f Facts) LastUse() time.Time {
	if f.APIOnly {
		return f.Activity.LastTokenUse
	}
	return f.Activity.LastLogin
}
