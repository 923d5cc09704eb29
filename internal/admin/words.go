package admin

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

// Sources names whose a suspension is, for people. It maps what the lifecycle
// calls a connection to the connection's name.
type Sources map[string]string

// Name is what a source is called.
func (s Sources) Name(source string) string {
	if name, ok := s[source]; ok {
		return name
	}
	switch {
	case source == lifecycle.Administrators:
		return "the administrators"
	case source == lifecycle.StalePolicy:
		return "the policy on unused accounts"
	case strings.HasPrefix(source, "user:"):
		return "its owner"
	}
	return source
}

// Words says in a sentence how an account stands, and why.
func Words(e *scim.Explanation, sources Sources) string {
	s := e.Standing
	switch s.Cause {
	case lifecycle.CausePurged:
		return "Purged: nothing but the id is left."
	case lifecycle.CauseHeld:
		return "Deprovisioned, and held by the mass guard: release or restore it."
	case lifecycle.CauseDeprovisioned:
		if e.Facts.LegalHold || s.Until.IsZero() {
			return "Deprovisioned; it can be restored and is not purged by itself."
		}
		return "Deprovisioned; it can be restored until it is purged on " + instant(s.Until) + "."
	case lifecycle.CauseSuspended:
		return fmt.Sprintf("Suspended by %s%s%s.", sources.Name(s.Source), ending(s.Until), quoted(s.Words))
	case lifecycle.CauseExpired:
		return "Suspended: it was valid until " + instant(e.Facts.ValidUntil) + "."
	case lifecycle.CauseEmail:
		return "Pending: its owner has not followed the invitation" + linkEnds(e) + "."
	case lifecycle.CauseApproval:
		return "Pending: it waits for an approval."
	case lifecycle.CauseStaged:
		return "Inactive: it is there and was not activated yet."
	case lifecycle.CauseNotYetValid:
		return "Inactive: it is valid from " + instant(s.Until) + "."
	case lifecycle.CauseLocked:
		return fmt.Sprintf("Locked by %s%s%s.", sources.Name(s.Source), ending(s.Until), quoted(s.Words))
	case lifecycle.CauseFailedLogins:
		return "Locked after failed sign-ins" + ending(s.Until) + "."
	case lifecycle.CauseAPIOnly:
		return "Active, for tokens alone: nobody signs in to it."
	}
	return string(s.Status) + "."
}

// instant writes a time for people, of whom we do not know where they are.
func instant(at time.Time) string { return at.UTC().Format("2 Jan 2006, 15:04 UTC") }

func ending(until time.Time) string {
	if until.IsZero() {
		return ", without an end"
	}
	return " until " + instant(until)
}

func quoted(words string) string {
	if words == "" {
		return ""
	}
	return ": " + strings.TrimRight(words, ".")
}

func linkEnds(e *scim.Explanation) string {
	switch at := e.Facts.InviteExpires; {
	case at.IsZero():
		return ", which is not valid any more"
	case !at.After(e.At):
		return ", which ended on " + instant(at)
	default:
		return ", which is valid until " + instant(at)
	}
}

// why are the words for the reasons of refusals.
var why = map[lifecycle.Why]string{
	lifecycle.WhyDeprovisioned:   "the account is deprovisioned",
	lifecycle.WhyPurged:          "the account was purged; nothing but its id is left",
	lifecycle.WhyLiving:          "the account is not deprovisioned",
	lifecycle.WhyEnrolled:        "the account was activated before",
	lifecycle.WhyStaged:          "the account was not activated yet",
	lifecycle.WhyAwaitsEmail:     "the account waits for its owner to follow the invitation",
	lifecycle.WhyAwaitsApproval:  "the account waits for an approval",
	lifecycle.WhyLinkExpired:     "the link has expired",
	lifecycle.WhyNoEmail:         "the account has no email address",
	lifecycle.WhyAPIOnly:         "nobody signs in to an account that is apiOnly",
	lifecycle.WhyNoPurpose:       "an account that is apiOnly needs a purpose",
	lifecycle.WhyNoReason:        "a reason is required",
	lifecycle.WhyEndsInPast:      "the end is not in the future",
	lifecycle.WhyEndsBeforeBegin: "the end is not after the beginning",
	lifecycle.WhyBreakGlass:      "policies leave an account alone that is breakGlass",
	lifecycle.WhyOtherSource:     "another source suspends the account",
	lifecycle.WhyExpired:         "the account is past its last day",
	lifecycle.WhyHeld:            "the mass guard holds the account",
	lifecycle.WhyLegalHold:       "the account is on legal hold",
	lifecycle.WhyNotConfirmed:    "it has to be confirmed with the userName or the id of the account",
	lifecycle.WhyChangedSince:    "others have changed the account since",
	lifecycle.WhyCannotBeUndone:  "it cannot be undone",
	lifecycle.WhyNoReset:         "there is no link to reset the password",
}

// Refused says in a sentence why an action is not possible.
func Refused(action string, r *lifecycle.Refusal) string {
	words, ok := why[r.Why]
	if !ok {
		words = string(r.Why)
	}
	text := fmt.Sprintf("%s is not possible while the account is %s: %s", action, r.From, words)
	if r.From == lifecycle.StatusNone { // there is no account yet
		text = fmt.Sprintf("%s is not possible: %s", action, words)
	}
	if try := Try(r); len(try) > 0 && Culprit(r) == "" {
		text += "; possible is " + strings.Join(try, ", ")
	}
	return text
}

// Try are the names of the actions that lead further after a refusal.
func Try(r *lifecycle.Refusal) []string {
	try := slices.Clone(r.Try)
	if slices.Contains(try, lifecycle.TriggerEnroll) {
		try = append(try, lifecycle.TriggerResume)
	}
	return Named(try)
}

// culprits are the members of a request that lead to a refusal: what is wrong
// then is the request and not the state of the account.
var culprits = map[lifecycle.Why]string{
	lifecycle.WhyNoReason: "reason", lifecycle.WhyEndsInPast: TakesUntil, lifecycle.WhyEndsBeforeBegin: TakesTo,
	lifecycle.WhyNoPurpose: TakesPurpose, lifecycle.WhyNotConfirmed: TakesConfirm,
}

// Culprit is the member of the request that is to blame for a refusal; empty
// where it is the state of the account.
func Culprit(r *lifecycle.Refusal) string { return culprits[r.Why] }

// SourcesOf names the connections of a tenant.
func SourcesOf(connections []store.Connection) Sources {
	sources := Sources{}
	for i := range connections {
		sources[scim.KindConnection+":"+connections[i].ID.String()] = "connection " + connections[i].Name
	}
	return sources
}
