package store

import "time"

// Facts are the lifecycle columns of a resource. A backend compares them with
// the time of a query and gives them no other meaning.
type Facts struct {
	// Revision starts at 1 with a Create and grows by one with every write of
	// the facts. It is filled by reads and not looked at in writes.
	Revision int64
	// Status and Reason are the words for how the account stands until the first
	// of Later; both are empty for types that have no lifecycle.
	Status, Reason string
	// StatusChanged is since when Status holds; zero means since Record.Created.
	StatusChanged time.Time
	// Later is what the clock will make of it, in the order of the times.
	Later []Period
	// State is a JSON object, opaque to the store and kept byte by byte; nil
	// for an account about which there is nothing to say.
	State []byte
	// Source and SourceClient tell where the account comes from; both may be
	// empty.
	Source, SourceClient string

	// The fields from here on are for queries. They are written and never read
	// back.

	// ValidFrom and ValidUntil are zero where not set.
	ValidFrom, ValidUntil time.Time
	// SuspendedUntil, LockedUntil and InviteExpires count as absent from the
	// instant on that they name.
	SuspendedUntil, LockedUntil, InviteExpires time.Time
	APIOnly                                    bool
	// IdleFrom is the beginning of the time without use of an account that
	// nobody ever signed in to: zero means Record.Created, Forever one that is
	// never idle.
	IdleFrom time.Time
	// IdleTold is when somebody was told that the account is not used; zero for
	// not yet.
	IdleTold time.Time
	// Due is when something has to be done about the account; zero for never.
	Due time.Time
}

// Period is how an account stands from an instant on.
type Period struct {
	// At is the instant from which on Status and Reason hold.
	At             time.Time
	Status, Reason string
	// Changed is since when Status holds then: At, or earlier where only the
	// reason is another one.
	Changed time.Time
}

// Standing is how the account stands at a time.
func (f *Facts) Standing(now time.Time) Period {
	standing := Period{Status: f.Status, Reason: f.Reason, Changed: f.StatusChanged}
	for _, turn := range f.Later {
		if turn.At.After(now) {
			break
		}
		standing = turn
	}
	return standing
}

// Forever is an instant that never comes.
var Forever = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// Activity is what is known of the use of an account. It is kept beside the
// resource and never moves its version or its times.
type Activity struct {
	// Revision is 0 where nothing is stored yet and grows by one with every
	// write. A write names the one that it follows.
	Revision int64
	// LastLogin and LastTokenUse are zero for never.
	LastLogin, LastTokenUse time.Time
	// Failed is the number of failed sign-ins since the last good one.
	Failed int
	// State is a JSON object, opaque to the store and kept byte by byte; nil for
	// none.
	State []byte
}

// The longest texts of a sign-in in bytes.
const (
	MaxSignInApplication = 255
	MaxSignInAddress     = 64
	MaxSignInDetail      = 255
)

// SignIn is one row of the history of sign-ins.
type SignIn struct {
	At time.Time
	// Number tells rows of one time apart; the store sets it.
	Number int64
	// Succeeded tells a good one from a failed one.
	Succeeded bool
	// Application is who reports it, may be empty: MaxSignInApplication
	// bytes at the most.
	Application string
	// Address is where the person was, as text, may be empty: MaxSignInAddress bytes
	// at the most.
	Address string
	// Detail is why it failed, or how it went; may be empty: MaxSignInDetail
	// bytes at the most.
	Detail string
}

// Position is the place of a row in its history.
func (s *SignIn) Position() TimePosition { return TimePosition{At: s.At, Number: s.Number} }
