package lifecycle

import "time"

// Activity is what tells a used account from a stale one. It never touches the
// resource.
type Activity struct {
	Created, LastLogin, LastTokenUse time.Time
	// Renewed is when the account last became usable, was restored, or was
	// confirmed by an administrator who cancelled what a policy was about to do.
	Renewed time.Time
	// StaleTold is when somebody was last told that nobody uses the account.
	StaleTold time.Time
}

// lastUse is the time that staleness counts from. Creation is part of it, so
// that an account that nobody ever signed in to goes stale, too; and so is its
// first day, because nobody could use it before.
func (f Facts) lastUse() time.Time {
	return later(later(later(f.LastUse(), f.Activity.Created), f.Activity.Renewed), f.ValidFrom)
}

// Stale reports whether an enrolled account has been unused for too long.
func (f Facts) Stale(p Policy, now time.Time) bool {
	return p.Stale.After > 0 && f.beneath(now) == Enrolled && !now.Before(f.lastUse().Add(p.Stale.After))
}
