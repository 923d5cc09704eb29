package scim

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/secure/precis"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// The cost of a password hash: RFC 9106's second choice scaled to 19 MiB, and
// two at a time, so that hashing can neither exhaust memory nor all cores.
const (
	argonTime    = 2
	argonMemory  = 19 << 10
	argonThreads = 1
	argonKey     = 32
	argonSalt    = 16
	argonAtOnce  = 2
)

// maxPasswordBytes bounds what is hashed.
const maxPasswordBytes = 1024

// passwords hashes and compares with bounded memory, for the tenants in turn.
type passwords struct {
	slots *fairSlots
	// checks are the checks of credentials that are under way.
	checks *checkLimit
	// key is the costly part, which tests count.
	key func(password, salt []byte) []byte
}

func newPasswords() *passwords {
	return &passwords{slots: newFairSlots(argonAtOnce), checks: newCheckLimit(checksOfTenant, checksOfAll), key: argonKeyOf}
}

func argonKeyOf(password, salt []byte) []byte {
	return argon2.IDKey(password, salt, argonTime, argonMemory, argonThreads, argonKey)
}

// hash returns the encoded argon2id hash of a prepared password that is to be
// written in a tenant.
func (p *passwords) hash(ctx context.Context, tenant store.TenantID, password string) (string, error) {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt)
	key, err := p.derive(ctx, line{tenant: tenant}, password, salt)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// wasted takes as long as a comparison and says no.
func (p *passwords) wasted(ctx context.Context, in line) (bool, error) {
	_, err := p.derive(ctx, in, "-", make([]byte, argonSalt))
	return false, err
}

// matches compares a prepared password with an encoded hash of this cost.
func (p *passwords) matches(ctx context.Context, in line, password, encoded string) (bool, error) {
	parts := strings.Split(encoded, "$")
	want := fmt.Sprintf("m=%d,t=%d,p=%d", argonMemory, argonTime, argonThreads)
	if len(parts) != 6 || parts[1] != "argon2id" || parts[3] != want {
		return p.wasted(ctx, in) // of another cost: hash anew
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("read password hash: %w", err)
	}
	stored, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("read password hash: %w", err)
	}
	key, err := p.derive(ctx, in, password, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, stored) == 1, nil
}

func (p *passwords) derive(ctx context.Context, in line, password string, salt []byte) ([]byte, error) {
	if err := p.slots.take(ctx, in); err != nil {
		return nil, fmt.Errorf("wait for a hashing slot: %w", err)
	}
	defer p.slots.give()
	return p.key([]byte(password), salt), nil
}

// takePassword removes the password from an object and prepares it by the
// PRECIS OpaqueString profile (RFC 7644 section 5).
func takePassword(t *schema.ResourceType, object *schema.Object) (password string, given bool, err error) {
	if t.Password == nil {
		return "", false, nil
	}
	given = object.Get(t.Password) != nil
	text := object.Text(t.Password)
	object.Delete(t.Password)
	if !given {
		return "", false, nil
	}
	prepared, err := preparePassword(text)
	if err != nil {
		return "", false, fault.New(fault.InvalidValue, "%s: %v", t.Password, err)
	}
	return prepared, true, nil
}

// preparePassword brings a password to the form in which it is compared.
func preparePassword(text string) (string, error) {
	if len(text) > maxPasswordBytes {
		return "", fmt.Errorf("the value is longer than %d bytes", maxPasswordBytes)
	}
	prepared, err := precis.OpaqueString.String(text)
	if err != nil || !utf8.ValidString(text) { // PRECIS lets broken text pass
		return "", errors.New("the value is empty or has characters that passwords cannot have (RFC 8265 OpaqueString)")
	}
	return prepared, nil
}

// changedPassword hashes a password unless it is the one that is stored: a
// provider that sends it with each update must not make a change each time.
// "" stands for its removal. nil means that nothing changes.
func (p *Provider) changedPassword(ctx context.Context, key store.Key, password string) (*string, error) {
	stored, err := p.store.PasswordHash(ctx, key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	stands := err == nil
	if password == "" {
		if !stands {
			return nil, nil //nolint:nilnil // no change is an answer, not a failure
		}
		return &password, nil
	}
	if stands {
		same, err := p.passwords.matches(ctx, line{tenant: key.Tenant}, password, stored)
		if err != nil || same {
			return nil, err
		}
	}
	hash, err := p.passwords.hash(ctx, key.Tenant, password)
	if err != nil {
		return nil, err
	}
	return &hash, nil
}
