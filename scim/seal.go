package scim

import (
	"context"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"sync/atomic"

	"golang.org/x/crypto/chacha20poly1305"

	"rollcall/store"
)

// Seal makes opaque data that only this server, and the others on its database,
// can make and read. It is safe for concurrent use.
type Seal struct {
	secrets store.Secrets
	name    string
	aead    atomic.Pointer[cipher.AEAD]
}

// cipher reads the key at its first use. That calls at the same time read it
// several times does no harm: they get the same one.
func (s *Seal) cipher(ctx context.Context) (cipher.AEAD, error) {
	if known := s.aead.Load(); known != nil {
		return *known, nil
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	if s.secrets != nil {
		var err error
		if secret, err = s.secrets.Secret(ctx, s.name, secret); err != nil {
			return nil, err
		}
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "rollcall seal "+s.name, chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("key of %s: %w", s.name, err)
	}
	// The nonce of XChaCha20 is long enough to be drawn at random for as long
	// as the key lives.
	made, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("key of %s: %w", s.name, err)
	}
	s.aead.CompareAndSwap(nil, &made)
	return *s.aead.Load(), nil
}

// cursorSeal is the name of the seal of cursors.
const cursorSeal = "cursor"

// KeepKeys makes the keys that reading takes, where there are none, so that no page that is
// only read has to write. store.ErrUnavailable where they cannot be kept.
func KeepKeys(ctx context.Context, secrets store.Secrets) error {
	_, err := NewSeal(secrets, cursorSeal).cipher(ctx)
	return err
}

// NewSeal returns the seal of a name; different names have different keys. Nil
// secrets make what this seal alone can read.
func NewSeal(secrets store.Secrets, name string) *Seal { return &Seal{secrets: secrets, name: name} }

// Close seals data that opens with the same binding alone.
func (s *Seal) Close(ctx context.Context, plain, binding []byte) ([]byte, error) {
	aead, err := s.cipher(ctx)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(nonce)
	return aead.Seal(nonce, nonce, plain, binding), nil
}

// Open returns what was sealed. ok is false for whatever is not sealed so; that
// is told from a key that cannot be read.
func (s *Seal) Open(ctx context.Context, sealed, binding []byte) (plain []byte, ok bool, err error) {
	aead, err := s.cipher(ctx)
	if err != nil || len(sealed) < aead.NonceSize() {
		return nil, false, err
	}
	plain, err = aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], binding)
	return plain, err == nil, nil
}

// close seals a text that opens with the same binding alone. It consists of
// characters that URIs take as they are (RFC 3986 section 2.3).
func (s *Seal) close(ctx context.Context, plain, binding []byte) (string, error) {
	sealed, err := s.Close(ctx, plain, binding)
	if err != nil {
		return "", err
	}
	return opaque.EncodeToString(sealed), nil
}

// open returns what was sealed as a text.
func (s *Seal) open(ctx context.Context, text string, binding []byte) (plain []byte, ok bool, err error) {
	raw, readable := readOpaque(text)
	if !readable {
		raw = nil // what is empty was never sealed; the key is read all the same
	}
	return s.Open(ctx, raw, binding)
}
