package auth

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestTokenOfAUser(t *testing.T) {
	t.Parallel()
	s := newFakeStore()
	a := newAuthenticator(t, Options{Store: s})
	user := uuid.New()
	text, token, err := Issue(t.Context(), s, Request{Connection: s.connections["default"]["default"], Scopes: AllScopes(), User: user})
	if err != nil || token.Subject != user {
		t.Fatalf("%+v, %v", token, err)
	}
	identity, err := a.Authenticate(t.Context(), "Bearer "+text)
	if err != nil || identity.User != user || identity.Scopes != SCIMScopes() {
		t.Errorf("%+v, %v", identity, err)
	}
	plain, _ := issue(t, s, time.Time{})
	if identity, err := a.Authenticate(t.Context(), "Bearer "+plain); err != nil || identity.User != uuid.Nil {
		t.Errorf("%+v, %v", identity, err)
	}
}

// TestJWTOfAUser: a claim that should name a user and does not never leaves a
// token that may do all that its connection may.
func TestJWTOfAUser(t *testing.T) {
	t.Parallel()
	s, c, key := newFakeStore(), newClock(), edSigner(t, "k")
	keys := writeFile(t, keySetOf(t, key))
	with := func(claim string) *Authenticator {
		return newAuthenticator(t, Options{Store: s, Now: c.Now, JWT: &JWTOptions{Issuer: issuer, Audience: []string{audience}, Keys: keys, UserClaim: claim}})
	}
	authenticators := map[string]*Authenticator{"": with(""), "sub": with("sub"), "uid": with("uid")}
	user := uuid.New()
	type change = map[string]any
	for _, test := range []struct {
		name, claim string
		claims      change
		user        uuid.UUID
		want        error
	}{
		{"not configured", "", change{"sub": user.String(), "uid": user.String()}, uuid.Nil, nil},
		{"sub", "sub", change{"sub": user.String()}, user, nil},
		{"the client itself", "sub", change{"sub": "default"}, uuid.Nil, nil},
		{"sub of somebody else", "sub", change{"sub": "ada"}, uuid.Nil, ErrInvalidToken},
		{"claim", "uid", change{"uid": user.String(), "scope": "scim:read scim:write admin:write lifecycle:write"}, user, nil},
		{"no claim", "uid", nil, uuid.Nil, nil},
		{"claim is the client", "uid", change{"uid": "default"}, uuid.Nil, ErrInvalidToken},
		{"claim is empty", "uid", change{"uid": ""}, uuid.Nil, ErrInvalidToken},
		{"claim is a name", "uid", change{"uid": "ada@example.com"}, uuid.Nil, ErrInvalidToken},
		{"claim is the zero id", "uid", change{"uid": uuid.Nil.String()}, uuid.Nil, ErrInvalidToken},
		{"claim in another form", "uid", change{"uid": "urn:uuid:" + user.String()}, uuid.Nil, ErrInvalidToken},
		{"claim is a number", "uid", change{"uid": 1}, uuid.Nil, ErrInvalidToken},
		{"claim is a list", "uid", change{"uid": []string{user.String()}}, uuid.Nil, ErrInvalidToken},
		{"unmapped connection", "uid", change{"uid": user.String(), "client_id": "other"}, uuid.Nil, ErrUnmapped},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := key.sign(t, nil, goodClaims(c.Now(), test.claims))
			identity, err := authenticators[test.claim].Authenticate(t.Context(), "Bearer "+text)
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if err == nil && (identity.User != test.user || identity.User != uuid.Nil && identity.Scopes&^SCIMScopes() != 0) {
				t.Errorf("identity %+v", identity)
			}
		})
	}
	null := goodClaims(c.Now(), nil)
	null["uid"] = nil
	if _, err := authenticators["uid"].Authenticate(t.Context(), "Bearer "+key.sign(t, nil, null)); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("claim is null: %v", err)
	}
}
