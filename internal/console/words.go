package console

import (
	"errors"
	"net/http"
	"strings"

	"rollcall/internal/admin"
	"rollcall/internal/batch"
	"rollcall/internal/web"
	"rollcall/lifecycle"
	"rollcall/store"
)

// words are what people read of an action.
type words struct {
	title, about string
	// done is said when it was carried out.
	done string
}

// grave reports whether an action, or an assignment to many, is not to be done by
// the way.
func grave(name string) bool {
	action, _ := admin.Lookup(name)
	return action.Grave() || batch.Removes(name)
}

// actionWords are the actions that the console offers, by name.
var actionWords = map[string]words{
	"activate":          {title: "Activate", about: "The account can be used again, or for the first time. Only the suspension of the administrators is lifted.", done: "The account was activated."},
	"approve":           {title: "Approve", about: "The account waits for this.", done: "The account was approved."},
	"submit":            {title: "Ask for approval", about: "The account waits until somebody approves it.", done: "The account waits for an approval."},
	"invite":            {title: "Invite", about: "The owner gets a link to take the account over. A link that was sent before stops working.", done: "The invitation was sent."},
	"suspend":           {title: "Suspend", about: "The account cannot be used, and its sessions end. Groups and roles are kept.", done: "The account was suspended."},
	"override":          {title: "Lift suspension", about: "The suspension of another source is lifted. The source may suspend the account again.", done: "The suspension was lifted."},
	"take-over":         {title: "Take over suspension", about: "The suspension becomes the administrators' own: its source can no longer lift it.", done: "The suspension was taken over."},
	"lock":              {title: "Lock", about: "The owner cannot sign in. Tokens go on to work.", done: "The account was locked."},
	"unlock":            {title: "Unlock", about: "The owner can sign in again.", done: "The account was unlocked."},
	"reset-attempts":    {title: "Reset login attempts", about: "Failed sign-ins are forgotten, and the lock that they led to.", done: "The failed sign-ins were forgotten."},
	"reset-password":    {title: "Send a reset link", about: "The owner gets a link to choose a new password. The old one works until then.", done: "The link was sent."},
	"set-password":      {title: "Set a password", about: "The owner has to be told the new password; sessions end.", done: "The password was set."},
	"mark":              {title: "Mark", about: "An API-only account is for tokens alone; policies leave a break-glass account alone; what is on legal hold is not purged.", done: "The account was marked."},
	"unmark":            {title: "Remove a mark", about: "The account is treated as others are.", done: "The mark was removed."},
	"schedule":          {title: "Set validity", about: "The account can be used from the first day on, and no longer from the last one on.", done: "The validity was set."},
	"deprovision":       {title: "Deprovision", about: "The account is deleted. It can be restored with its memberships until it is purged.", done: "The account was deprovisioned."},
	"release":           {title: "Release", about: "The mass guard lets the deletion go its way: memberships are taken away.", done: "The deletion was released."},
	"restore":           {title: "Restore", about: "The account comes back under its id with its memberships, suspended. Activate it afterwards.", done: "The account was restored. It is suspended until you activate it."},
	"add-to-group":      {title: "Add to group", about: "They become members of the group, and keep those that they have."},
	"remove-from-group": {title: "Remove from group", about: "They are no direct members of the group any more. Who is in it by another group stays so."},
	"tag":               {title: "Tag", about: "They get a tag, by which they are found."},
	"untag":             {title: "Remove a tag", about: "They have the tag no more, in whatever spelling."},
	"purge":             {title: "Purge", about: "Everything about the account is erased but its id. This cannot be taken back.", done: "The account was purged."},
}

// notice names what was done by the form that led to a page: an action, or one
// of these. Addresses carry the name alone, so that nobody can let the console
// say what they like.
type notice string

