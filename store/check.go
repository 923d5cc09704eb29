package store

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// What can be stored is the same on every backend, so that a directory can move from
// one to the other: each backend asks here before it asks its database. Errors are
// ErrInvalid, and name the field, never its value.

// Storable reports whether a text can be stored: it holds neither NUL nor what is
// not UTF-8.
func Storable(text string) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}

// CheckText refuses texts that cannot be stored.
func CheckText(field string, texts ...string) error {
	for _, text := range texts {
		if !Storable(text) {
			return invalid(field)
		}
	}
	return nil
}

// CheckKey is CheckText of a text that is a key of an index: of MaxKeyBytes at the
// most.
func CheckKey(field, key string) error {
	if len(key) > MaxKeyBytes || !Storable(key) {
		return invalid(field)
	}
	return nil
}

// CheckDocument refuses JSON texts that cannot be stored; an escaped NUL counts as
// one.
func CheckDocument(field string, documents ...[]byte) error {
	for _, document := range documents {
		if !utf8.Valid(document) || bytes.IndexByte(document, 0) >= 0 || escapesNUL(document) {
			return invalid(field)
		}
	}
	return nil
}

func invalid(field string) error { return fmt.Errorf("%s: %w", field, ErrInvalid) }

// escapesNUL looks for \u0000 behind an even number of backslashes.
func escapesNUL(document []byte) bool {
	for at := 0; ; {
		found := bytes.Index(document[at:], []byte(`\u0000`))
		if found < 0 {
			return false
		}
		start := at + found
		before := start
		for before > 0 && document[before-1] == '\\' {
			before--
		}
		if (start-before)%2 == 0 {
			return true
		}
		at = start + 1
	}
}

// Check refuses what cannot be stored. The sort name is the key of an index as well.
func (r *Record) Check() error {
	return errors.Join(CheckKey("type", r.Type), CheckKey("name", r.Name), CheckKey("externalId", r.ExternalID), CheckKey("sort name", r.SortName),
		CheckText("label", r.Label), CheckDocument("document", r.Document, r.Index), r.Facts.Check())
}

// Check refuses what cannot be stored. Nil facts are none.
func (f *Facts) Check() error {
	if f == nil {
		return nil
	}
	for _, turn := range f.Later {
		if err := CheckText("turn", turn.Status, turn.Reason); err != nil {
			return err
		}
	}
	return errors.Join(CheckKey("status", f.Status), CheckKey("reason", f.Reason), CheckKey("source", f.Source),
		CheckKey("source client", f.SourceClient), CheckText("state", string(f.State)))
}

// CheckUnique refuses values that cannot be stored.
func CheckUnique(values ...UniqueValue) error {
	for _, value := range values {
		if err := errors.Join(CheckKey("attribute", value.Attribute), CheckKey("unique value", value.Value)); err != nil {
			return err
		}
	}
	return nil
}

// Check refuses what cannot be stored. What the trail is searched by are keys.
func (a *Audit) Check() error {
	return errors.Join(CheckKey("actor", a.ActorKind), CheckKey("actor", a.ActorID), CheckKey("action", a.Action),
		CheckKey("request id", a.RequestID), CheckText("audit reason", a.Reason), CheckDocument("audit", a.Changes))
}

// Check refuses what cannot be stored.
func (t *Trail) Check() error { return errors.Join(t.Audit.Check(), checkEvents(t.Events)) }

func checkEvents(events []Event) error {
	for _, event := range events {
		if err := errors.Join(CheckText("event", event.Type), CheckDocument("event", event.Payload)); err != nil {
			return err
		}
	}
	return nil
}

// Check refuses what cannot be stored.
func (a *Activity) Check() error {
	if a == nil {
		return nil
	}
	return CheckText("activity", string(a.State))
}

// Check refuses what cannot be stored, and texts longer than they may be.
func (s *SignIn) Check() error {
	if len(s.Application) > MaxSignInApplication || len(s.Address) > MaxSignInAddress || len(s.Detail) > MaxSignInDetail {
		return invalid("sign-in")
	}
	return CheckText("sign-in", s.Application, s.Address, s.Detail)
}

// Check refuses what cannot be stored.
func (l *Link) Check() error {
	if len(l.Hash) > MaxKeyBytes {
		return invalid("link")
	}
	return CheckKey("link", l.Kind)
}

// Check refuses what cannot be stored.
func (c *Connection) Check() error {
	return errors.Join(CheckKey("name", c.Name), CheckText("kind", c.Kind), CheckDocument("options", c.Options))
}

// Check refuses what cannot be stored.
func (t *Tenant) Check() error { return CheckKey("name", t.Name) }

// Check refuses what cannot be stored.
func (t *Token) Check() error {
	return errors.Join(CheckKey("prefix", t.Prefix), CheckText("scopes", t.Scopes...))
}

// Check refuses what cannot be stored.
func (o *Operator) Check() error {
	return errors.Join(CheckKey("name", o.Name), CheckKey("role", o.Role), CheckKey("issuer", o.Issuer), CheckKey("subject", o.Subject))
}

// Check refuses what cannot be stored.
func (s *Session) Check() error { return CheckText("session", s.Address, s.Agent) }

// Check refuses what cannot be stored.
func (v *SavedView) Check() error {
	return errors.Join(CheckKey("name", v.Name), CheckText("query", v.Query))
}

// Check refuses what cannot be stored.
func (r *Receiver) Check() error {
	return errors.Join(CheckKey("name", r.Name), CheckText("receiver", r.Kind, r.URL, r.Reason), CheckText("events", r.Events...),
		CheckDocument("options", r.Options))
}

// Check refuses what cannot be stored. Bodies are texts that are shown, not documents
// that are asked.
func (r *LoggedRequest) Check() error {
	return errors.Join(CheckKey("request id", r.RequestID), CheckKey("method", r.Method), CheckText("normalisations", r.Normalisations...),
		CheckText("request", r.Path, r.Query, string(r.Sent.Text), string(r.Sent.Left), string(r.Answered.Text), string(r.Answered.Left)))
}
