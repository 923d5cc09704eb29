package admin

import (
	"context"

	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/internal/validation"
	"rollcall/scim/profile"
	"rollcall/store"
)

// IssueToken makes a token of a connection. What the rules of its connection
// forbid, or what a token of a user cannot have, is a *validation.Error.
func IssueToken(ctx context.Context, tokens store.Tokens, request auth.Request) (string, store.Token, error) {
	owner := &request.Connection
	if rules, _ := profile.Of(owner.Options); rules.IPSIE() && request.Expires.IsZero() {
		return "", store.Token{}, validation.Errorf("expires", "connection %q has the profile %s, whose tokens end", owner.Name, rules.Name)
	}
	if request.User != uuid.Nil && request.Scopes&^auth.SCIMScopes() != 0 {
		return "", store.Token{}, validation.Errorf("scopes", "a token of a user can have no scopes but %s", auth.SCIMScopes())
	}
	return auth.Issue(ctx, tokens, request)
}