const (
	noticeSessionEnded   notice = "session-ended"
	noticeTimerCancelled notice = "timer-cancelled"
	noticeTimerPostponed notice = "timer-postponed"
	noticeNotCancelled   notice = "timer-not-cancelled"
	noticeNoTimer        notice = "timer-gone"
	noticeRestored       notice = "restored"
	noticeRevised        notice = "suspension-revised"
	noticeNotRestored    notice = "not-restored"
	noticeNobodyTicked   notice = "nobody-ticked"
	noticeManyTicked     notice = "many-ticked"
	noticeCancelling     notice = "cancelling"
	noticeCancelled      notice = "cancelled"
	noticeOver           notice = "over"
	noticeFileGone       notice = "file-gone"

	noticeViewSaved   notice = "view-saved"
	noticeViewRemoved notice = "view-removed"

	noticeUserMade    notice = "user-made"
	noticeUserChanged notice = "user-changed"

	noticeGroupMade    notice = "group-made"
	noticeGroupChanged notice = "group-changed"
	noticeGroupDeleted notice = "group-deleted"

	noticeReceiverMade    notice = "receiver-made"
	noticeReceiverChanged notice = "receiver-changed"
	noticeReceiverPaused  notice = "receiver-paused"
	noticeReceiverResumed notice = "receiver-resumed"
	noticeReceiverReplays notice = "receiver-replays"
	noticeReceiverGone    notice = "receiver-gone"
	noticeResent          notice = "resent"
	noticeResentFailed    notice = "resent-failed"
	noticeResentMany      notice = "resent-many"
	noticeEventGone       notice = "event-gone"

	noticePolicySet  notice = "policy-set"
	noticePolicySame notice = "policy-same"

	noticeOperatorMade    notice = "operator-made"
	noticeOperatorChanged notice = "operator-changed"
	noticeOperatorGone    notice = "operator-gone"

	noticeConnectionMade    notice = "connection-made"
	noticeConnectionChanged notice = "connection-changed"
	noticeTokenRevoked      notice = "token-revoked"
	noticeRequestsForgotten notice = "requests-forgotten"
	noticeGuardAllows       notice = "guard-allows"
	noticeGuardBlocks       notice = "guard-blocks"
	noticeGuardUnblocked    notice = "guard-unblocked"
)

var notices = map[notice]string{
	noticeSessionEnded:      "The session has ended.",
	noticeTimerCancelled:    "It was cancelled.",
	noticeTimerPostponed:    "It was postponed: the time begins anew.",
	noticeNotCancelled:      "It cannot be cancelled: it follows from what the account is.",
	noticeNoTimer:           "There was nothing to cancel: it does not come any more.",
	noticeRestored:          "It was restored with its memberships.",
	noticeRevised:           "It was suspended already: the reason and the end are the new ones.",
	noticeViewSaved:         "The view was saved.",
	noticeViewRemoved:       "The view was removed.",
	noticeUserMade:          "The user was added.",
	noticeTokenRevoked:      "The token was revoked. It stops working within ten seconds.",
	noticeGroupMade:         "The group was added.",
	noticeGroupChanged:      "The group was changed.",
	noticeGroupDeleted:      "The group was deleted. It can be restored under Deleted.",
	noticeUserChanged:       "The user was changed.",
	noticeOperatorMade:      "The operator was added. Make a link for the first sign-in.",
	noticeOperatorChanged:   "The operator was changed.",
	noticeOperatorGone:      "The operator was removed and is signed out.",
	noticeConnectionMade:    "The connection was added. Make a token for it.",
	noticeConnectionChanged: "The connection was changed. Servers notice within ten seconds.",
	noticeRequestsForgotten: "What was remembered of its requests is forgotten. What came in the last second may still be stored.",
	noticeGuardAllows:       "More removals are allowed for a time.",
	noticeGuardBlocks:       "Removals are blocked for a time.",
	noticeGuardUnblocked:    "Removals are not blocked any more.",

	noticeNobodyTicked:    "Nobody was ticked: tick some users first, or choose all that the list shows.",
	noticeManyTicked:      "Nothing was done: at most " + mostTicked + " users can be ticked. Narrow the list down to whom you mean, and choose all that match.",
	noticeCancelling:      "It ends after the user that it is at. What is done stays done and can be undone.",
	noticeCancelled:       "It is cancelled. What is done stays done and can be undone.",
	noticeOver:            "It was over already: there is nothing to cancel.",
	noticeFileGone:        "The file was deleted. What was imported from it stays.",
	noticeNotRestored:     "It could not be restored: something with its name exists, or it is there already.",
	noticeReceiverMade:    "The receiver was added. It gets what happens from now on.",
	noticeReceiverChanged: "The receiver was changed.",
	noticeReceiverPaused:  "The receiver is paused. Its events wait.",
	noticeReceiverResumed: "The receiver is active and gets what has waited.",
	noticeReceiverReplays: "The receiver gets again what has happened since then.",
	noticeReceiverGone:    "The receiver was removed.",
	noticeResent:          "The event is sent again.",
	noticeResentFailed:    "What was given up is sent again.",
	noticeResentMany:      "The oldest 1,000 events that were given up are sent again. Ask once more for the others.",
	noticeEventGone:       "Nothing was sent: the events are no longer kept.",
	noticePolicySet:       "The policies were changed.",
	noticePolicySame:      "Nothing was changed: all of it is in force already.",
}

