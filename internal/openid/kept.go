package openid

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"time"
)

// choiceLife is how long somebody who is an operator of several tenants may take
// to choose one.
const choiceLife = 5 * time.Minute

// chooser is somebody who chooses a tenant.
type chooser struct {
	Person
	Next    string
	Expires time.Time
}

// Keep is what the browser holds of somebody who has signed in at the provider
// and has to choose as whom here.
func (p *Provider) Keep(ctx context.Context, person Person, next string) (string, error) {
	return p.keep(ctx, chooser{person, next, p.Now().Add(choiceLife)}, personBinding)
}

// Kept is who chooses, and where to go on. ErrStale.
func (p *Provider) Kept(ctx context.Context, kept string) (Person, string, error) {
	var who chooser
	if err := p.kept(ctx, kept, personBinding, &who); err != nil {
		return Person{}, "", err
	}
	if !p.Now().Before(who.Expires) || who.Issuer != p.Issuer {
		return Person{}, "", ErrStale
	}
	return who.Person, who.Next, nil
}

// keep seals what only this server, and the others on its database, can read.
func (p *Provider) keep(ctx context.Context, what any, binding string) (string, error) {
	plain, err := json.Marshal(what)
	if err != nil {
		return "", err
	}
	sealed, err := p.seal.Close(ctx, plain, []byte(binding))
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// kept opens it. ErrStale for whatever is not sealed so.
func (p *Provider) kept(ctx context.Context, text, binding string, into any) error {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return ErrStale
	}
	plain, ok, err := p.seal.Open(ctx, sealed, []byte(binding))
	switch {
	case err != nil:
		return err
	case !ok || json.Unmarshal(plain, into) != nil:
		return ErrStale
	}
	return nil
}
