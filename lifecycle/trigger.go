package lifecycle

import (
	"slices"
	"strings"
)

// Trigger names what can happen to an account: a command, or a timer.
type Trigger string

// The triggers of commands.
const (
	TriggerCreate         Trigger = "create"
	TriggerEnroll         Trigger = "enroll"
	TriggerSubmit         Trigger = "submit"
	TriggerInvite         Trigger = "invite"
	TriggerAccept         Trigger = "accept"
	TriggerApprove        Trigger = "approve"
	TriggerSchedule       Trigger = "schedule"
	TriggerSuspend        Trigger = "suspend"
	TriggerResume         Trigger = "resume"
	TriggerOverride       Trigger = "override"
	TriggerTakeOver       Trigger = "take-over"
	TriggerLock           Trigger = "lock"
	TriggerUnlock         Trigger = "unlock"
	TriggerResetAttempts  Trigger = "reset-attempts"
	TriggerSignIn         Trigger = "sign-in"
	TriggerFailSignIn     Trigger = "fail-sign-in"
	TriggerUseToken       Trigger = "use-token"
	TriggerSendReset      Trigger = "send-reset"
	TriggerResetPassword  Trigger = "reset-password"
	TriggerChangePassword Trigger = "change-password"
	TriggerMark           Trigger = "mark"
	TriggerUnmark         Trigger = "unmark"
	TriggerDeprovision    Trigger = "deprovision"
	TriggerRelease        Trigger = "release"
	TriggerRestore        Trigger = "restore"
	TriggerRevive         Trigger = "revive"
	TriggerPurge          Trigger = "purge"
	TriggerCancel         Trigger = "cancel"
	TriggerUndo           Trigger = "undo"
)

const timerPrefix = "timer:"

// Trigger is the firing of the timer.
func (k TimerKind) Trigger() Trigger { return Trigger(timerPrefix + string(k)) }

// ByClock reports whether the trigger is a timer.
func (t Trigger) ByClock() bool { return strings.HasPrefix(string(t), timerPrefix) }

// Triggers lists all triggers, commands first.
func Triggers() []Trigger {
	all := []Trigger{
		TriggerCreate, TriggerEnroll, TriggerSubmit, TriggerInvite, TriggerAccept, TriggerApprove, TriggerSchedule,
		TriggerSuspend, TriggerResume, TriggerOverride, TriggerTakeOver, TriggerLock, TriggerUnlock, TriggerResetAttempts,
		TriggerSignIn, TriggerFailSignIn, TriggerUseToken, TriggerSendReset, TriggerResetPassword, TriggerChangePassword,
		TriggerMark, TriggerUnmark, TriggerDeprovision, TriggerRelease, TriggerRestore, TriggerRevive, TriggerPurge, TriggerCancel, TriggerUndo,
	}
	for _, kind := range TimerKinds() {
		all = append(all, kind.Trigger())
	}
	return slices.Clip(all)
}
