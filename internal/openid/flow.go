package openid

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"rollcall/internal/auth"
)

const (
	// FlowLife is how long somebody may take to sign in at the provider.
	FlowLife = 10 * time.Minute
	// maxNext bounds where to go on, in bytes: it has to fit into a cookie with
	// all the rest.
	maxNext = 1500
)

// flow is one sign-in that is under way. The browser that begins it keeps it,
// sealed: who has not begun it cannot end it.
type flow struct {
	State, Nonce, Verifier, Next string
	Expires                      time.Time
}

// flowBinding and personBinding keep the two things that browsers hold apart.
const (
	flowBinding   = "flow"
	personBinding = "person"
)

// Begun is a sign-in that has begun.
type Begun struct {
	// Location is where the browser is sent.
	Location string
	// State is what the answer names it by; Kept is what the browser keeps
	// meanwhile.
	State, Kept string
}

// Begin begins a sign-in. next is where to go on afterwards. ErrUnreachable.
func (p *Provider) Begin(ctx context.Context, next string) (Begun, error) {
	known, err := p.metadata(ctx)
	if err != nil {
		return Begun{}, err
	}
	if len(next) > maxNext {
		next = ""
	}
	begun := flow{
		State: auth.NewSecret(), Nonce: auth.NewSecret(), Verifier: oauth2.GenerateVerifier(), Next: next, Expires: p.Now().Add(FlowLife),
	}
	kept, err := p.keep(ctx, begun, flowBinding)
	if err != nil {
		return Begun{}, err
	}
	location := known.oauth.AuthCodeURL(begun.State, oidc.Nonce(begun.Nonce), oauth2.S256ChallengeOption(begun.Verifier))
	return Begun{Location: location, State: begun.State, Kept: kept}, nil
}

// Person is who somebody is at a provider.
type Person struct{ Issuer, Subject string }

// Finish ends a sign-in with what the browser kept and the query that it came back
// with: who it is, and where to go on. ErrStale, ErrDeclined, ErrRefused,
// ErrUnreachable; their text is fit for a log.
func (p *Provider) Finish(ctx context.Context, kept string, answer url.Values) (Person, string, error) {
	var begun flow
	if err := p.kept(ctx, kept, flowBinding, &begun); err != nil {
		return Person{}, "", err
	}
	state, err := single(answer, "state")
	if err != nil || !p.Now().Before(begun.Expires) || !same(state, begun.State) {
		return Person{}, "", ErrStale
	}
	known, err := p.metadata(ctx)
	if err != nil {
		return Person{}, "", err
	}
	code, err := p.code(known, answer)
	if err != nil {
		return Person{}, "", err
	}
	token, err := p.exchange(ctx, known, code, begun.Verifier)
	if err != nil {
		return Person{}, "", err
	}
	person, err := p.believe(ctx, known, token, begun.Nonce)
	return person, begun.Next, err
}

// code reads an authorization response (RFC 6749 section 4.1.2, RFC 9207).
func (p *Provider) code(known *metadata, answer url.Values) (string, error) {
	issuer, err := single(answer, "iss")
	if err != nil || issuer != p.Issuer && (answer.Has("iss") || known.namesItself) {
		// Another provider than the one that was asked (RFC 9207 section 2.4).
		return "", fmt.Errorf("%w: it is of another issuer", ErrRefused)
	}
	if answer.Has("error") {
		return "", fmt.Errorf("%w: %s", ErrDeclined, brief(errors.New(answer.Get("error"))))
	}
	code, err := single(answer, "code")
	if err != nil || code == "" {
		return "", fmt.Errorf("%w: it has no code", ErrRefused)
	}
	return code, nil
}

// exchange hands the code in for tokens and returns the ID token.
func (p *Provider) exchange(ctx context.Context, known *metadata, code, verifier string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	tokens, err := known.oauth.Exchange(oidc.ClientContext(ctx, p.client), code, oauth2.VerifierOption(verifier))
	var answered *oauth2.RetrieveError
	switch {
	case errors.As(err, &answered) && answered.Response.StatusCode >= 500:
		return "", fmt.Errorf("%w: the token endpoint answers %d", ErrUnreachable, answered.Response.StatusCode)
	case errors.As(err, &answered):
		return "", fmt.Errorf("%w: the token endpoint answers %d %s", ErrRefused, answered.Response.StatusCode, brief(errors.New(answered.ErrorCode)))
	case unreachable(err):
		return "", fmt.Errorf("%w: %s", ErrUnreachable, brief(err))
	case err != nil:
		return "", fmt.Errorf("%w: %s", ErrRefused, brief(err))
	}
	token, ok := tokens.Extra("id_token").(string)
	if !ok || token == "" {
		return "", fmt.Errorf("%w: there is no ID token", ErrRefused)
	}
	return token, nil
}

// unreachable tells a call that failed from an answer that is wrong.
func unreachable(err error) bool {
	var call *url.Error
	return errors.As(err, &call)
}

// single is a parameter that may come once (RFC 6749 section 3.1).
func single(values url.Values, name string) (string, error) {
	if len(values[name]) > 1 {
		return "", fmt.Errorf("%s comes twice", name)
	}
	return values.Get(name), nil
}

// same compares secrets, in a time that says nothing about them.
func same(a, b string) bool {
	return b != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
