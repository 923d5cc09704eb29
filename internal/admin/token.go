package admin

import (
	"context"

	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/internal/validation"
	"rollcall/scim/profile"
	"rollcall/store"
)

// IssueToken makes a token of a connection, with the row that tells of it. What the rules of its connection
// forbid, or what a token of a user cannot have, is a *validation.Error.
func IssueToken(ctx context.Context, tokens store.Tokens, request auth.Request) (string, store.Token, error) {
	owner := &request.Connection
	if rules, _ := profile.Of(owner.Options); rules.IPSIE() && request.Expires.IsZero() {
		return "", store.Token{}, validation.Errorf("expires", "connection %q has the profile %s, whose tokens end", owner.Name, rules.Name)
	}
	if request.User != uuid.Nil && request.Scopes&^auth.SCIMScopes() != 0 {
		return "", store.Token{}, validation.Errorf("scopes", "a token of a user can have no scopes but %s", auth.SCIMScopes())
	}
	request.Audit.Action, request.Audit.At = "token.create", request.Created
	return auth.Issue(ctx, tokens, request)
}

// RevokeToken ends a token, with the row that tells of it; trail says when. Ending
// it again changes nothing. store.ErrNotFound.
func RevokeToken(ctx context.Context, tokens store.Tokens, tenant store.TenantID, prefix string, trail store.Audit) error {
	trail.Action = "token.revoke"
	return tokens.RevokeToken(ctx, tenant, prefix, trail.At, trail)
}
