package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Token is one bearer token of a connection. Only a hash of its secret exists.
type Token struct {
	// Prefix is the public part, unique over all tenants.
	Prefix     string
	Tenant     TenantID
	Connection uuid.UUID
	// Hash is the SHA-256 of the secret part.
	Hash []byte
	// Scopes is what the token may do.
	Scopes []string
	// Subject is the id of the User that the token acts for; zero for a token
	// of the connection itself.
	Subject uuid.UUID
	Created time.Time
	// Expires is zero for a token that does not expire, Revoked is zero for one
	// that is not revoked, LastUsed is zero for one that was never used.
	Expires, Revoked, LastUsed time.Time
}

// Grant is a token with what it belongs to, in one look-up.
type Grant struct {
	Token      Token
	Tenant     Tenant
	Connection Connection
}

// TokenSearch says which tokens are wanted.
type TokenSearch struct {
	Tenant TenantID
	// Connection is the one whose tokens are wanted; zero for those of all, one
	// connection after the other by their ids.
	Connection uuid.UUID
	// NewestFirst turns the order around, which is by creation, and by prefix
	// where that is the same.
	NewestFirst bool
	// After is the last token before the page, in the order of the search.
	After TokenPosition
	// Limit bounds the page; less than one is an empty page.
	Limit int
}

// TokenPage is one page of tokens. The walk goes on after its last one.
type TokenPage struct {
	Tokens []Token
	// More says that further tokens follow.
	More bool
}

// TokenUse is how the tokens of a connection stand.
type TokenUse struct {
	// Working is how many are neither revoked nor expired.
	Working int
	// LastUsed is when one of them was used last, also one that ended since; zero
	// for never.
	LastUsed time.Time
}

// Tokens reads and writes tokens.
type Tokens interface {
	// CreateToken stores a token. ErrUniqueness when the prefix is taken,
	// ErrNotFound when the connection does not exist in the tenant.
	CreateToken(ctx context.Context, token Token, audit Audit) error
	// Grant returns the token with that prefix, revoked and expired ones
	// included, or ErrNotFound.
	Grant(ctx context.Context, prefix string) (Grant, error)
	// Tokens returns one page of the tokens of a connection, or of all of them.
	Tokens(ctx context.Context, search TokenSearch) (TokenPage, error)
	// TokensOf lists the tokens that act for a user, of all connections, newest
	// first and up to limit; those of one time by prefix, backwards. A limit below
	// one is an empty list.
	TokensOf(ctx context.Context, tenant TenantID, subject uuid.UUID, limit int) ([]Token, error)
	// TokenUses says of each connection of a tenant how many of its tokens work at a
	// time, and when one was used last. The number is not counted beyond most.
	TokenUses(ctx context.Context, tenant TenantID, at time.Time, most int) (map[uuid.UUID]TokenUse, error)
	// RevokeToken sets Revoked if it is not set. ErrNotFound.
	RevokeToken(ctx context.Context, tenant TenantID, prefix string, at time.Time, audit Audit) error
	// TouchTokens moves LastUsed forward for the given prefixes; unknown ones
	// are passed over.
	TouchTokens(ctx context.Context, used map[string]time.Time) error
}
