package mail

import "time"

// Letter is one of the letters of this package.
type Letter interface {
	// name is that of its templates.
	name() string
	// link is what it asks to follow, and whether it is of no use without.
	link() (link string, needed bool)
}

// Invite asks a person to take over an account.
type Invite struct {
	// Link accepts the invitation, until Expires.
	Link    string
	Expires time.Time
	// Inviter is who invites; may be empty.
	Inviter string
}

// PasswordReset lets a person choose a new password.
type PasswordReset struct {
	Link    string
	Expires time.Time
}

// LockNotice says that an account is locked after failed sign-ins.
type LockNotice struct {
	Failures int
	// Until is when it ends; zero when an administrator has to.
	Until time.Time
	// Link resets the password; may be empty.
	Link string
}

// StaleWarning says that an account is long unused.
type StaleWarning struct {
	// Unused is how many days.
	Unused int
	// Deadline is when it will be suspended; zero when it only is flagged.
	Deadline time.Time
}

// GuardAlert tells administrators that more is removed than usual.
type GuardAlert struct {
	// Connection removes; empty for the timers of the policy.
	Connection string
	// Removals of Limit within Window, which is whole minutes, up to now.
	Removals, Limit int
	Window          time.Duration
	// Held says that they wait for an administrator, Refused that more are not
	// taken; otherwise they are done.
	Held, Refused bool
}

func (Invite) name() string        { return "invite" }
func (PasswordReset) name() string { return "password-reset" }
func (LockNotice) name() string    { return "lock-notice" }
func (StaleWarning) name() string  { return "stale-warning" }
func (GuardAlert) name() string    { return "guard-alert" }

func (l Invite) link() (string, bool)        { return l.Link, true }
func (l PasswordReset) link() (string, bool) { return l.Link, true }
func (l LockNotice) link() (string, bool)    { return l.Link, false }
func (StaleWarning) link() (string, bool)    { return "", false }
func (GuardAlert) link() (string, bool)      { return "", false }
