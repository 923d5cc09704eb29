package lifecycle

import (
	"errors"
	"fmt"
)

// ErrTransition says that a command does not apply to an account's facts. Every
// Refusal is one.
var ErrTransition = errors.New("transition is not possible")

// Why is the reason of a refusal.
type Why string

// The reasons of refusals.
const (
	WhyNoAccount       Why = "no-account"
	WhyExists          Why = "exists"
	WhyDeprovisioned   Why = "deprovisioned"
	WhyPurged          Why = "purged"
	WhyLiving          Why = "not-deprovisioned"
	WhyEnrolled        Why = "enrolled-already"
	WhyStaged          Why = "not-enrolled"
	WhyAwaitsEmail     Why = "awaits-email"
	WhyAwaitsApproval  Why = "awaits-approval"
	WhyLinkExpired     Why = "link-expired"
	WhyNoEmail         Why = "no-email"
	WhyAPIOnly         Why = "api-only"
	WhyNoPurpose       Why = "no-purpose"
	WhyNoReason        Why = "no-reason"
	WhyNoSource        Why = "no-source"
	WhyEndsInPast      Why = "ends-in-past"
	WhyEndsBeforeBegin Why = "ends-before-it-begins"
	WhyBreakGlass      Why = "break-glass"
	WhyOtherSource     Why = "other-source"
	WhyExpired         Why = "expired"
	WhyHeld            Why = "held-by-mass-guard"
	WhyLegalHold       Why = "legal-hold"
	WhyNotConfirmed    Why = "not-confirmed"
	WhyChangedSince    Why = "changed-since"
	WhyCannotBeUndone  Why = "cannot-be-undone"
	WhyNoReset         Why = "no-reset"
	// WhyUnknown is of a command that is none of this package.
	WhyUnknown Why = "unknown"
)

// Refusal is a command that is not possible: what, in which status, why, and
// what would be possible instead. The account is as it was.
type Refusal struct {
	Trigger Trigger
	From    Status
	Why     Why
	// Try are triggers that lead further; some are another person's to use.
	Try []Trigger
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s of an account that is %s: %s", r.Trigger, r.From, r.Why)
}

// Unwrap makes every refusal an ErrTransition.
func (r *Refusal) Unwrap() error { return ErrTransition }
