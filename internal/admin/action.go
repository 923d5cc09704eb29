package admin

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"rollcall/internal/validation"
	"rollcall/lifecycle"
	"rollcall/scim"
)

// Request is what an action is asked for with. Each action takes some of it.
type Request struct {
	// Reason is the administrator's words for the audit trail.
	Reason string
	// Until is when a suspension or a lock ends by itself; zero for never.
	Until time.Time
	// Keep leaves a suspension or a lock of the administrators that lasts as long as
	// it is, words and all.
	Keep bool
	// Source is whose suspension is overridden or taken over; empty for all, or
	// for the one there is.
	Source string
	// Approval makes an invited account wait for an approval, too.
	Approval bool
	// Mark is what an account is marked as, Purpose what an API-only one is for.
	Mark    lifecycle.Mark
	Purpose string
	// Confirm repeats the userName or the id of who is purged.
	Confirm string
	// Confirmed says that it was confirmed in another way, such as by the number
	// of those that it is about.
	Confirmed bool
	// Password is the new one.
	Password string
	// ValidFrom and ValidUntil bound the use of an account; nil keeps what it
	// has, the zero time takes the bound away.
	ValidFrom, ValidUntil *time.Time
	// By is who asks, for what is shown of a suspension or lock.
	By string
}

// Action is something that an administrator can do to an account.
type Action struct {
	Name string
	// Takes are the members of a request that mean something to it, beside the
	// reason.
	Takes []string
	// Trigger is the command by which what is allowed is told.
	Trigger lifecycle.Trigger

	// AsksReason says that people are asked for words before it is done. Without
	// them the lifecycle refuses some of these whoever asks, and lets scripts do
	// the others.
	AsksReason bool
	// Removes says that it takes the account, or its use, away: what the mass guard
	// counts of a source.
	Removes bool
	// Deletes says that it is a step on the way from a living account to its id.
	Deletes bool
	// Irreversible says that it cannot be taken back.
	Irreversible bool
	// Assists says that all it does is to let people in again who are who they say
	// they are.
	Assists bool

	commands func(Request, *scim.Explanation) ([]lifecycle.Command, error)
}

// Grave reports whether an action takes access away or lets that go on.
func (a Action) Grave() bool { return a.Removes || a.Deletes }

// The members of requests.
const (
	TakesUntil    = "until"
	TakesSource   = "source"
	TakesApproval = "approval"
	TakesMark     = "mark"
	TakesPurpose  = "purpose"
	TakesConfirm  = "confirm"
	TakesPassword = "password"
	TakesFrom     = "validFrom"
	TakesTo       = "validUntil"
)

// Lookup returns the action of that name.
func Lookup(name string) (Action, bool) {
	action, ok := actions[name]
	action.Name = name
	return action, ok
}

// Names lists the names of all actions in their order.
func Names() []string { return slices.Sorted(maps.Keys(actions)) }

// Named are the names of the actions by which an administrator gives the
// triggers, in their order; triggers that belong to others are left out.
func Named(triggers []lifecycle.Trigger) []string {
	names := []string{}
	for _, name := range Names() {
		if slices.Contains(triggers, actions[name].Trigger) {
			names = append(names, name)
		}
	}
	return names
}

// Order is the order that carries an action out, or foresees it.
func (a Action) Order(id string, r Request, match scim.Precondition, dry bool) (scim.Order, error) {
	if err := a.check(r); err != nil {
		return scim.Order{}, err
	}
	order := scim.Order{
		ID: id, Reason: r.Reason, Match: match, Dry: dry,
		Commands: func(e *scim.Explanation) ([]lifecycle.Command, error) { return a.commands(r, e) },
	}
	if slices.Contains(a.Takes, TakesPassword) {
		order.Password = &r.Password
	}
	return order, nil
}

// maxText bounds what an administrator may write, in bytes.
const maxText = 1000

// check refuses what is wrong whatever the account is.
func (a Action) check(r Request) error {
	for name, text := range map[string]string{"reason": r.Reason, TakesPurpose: r.Purpose} {
		if err := CheckText(name, text); err != nil {
			return err
		}
	}
	if slices.Contains(a.Takes, TakesMark) && !slices.Contains(lifecycle.Marks(), r.Mark) {
		return validation.Errorf(TakesMark, "is one of apiOnly, breakGlass, legalHold")
	}
	return nil
}

// CheckText refuses words of an administrator that are too long or cannot be
// stored.
func CheckText(field, text string) error {
	if len(text) > maxText || strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return validation.Errorf(field, "takes at most %d bytes of UTF-8, without NUL", maxText)
	}
	return nil
}
