package scim

import (
	"strconv"
	"time"

	"rollcall/lifecycle"
	"rollcall/scim/schema"
	"rollcall/store"
)

// standing is what an answer says of an account beside its document.
type standing struct {
	record *store.Record
	now    time.Time
	policy lifecycle.Policy
	turn   store.Period
	// facts are decoded for accounts of which there is more to say than how they
	// stand.
	facts *lifecycle.Facts
}

func standingOf(record *store.Record, policy lifecycle.Policy, now time.Time) (standing, error) {
	s := standing{record: record, now: now, policy: policy, turn: record.Facts.Standing(now)}
	if s.turn.Changed.IsZero() {
		s.turn.Changed = record.Created
	}
	if record.Facts.State != nil {
		facts, err := loadFacts(record)
		if err != nil {
			return s, err
		}
		s.facts = &facts
	}
	return s, nil
}

// append appends the value of a computed attribute of the lifecycle extension
// with its name, or nothing where it has none.
// object is the document, nil where the answer is the default one.
func (s *standing) append(out []byte, a *schema.Attribute, object *schema.Object) []byte {
	switch a.Name {
	case "status":
		return appendWord(out, a.Name, s.turn.Status)
	case "statusReason":
		return appendWord(out, a.Name, s.turn.Reason)
	case "statusChanged":
		return appendInstant(out, a.Name, s.turn.Changed)
	case "lastLogin":
		return appendInstant(out, a.Name, s.record.Activity.LastLogin)
	case "failedLogins":
		out = appendName(out, a.Name)
		return strconv.AppendInt(out, int64(s.record.Activity.Failed), 10)
	case "lockedUntil", "suspendedUntil", "inviteExpires":
		return appendInstant(out, a.Name, s.until(a.Name))
	case "source":
		return appendWord(out, a.Name, s.record.Facts.Source)
	case "sourceClient":
		return appendWord(out, a.Name, s.record.Facts.SourceClient)
	case "stale":
		return strconv.AppendBool(appendName(out, a.Name), s.stale())
	case "noSharedData":
		alone := len(s.record.Groups) == 0 && object != nil && !sharesData(a, object)
		return strconv.AppendBool(appendName(out, a.Name), alone)
	}
	return out
}

// until is an instant that counts as absent once it has passed.
func (s *standing) until(name string) time.Time {
	var at time.Time
	switch {
	case s.facts == nil:
	case name == "lockedUntil":
		at = s.facts.Lockout.Until
	case name == "inviteExpires":
		at = s.facts.InviteExpires
	default:
		at, _ = s.facts.SuspendedUntil(s.now)
	}
	if !at.After(s.now) {
		return time.Time{}
	}
	return at
}

func (s *standing) stale() bool {
	if s.facts != nil {
		return s.facts.Stale(s.policy, s.now)
	}
	ordinary := lifecycle.Facts{Stage: lifecycle.Enrolled, Activity: lifecycle.Activity{Created: s.record.Created, LastLogin: s.record.Activity.LastLogin}}
	return ordinary.Stale(s.policy, s.now)
}

// sharesData reports whether a document gives the account a role or a contact.
func sharesData(a *schema.Attribute, object *schema.Object) bool {
	for top, v := range object.All() {
		if top.Name == "roles" && !top.Extension {
			return true
		}
		if top == a.Parent {
			if contact, ok := top.Lookup("linkedContact"); ok && v.(*schema.Object).Get(contact) != nil {
				return true
			}
		}
	}
	return false
}

// appendName appends the name of a member, after a comma where it is not the
// first.
func appendName(out []byte, name string) []byte {
	if out[len(out)-1] != '{' {
		out = append(out, ',')
	}
	out = append(out, '"')
	out = append(out, name...)
	return append(out, `":`...)
}

func appendWord(out []byte, name, word string) []byte {
	if word == "" {
		return out
	}
	return appendQuoted(appendName(out, name), word)
}

func appendInstant(out []byte, name string, at time.Time) []byte {
	if at.IsZero() {
		return out
	}
	out = append(appendName(out, name), '"')
	return append(at.UTC().AppendFormat(out, timeLayout), '"')
}
