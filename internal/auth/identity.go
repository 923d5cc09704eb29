package auth

import (
	"errors"

	"github.com/google/uuid"

	"rollcall/store"
)

// Identity is who is calling. It is shared by concurrent requests and must not
// be changed.
type Identity struct {
	Tenant     store.Tenant
	Connection store.Connection
	// Subject is the public prefix of a bearer token, the "sub" of a JWT, or
	// BootstrapSubject.
	Subject string
	// User is the id of the User that the token acts for, and for no other;
	// zero for a token of the connection itself.
	User   uuid.UUID
	Scopes Scopes
}

// BootstrapSubject is the Subject of the bootstrap token.
const BootstrapSubject = "bootstrap"

// Has reports whether the caller holds a scope.
func (i *Identity) Has(scope Scope) bool { return i.Scopes.Has(scope) }

// Authenticate fails with one of these, or with an error of the store.
var (
	// ErrNoCredentials says that the request brings no bearer token: 401
	// without an error code (RFC 6750 section 3.1).
	ErrNoCredentials = errors.New("no bearer token")
	// ErrInvalidToken says that the token is malformed, unknown, expired,
	// revoked or fails a JWT check: 401 with error="invalid_token".
	ErrInvalidToken = errors.New("invalid token")
	// ErrUnmapped says that a good JWT belongs to no connection: 403.
	ErrUnmapped = errors.New("token belongs to no connection")
)
