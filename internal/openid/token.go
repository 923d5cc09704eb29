package openid

import (
	"context"
	"fmt"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	// skew is how far ahead of our clock that of the provider may be.
	skew = 5 * time.Minute
	// maxSubject bounds a subject, in bytes (OpenID Connect Core 1.0 section 2).
	maxSubject = 255
)

// believe checks an ID token (OpenID Connect Core 1.0 section 3.1.3.7). The
// library checks signature, issuer, audience and times; what it leaves to its
// caller follows.
func (p *Provider) believe(ctx context.Context, known *metadata, raw, nonce string) (Person, error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), callTimeout)
	defer cancel()
	token, err := known.verifier.Verify(ctx, raw)
	switch {
	case unreachable(err):
		return Person{}, fmt.Errorf("%w: %s", ErrUnreachable, brief(err))
	case err != nil:
		return Person{}, fmt.Errorf("%w: %s", ErrRefused, brief(err))
	}
	if problem := p.doubt(token, nonce); problem != "" {
		return Person{}, fmt.Errorf("%w: %s", ErrRefused, problem)
	}
	// The issuer as it is configured, which operators are bound to.
	return Person{Issuer: p.Issuer, Subject: token.Subject}, nil
}

// doubt says why a token is not to be believed whose signature is good; empty for
// one that is.
func (p *Provider) doubt(token *oidc.IDToken, nonce string) string {
	var more struct {
		AuthorizedParty string `json:"azp"`
	}
	if err := token.Claims(&more); err != nil {
		return "its claims cannot be read"
	}
	switch {
	case !same(token.Nonce, nonce):
		return "it has another nonce"
	case more.AuthorizedParty != "" && more.AuthorizedParty != p.ClientID:
		return "it was issued to another client"
	case more.AuthorizedParty == "" && len(token.Audience) > 1:
		return "it does not say to which client it was issued"
	case token.IssuedAt.After(p.Now().Add(skew)):
		return "it was issued in the future"
	case token.Subject == "" || len(token.Subject) > maxSubject:
		return "it names nobody"
	}
	return ""
}
