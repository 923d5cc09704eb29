package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// The tenant and the connection that every server has.
const (
	DefaultTenant     = "default"
	DefaultConnection = "default"
)

// minBootstrap is the shortest bootstrap token in bytes.
const minBootstrap = 16

// maxToken is the longest token in bytes that is looked at; the longest access
// tokens in use, with dozens of group claims, stay below.
const maxToken = 16 << 10

// Store is what an Authenticator reads and writes.
type Store interface {
	store.Tenants
	store.Connections
	store.Tokens
}

// Options make an Authenticator.
type Options struct {
	Store Store
	// Bootstrap is a token that holds all scopes in the default connection;
	// empty for none.
	Bootstrap string
	// JWT turns on JWT access tokens; nil for none.
	JWT *JWTOptions
	// Now is the clock; nil for time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

// Authenticator tells who is calling. It is safe for concurrent use.
type Authenticator struct {
	store     Store
	bootstrap *digest
	jwt       *jwtVerifier
	now       func() time.Time
	cache     *cache
	used      *lastUse
}

// NewAuthenticator refuses options that would leave a door open. The caller
// starts the recording of last uses with Start and ends it with Close.
func NewAuthenticator(options Options) (*Authenticator, error) {
	a := &Authenticator{store: options.Store, now: options.Now, cache: newCache()}
	if a.now == nil {
		a.now = time.Now
	}
	logger := options.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	if options.Bootstrap != "" {
		if err := CheckBootstrap(options.Bootstrap); err != nil {
			return nil, err
		}
		sum := sha256.Sum256([]byte(options.Bootstrap))
		a.bootstrap = &sum
	}
	if options.JWT != nil {
		verifier, err := newJWTVerifier(*options.JWT, a.now, logger)
		if err != nil {
			return nil, err
		}
		a.jwt = verifier
	}
	a.used = newLastUse(options.Store, a.now, logger)
	return a, nil
}

// CheckBootstrap refuses a bootstrap token that can be guessed or sent by no
// client. Its error does not show the token.
func CheckBootstrap(token string) error {
	if len(token) < minBootstrap {
		return fmt.Errorf("bootstrap token has %d bytes, it needs at least %d", len(token), minBootstrap)
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("bootstrap token contains a character that cannot stand in an Authorization header")
	}
	return nil
}

// Start begins to write last uses to the store. It may be called again.
func (a *Authenticator) Start() { a.used.start() }

// Close writes what is left and ends. It may be called again.
func (a *Authenticator) Close() { a.used.close() }

// Authenticate reads the value of an Authorization header. It fails with
// ErrNoCredentials, ErrInvalidToken, ErrUnmapped or an error of the store such
// as store.ErrUnavailable. Nothing else of a request can carry a token: a query
// string ends up in logs (RFC 6750 section 2.3 is not supported).
func (a *Authenticator) Authenticate(ctx context.Context, authorization string) (*Identity, error) {
	scheme, token, _ := strings.Cut(strings.TrimSpace(authorization), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, ErrNoCredentials
	}
	token = strings.TrimLeft(token, " ")
	if token == "" || len(token) > maxToken {
		return nil, ErrInvalidToken
	}
	now, key := a.now(), sha256.Sum256([]byte(token))
	v, ok := a.cache.get(key, now)
	if !ok {
		v = a.verify(ctx, token, key, now)
		if v.err == nil || errors.Is(v.err, ErrInvalidToken) || errors.Is(v.err, ErrUnmapped) {
			a.cache.put(key, v, now)
		}
	}
	if v.err != nil {
		return nil, v.err
	}
	if !v.expires.IsZero() && !now.Before(v.expires) {
		return nil, fmt.Errorf("%w: expired", ErrInvalidToken)
	}
	return v.identity, nil
}

func (a *Authenticator) verify(ctx context.Context, token string, key digest, now time.Time) verdict {
	if a.bootstrap != nil && subtle.ConstantTimeCompare(key[:], a.bootstrap[:]) == 1 {
		identity, err := a.mapped(ctx, DefaultTenant, DefaultConnection)
		if err != nil {
			return verdict{err: err}
		}
		identity.Subject, identity.Scopes = BootstrapSubject, AllScopes()
		return verdict{identity: identity}
	}
	if prefix, secret, ok := splitToken(token); ok {
		return a.verifyToken(ctx, prefix, secret, now)
	}
	if a.jwt != nil && strings.Count(token, ".") == 2 {
		return a.verifyJWT(ctx, token)
	}
	return verdict{err: ErrInvalidToken}
}

func (a *Authenticator) verifyToken(ctx context.Context, prefix, secret string, now time.Time) verdict {
	grant, err := a.store.Grant(ctx, prefix)
	unknown := errors.Is(err, store.ErrNotFound)
	if err != nil && !unknown {
		return verdict{err: fmt.Errorf("look up token: %w", err)}
	}
	// An unknown prefix is compared too, so that it costs what a known one does.
	want := grant.Token.Hash
	if unknown || len(want) != sha256.Size {
		want = make([]byte, sha256.Size)
	}
	same := subtle.ConstantTimeCompare(HashSecret(secret), want) == 1
	if unknown || !same || !grant.Token.Revoked.IsZero() {
		return verdict{err: ErrInvalidToken}
	}
	if expires := grant.Token.Expires; !expires.IsZero() && !now.Before(expires) {
		return verdict{err: fmt.Errorf("%w: expired", ErrInvalidToken)}
	}
	a.used.touch(prefix, now)
	identity := &Identity{Tenant: grant.Tenant, Connection: grant.Connection, Subject: prefix, Scopes: knownScopes(grant.Token.Scopes)}
	return verdict{identity: a.acting(identity, grant.Token.Subject, now), expires: grant.Token.Expires}
}

func (a *Authenticator) verifyJWT(ctx context.Context, token string) verdict {
	claims, err := a.jwt.verify(ctx, token)
	if err != nil {
		return verdict{err: err}
	}
	identity, err := a.mapped(ctx, claims.tenant, claims.connection)
	if err != nil {
		return verdict{err: err}
	}
	identity.Subject, identity.Scopes = claims.subject, claims.scopes
	return verdict{identity: a.acting(identity, claims.user, a.now()), expires: claims.expires}
}

// acting confines an identity to a user, if there is one, and notes that.
func (a *Authenticator) acting(i *Identity, user uuid.UUID, now time.Time) *Identity {
	i = i.actingFor(user)
	a.used.touchUser(i, now)
	return i
}

// mapped returns the identity of a named connection.
func (a *Authenticator) mapped(ctx context.Context, tenantName, connectionName string) (*Identity, error) {
	tenant, err := a.store.Tenant(ctx, tenantName)
	if err != nil {
		return nil, unmapped(err)
	}
	connection, err := a.store.Connection(ctx, tenant.ID, connectionName)
	if err != nil {
		return nil, unmapped(err)
	}
	return &Identity{Tenant: tenant, Connection: connection}, nil
}

func unmapped(err error) error {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return ErrUnmapped
	}
	return fmt.Errorf("map token: %w", err)
}
