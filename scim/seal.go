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

// seal makes opaque texts that only this server, and the others on its
// database, can make and read.
type seal struct {
	secrets store.Secrets
	name    string
	aead    atomic.Pointer[cipher.AEAD]
}

// cipher reads the key at its first use. That calls at the same time read it
// several times does no harm: they get the same one.
func (s *seal) cipher(ctx context.Context) (cipher.AEAD, error) {
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

// close seals a text that opens with the same binding alone. It consists of
// characters that URIs take as they are (RFC 3986 section 2.3).
func (s *seal) close(ctx context.Context, plain, binding []byte) (string, error) {
	aead, err := s.cipher(ctx)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(nonce)
	return opaque.EncodeToString(aead.Seal(nonce, nonce, plain, binding)), nil
}

// open returns what was sealed. It fails for whatever is not such a text; ok
// tells that from a key that cannot be read.
func (s *seal) open(ctx context.Context, text string, binding []byte) (plain []byte, ok bool, err error) {
	aead, err := s.cipher(ctx)
	if err != nil {
		return nil, false, err
	}
	raw, ok := readOpaque(text)
	if !ok || len(raw) < aead.NonceSize() {
		return nil, false, nil
	}
	plain, err = aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], binding)
	return plain, err == nil, nil
}