// mostTicked is how many users a batch can name one by one, for people.
var mostTicked = thousands(batch.MaxIDs)

func (n notice) text() string {
	if text, ok := notices[n]; ok {
		return text
	}
	return actionWords[string(n)].done
}

// sentence makes a sentence of the words for a refusal.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.TrimRight(text[1:], ".") + "."
}

// problem says what an error means, and what to do.
func problem(p web.Problem) (title string, text []string) {
	var large *web.TooLargeError
	switch {
	case errors.Is(p.Err, errCrossOrigin):
		return "Not sent by this site", []string{"The request came from another site and was not carried out. Open the page here and try again."}
	case errors.As(p.Err, &large):
		return "Too much at once", tooLarge(large.Limit)
	case errors.Is(p.Err, store.ErrTooMany):
		return "That would take too long", []string{"There is too much to look through. Go back and narrow it down: to a shorter time, a user, or an action."}
	case p.Status == http.StatusForbidden:
		return "Not allowed", []string{"Your role does not allow this. An owner can give you another one."}
	case p.Status == http.StatusNotFound, p.Status == http.StatusMethodNotAllowed:
		return "There is nothing here", []string{"It may have been removed, or the address is not complete."}
	case p.Status == http.StatusServiceUnavailable:
		return "Not possible at the moment", []string{
			"Nothing was changed: the database does not answer, or takes no changes at the moment.",
			"Try again in a moment. If that does not help, the log of the server says why.",
		}
	case p.Status < http.StatusInternalServerError:
		return "That cannot be done", []string{"What was sent is not what this page sends. Go back and try again."}
	}
	return "Something went wrong", []string{"That is not your fault. If it happens again, look into the log of the server for the request " + p.RequestID + "."}
}

// tooLarge says what to do about a form of more than some bytes.
func tooLarge(limit int64) []string {
	if limit == maxBatchForm {
		return []string{
			"The form takes at most 1 MiB, and more was sent. Nothing was changed.",
			"On a list, up to " + mostTicked + " users can be ticked. Go back, narrow the list down to whom you mean, and choose all that match.",
		}
	}
	return []string{"The form takes at most 64 KiB, and more was sent. Nothing was changed. Go back, where what you typed may be there still, and shorten it."}
}

// statusClass is how a status looks; what it is, its word says.
func statusClass(status lifecycle.Status) string {
	switch status {
	case lifecycle.StatusActive:
		return "good"
	case lifecycle.StatusLocked, lifecycle.StatusSuspended, lifecycle.StatusDeprovisioned, lifecycle.StatusPurged:
		return "bad"
	}
	return "wait"
}
