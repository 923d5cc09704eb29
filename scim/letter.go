package scim

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"time"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Letter is a mail that is to be sent to the owner of an account.
type Letter struct {
	// Kind is LetterInvite, LetterReset, LetterLocked or LetterStale.
	Kind string `json:"kind"`
	// User is whose account it is about.
	User uuid.UUID `json:"user"`
	// To is the address, Name what the person is called, may be empty.
	To   string `json:"to"`
	Name string `json:"name,omitzero"`
	// Secret is what the link in it has to carry; empty in what only tells.
	Secret string `json:"secret,omitzero"`
	// At is when that happened of which it tells, Expires when the link or the
	// lock ends or what is unused is suspended; zero for never.
	At      time.Time `json:"at,omitzero"`
	Expires time.Time `json:"expires,omitzero"`
	// Failures locked the account, Unused is for how many days nobody used it.
	Failures int `json:"failures,omitzero"`
	Unused   int `json:"unused,omitzero"`
}

// The kinds of letters. The first two carry a link.
const (
	LetterInvite = linkInvite
	LetterReset  = linkReset
	LetterLocked = "locked"
	LetterStale  = "stale"
)

// Post makes a letter durable: it returns the job that sends it, which is stored
// in the transaction of the change that it tells of.
type Post func(ctx context.Context, c *Caller, letter Letter) (store.NewJob, error)

// linkSecretBytes is how much chance there is in a link.
const linkSecretBytes = 32

// newLink makes a secret and the link that stands for it in the store.
func newLink(kind string, expires time.Time) (secret string, link store.Link) {
	raw := make([]byte, linkSecretBytes)
	_, _ = rand.Read(raw)
	hash := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(raw), store.Link{Kind: kind, Hash: hash[:], Expires: expires}
}

func linkHash(secret string) ([]byte, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(secret)
	if err != nil || len(raw) != linkSecretBytes {
		return nil, false
	}
	hash := sha256.Sum256(raw)
	return hash[:], true
}

// write adds to an update the links that a decision asks for, and returns what
// is to be mailed.
func (tr *transition) write(change *store.Update) []Letter {
	letters := tr.notices()
	add := func(kind string, expires time.Time) {
		secret, link := newLink(kind, expires)
		change.Links = append(change.Links, link)
		letters = append(letters, tr.letter(kind, Letter{Secret: secret, Expires: expires}))
	}
	for _, effect := range tr.decision.Effects {
		switch effect {
		case lifecycle.SendInvite:
			add(linkInvite, tr.decision.Facts.InviteExpires)
		case lifecycle.SendPasswordReset:
			add(linkReset, tr.decision.Facts.ResetExpires)
		}
	}
	return letters
}

// letter addresses a letter.
func (tr *transition) letter(kind string, l Letter) Letter {
	l.Kind, l.User, l.To, l.Name = kind, tr.account.record.ID, tr.account.email, tr.account.record.Label
	return l
}

// emailOf is the address that letters go to: the primary one, else the first.
func emailOf(t *schema.ResourceType, object *schema.Object) string {
	emails, ok := t.Lookup("emails")
	if !ok {
		return ""
	}
	value, ok := emails.Value()
	if !ok {
		return ""
	}
	address := func(element schema.Value) string {
		one, _ := element.(*schema.Object)
		return one.Text(value)
	}
	list, _ := object.Get(emails).(schema.List)
	list = slices.DeleteFunc(slices.Clone(list), func(element schema.Value) bool { return address(element) == "" })
	first, _ := schema.First(list, emails.IsPrimary)
	return address(first)
}
