package lifecycle

import "time"

// Command asks for a transition. Who may ask is for the caller to know, save
// where a command says who asks.
type Command interface {
	// Trigger names the command.
	Trigger() Trigger
	// apply changes the facts of a case in which the table lets it through.
	apply(c *decider)
}

// Commands that make an account, or bring one further.
type (
	// Create makes a staged account: it is there, and inactive.
	Create struct{}
	// Enroll makes an enrolled account out of nothing, or of a staged one.
	Enroll struct{}
	// Submit lets a new or staged account wait for an approval.
	Submit struct{}
	// Invite mails a link, and again to who was invited. The account waits for
	// its use.
	Invite struct {
		// Email says that the account has an address.
		Email bool
		// Approval makes it wait for an approval, too, whatever the policy says.
		Approval bool
	}
	// Accept is the use of the invite; the caller has checked the link itself.
	Accept struct{}
	// Approve gives the approval.
	Approve struct{}
	// Schedule sets the first and the last instant of use, zero for none.
	Schedule struct{ ValidFrom, ValidUntil time.Time }
)

// Commands about suspensions.
type (
	// Suspend adds the source's suspension, or gives the one it has other words
	// or another end. One without a beginning begins now.
	Suspend struct {
		Suspension Suspension
		// Keep leaves the one that the source has as it is, words and all, where it
		// ends no sooner.
		Keep bool
	}
	// Resume removes the source's own suspension; others stay. A staged account
	// is enrolled by it. A connection that resumes what others hold suspended
	// is not refused but noted: its wish drifts.
	Resume struct{ Source string }
	// Override removes another source's suspension, all of them for an empty
	// source, in the name of an owner.
	Override struct{ Source, Reason string }
	// TakeOver makes another source's suspension the administrators' own, so
	// that its source cannot remove it.
	TakeOver struct{ Source, By, Reason string }
)

// Commands about signing in. Times after now count as now.
type (
	// Lock is an administrator's lock.
	Lock struct {
		By, Reason string
		// Until is its end, zero for none.
		Until time.Time
		// Keep leaves another administrator's lock as it is where it ends no sooner.
		Keep bool
	}
	// Unlock lifts a lock; the next one is as long as if it had run out.
	Unlock struct{}
	// ResetAttempts forgets failed sign-ins and the lock they led to.
	ResetAttempts struct{}
	// SignIn is a good sign-in, FailSignIn one with a wrong credential.
	SignIn     struct{ At time.Time }
	FailSignIn struct{ At time.Time }
	// UseToken is a use of a token of the account.
	UseToken struct{ At time.Time }
	// SendReset mails a link to set a new password.
	SendReset struct{ Email bool }
	// ResetPassword sets a new password, by the link or by an administrator.
	ResetPassword struct{ ByAdministrator bool }
	// ChangePassword is any other change of it. It proves nothing about the
	// person, so a lock stays.
	ChangePassword struct{}
)

// Mark is something that an account is to the end or until it is taken back.
type Mark string

// The marks.
const (
	MarkAPIOnly    Mark = "apiOnly"
	MarkBreakGlass Mark = "breakGlass"
	MarkLegalHold  Mark = "legalHold"
)

// Marks lists the marks.
func Marks() []Mark { return []Mark{MarkAPIOnly, MarkBreakGlass, MarkLegalHold} }

// Commands about the end of an account, and about what others have decided.
type (
	// SetMark marks an account; an API-only one needs a purpose.
	SetMark struct {
		Mark    Mark
		Purpose string
	}
	// Unmark takes a mark back.
	Unmark struct{ Mark Mark }
	// Deprovision ends the account; it stays restorable until it is purged.
	Deprovision struct {
		// Hold is the mass guard's: memberships stay and the purge waits.
		Hold bool
	}
	// Release ends the hold of the mass guard: it was meant.
	Release struct{}
	// Restore brings a deprovisioned account back, suspended by the
	// administrators.
	Restore struct{ By, Reason string }
	// Revive brings a deprovisioned account back for the connection that had
	// deprovisioned it: without a suspension of its own.
	Revive struct {
		// Approval makes it wait for an approval.
		Approval bool
	}
	// Purge ends all; an administrator has confirmed it.
	Purge struct{ Confirmed bool }
	// Cancel takes back what a timer waits for.
	Cancel struct{ Kind TimerKind }
	// Undo puts the facts that a decision changed back as they were, where
	// nobody changed them since.
	Undo struct{ Before, After Facts }
	// Fire is a due timer.
	Fire struct {
		Kind TimerKind
		// Hold is the mass guard's, for TimerDeprovision.
		Hold bool
	}
)

func (Create) Trigger() Trigger         { return TriggerCreate }
func (Enroll) Trigger() Trigger         { return TriggerEnroll }
func (Submit) Trigger() Trigger         { return TriggerSubmit }
func (Invite) Trigger() Trigger         { return TriggerInvite }
func (Accept) Trigger() Trigger         { return TriggerAccept }
func (Approve) Trigger() Trigger        { return TriggerApprove }
func (Schedule) Trigger() Trigger       { return TriggerSchedule }
func (Suspend) Trigger() Trigger        { return TriggerSuspend }
func (Resume) Trigger() Trigger         { return TriggerResume }
func (Override) Trigger() Trigger       { return TriggerOverride }
func (TakeOver) Trigger() Trigger       { return TriggerTakeOver }
func (Lock) Trigger() Trigger           { return TriggerLock }
func (Unlock) Trigger() Trigger         { return TriggerUnlock }
func (ResetAttempts) Trigger() Trigger  { return TriggerResetAttempts }
func (SignIn) Trigger() Trigger         { return TriggerSignIn }
func (FailSignIn) Trigger() Trigger     { return TriggerFailSignIn }
func (UseToken) Trigger() Trigger       { return TriggerUseToken }
func (SendReset) Trigger() Trigger      { return TriggerSendReset }
func (ResetPassword) Trigger() Trigger  { return TriggerResetPassword }
func (ChangePassword) Trigger() Trigger { return TriggerChangePassword }
func (SetMark) Trigger() Trigger        { return TriggerMark }
func (Unmark) Trigger() Trigger         { return TriggerUnmark }
func (Deprovision) Trigger() Trigger    { return TriggerDeprovision }
func (Release) Trigger() Trigger        { return TriggerRelease }
func (Restore) Trigger() Trigger        { return TriggerRestore }
func (Revive) Trigger() Trigger         { return TriggerRevive }
func (Purge) Trigger() Trigger          { return TriggerPurge }
func (Cancel) Trigger() Trigger         { return TriggerCancel }
func (Undo) Trigger() Trigger           { return TriggerUndo }
func (f Fire) Trigger() Trigger         { return f.Kind.Trigger() }
