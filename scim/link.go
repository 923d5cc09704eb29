package scim

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/store"
)

// FewestCharacters are what a password that a person chooses has to have.
const FewestCharacters = 8

// ErrLink says that a link from a mail is not known, was used, or has expired.
var ErrLink = fault.Plain(404, "the link is not valid: it was used, replaced or has expired; ask for another one")

// LinkOwner is whose link it is.
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
	hash, err := p.passwords.hash(ctx, c.Tenant, prepared)
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

func choosePassword(password string) (string, error) {
	if password == "" {
		return "", ErrPasswordShort
	}
	prepared, err := preparePassword(password)
	if err != nil {
		return "", fault.New(fault.InvalidValue, "password: %v", err)
	}
	return prepared, checkChosen(prepared)
}

// ErrPasswordShort refuses a password that has fewer than FewestCharacters once it is
// prepared (RFC 8265 section 4.2).
var ErrPasswordShort = fault.New(fault.InvalidValue, "password: choose at least %d characters", FewestCharacters)

// checkChosen refuses a prepared password that is too short for people to choose.
func checkChosen(prepared string) error {
	if utf8.RuneCountInString(prepared) < FewestCharacters {
		return ErrPasswordShort
	}
	return nil
}
