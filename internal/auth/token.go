package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// A token is "rc_<prefix>_<secret>". The prefix is public and finds the row,
// the secret is known to its holder alone, and the scheme makes a leaked token
// recognisable to secret scanners.
const (
	tokenScheme = "rc_"
	// prefixAlphabet has 32 characters, so that five bits of a random byte
	// choose one without bias, and none that people mistake for another.
	prefixAlphabet = "abcdefghijkmnpqrstuvwxyz23456789"
	prefixLength   = 12
	secretBytes    = 32
	tokenLength    = len(tokenScheme) + prefixLength + 1 + (secretBytes*8+5)/6
)

// Request says which token to issue.
type Request struct {
	Connection store.Connection
	Scopes     Scopes
	// User makes a self-service token: the id of the User that it acts for.
	// Zero makes a token of the connection itself.
	User uuid.UUID
	// Created is now; Expires is zero for a token that does not expire.
	Created, Expires time.Time
	Audit            store.Audit
}

// Issue makes a token of a connection and stores it. The returned text is the
// only copy of its secret.
func Issue(ctx context.Context, tokens store.Tokens, request Request) (string, store.Token, error) {
	var err error
	for range 3 {
		prefix, secret := newPrefix(), NewSecret()
		token := store.Token{
			Prefix: prefix, Tenant: request.Connection.Tenant, Connection: request.Connection.ID, Hash: HashSecret(secret),
			Scopes: request.Scopes.Names(), Subject: request.User, Created: request.Created, Expires: request.Expires,
		}
		if err = tokens.CreateToken(ctx, token, request.Audit); err == nil {
			return tokenScheme + prefix + "_" + secret, token, nil
		}
		if !errors.Is(err, store.ErrUniqueness) {
			break
		}
	}
	return "", store.Token{}, fmt.Errorf("issue token: %w", err)
}

func newPrefix() string {
	random := make([]byte, prefixLength)
	rand.Read(random)
	for i, b := range random {
		random[i] = prefixAlphabet[b&31]
	}
	return string(random)
}

// NewSecret makes a secret of 256 random bits, 43 characters of base64url.
func NewSecret() string {
	random := make([]byte, secretBytes)
	rand.Read(random)
	return base64.RawURLEncoding.EncodeToString(random)
}

// HashSecret is what is stored of a secret of NewSecret. It needs no salt and no
// slow hash: the secret is 256 random bits.
func HashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// splitToken returns the parts of a token, or false where the text has not the
// form of one.
func splitToken(text string) (prefix, secret string, ok bool) {
	if len(text) != tokenLength || !strings.HasPrefix(text, tokenScheme) {
		return "", "", false
	}
	prefix, secret = text[len(tokenScheme):len(tokenScheme)+prefixLength], text[len(tokenScheme)+prefixLength+1:]
	if text[len(tokenScheme)+prefixLength] != '_' || strings.Trim(prefix, prefixAlphabet) != "" {
		return "", "", false
	}
	return prefix, secret, true
}
