package scim

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"
	"unicode/utf8"

	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Letter is a mail that is to be sent to the owner of an account.
type Letter struct {
	// Kind is LetterInvite or LetterReset.
	Kind string
	// To is the address, Name what the person is called, may be empty.
	To, Name string
	// Secret is what the link in it has to carry.
	Secret  string
	Expires time.Time
}

// The kinds of letters.
const (
	LetterInvite = linkInvite
	LetterReset  = linkReset
)

// Post makes a letter durable: it returns the job that sends it, which is stored
// in the transaction of the change that it tells of.
type Post func(ctx context.Context, tenant store.TenantID, letter Letter) (store.NewJob, error)

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
	var letters []Letter
	add := func(kind string, expires time.Time) {
		secret, link := newLink(kind, expires)
		change.Links = append(change.Links, link)
		letters = append(letters, Letter{Kind: kind, To: tr.account.email, Name: tr.account.record.Label, Secret: secret, Expires: expires})
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
	list, _ := object.Get(emails).(schema.List)
	primary, _ := emails.Primary()
	first := ""
	for _, element := range list {
		one, _ := element.(*schema.Object)
		address := one.Text(value)
		if address != "" && primary != nil && one.Get(primary) == true {
			return address
		}
		if first == "" {
			first = address
		}
	}
	return first
}

// The bounds of a password that a person chooses, in characters and bytes.
const fewestCharacters = 8

// ErrLink says that a link from a mail is not known, was used, or has expired.
var ErrLink = fault.Plain(404, "the link is not valid: it was used, replaced or has expired; ask for another one")

// LinkOwner is whose link it is: the status and what the person is called.
type LinkOwner struct {
	Kind     string
	UserName string
	Expires  time.Time
}

// ReadLink looks a link up without using it.
func (p *Provider) ReadLink(ctx context.Context, tenant store.TenantID, kind, secret string) (*LinkOwner, error) {
	key, link, err := p.link(ctx, tenant, kind, secret)
	if err != nil {
		return nil, err
	}
	a, err := p.account(ctx, key)
	if err != nil {
		return nil, err
	}
	object, err := a.t.Parse(a.record.Document)
	if err != nil {
		return nil, err
	}
	return &LinkOwner{Kind: kind, UserName: object.Text(a.t.Naming), Expires: link.Expires}, nil
}

func (p *Provider) link(ctx context.Context, tenant store.TenantID, kind, secret string) (store.Key, store.Link, error) {
	hash, ok := linkHash(secret)
	if !ok || kind != linkInvite && kind != linkReset {
		return store.Key{}, store.Link{}, ErrLink
	}
	key, link, err := p.store.LinkOf(ctx, tenant, kind, hash)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && !link.Expires.After(p.now()):
		return key, link, ErrLink
	}
	return key, link, err
}

// FollowLink is a person's use of a link: it accepts an invitation, or resets a
// password, with the password that the person chose. The link works once.
func (p *Provider) FollowLink(ctx context.Context, c *Caller, kind, secret, password string) (*Transition, error) {
	key, _, err := p.link(ctx, c.Tenant, kind, secret)
	if err != nil {
		return nil, err
	}
	prepared, err := choosePassword(password)
	if err != nil {
		return nil, err
	}
	hash, err := p.passwords.hash(ctx, prepared)
	if err != nil {
		return nil, err
	}
	// Another use of the link may have been faster.
	if _, _, err := p.link(ctx, c.Tenant, kind, secret); err != nil {
		return nil, err
	}
	commands := []lifecycle.Command{lifecycle.ResetPassword{}}
	if kind == linkInvite {
		commands = []lifecycle.Command{lifecycle.Accept{}, lifecycle.ChangePassword{}}
	}
	who := *c
	who.Kind, who.ID = KindUser, key.ID.String()
	done, err := p.act(ctx, &who, key, words{password: &hash}, commands...)
	var refused *lifecycle.Refusal
	if errors.As(err, &refused) && (refused.Why == lifecycle.WhyNoReset || refused.Why == lifecycle.WhyLinkExpired || refused.Why == lifecycle.WhyEnrolled) {
		return nil, ErrLink
	}
	return done, err
}

// SetPassword sets the password of a user in the name of an administrator, and
// lifts a lock.
func (p *Provider) SetPassword(ctx context.Context, c *Caller, id, reason, password string) (*Transition, error) {
	t, key, err := p.userKey(c, id)
	if err != nil {
		return nil, err
	}
	prepared, err := choosePassword(password)
	if err != nil {
		return nil, err
	}
	hash, err := p.passwords.hash(ctx, prepared)
	if err != nil {
		return nil, err
	}
	done, err := p.act(ctx, c, key, words{reason: reason, password: &hash}, lifecycle.ResetPassword{ByAdministrator: true})
	return done, refusal(err, t, id)
}

func choosePassword(password string) (string, error) {
	prepared, err := preparePassword(password)
	if err != nil {
		return "", fault.New(fault.InvalidValue, "password: %v", err)
	}
	if utf8.RuneCountInString(prepared) < fewestCharacters {
		return "", fault.New(fault.InvalidValue, "password: choose at least %d characters", fewestCharacters)
	}
	return prepared, nil
}
