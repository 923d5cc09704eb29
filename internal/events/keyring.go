package events

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

const (
	// keysFor is how long keys are remembered; a new one is published by all
	// copies of the server after it.
	keysFor = time.Minute
	// leadOfKey is how long a new key is published before it signs, so that
	// receivers that remember the old set have asked again.
	leadOfKey = time.Hour
	// overlapOfKeys is how long an old key stays published after its last use.
	overlapOfKeys = 2 * day
)

// signer is the key that signs now.
type signer struct {
	id      string
	private *ecdsa.PrivateKey
}

// keyring reads signing keys and remembers them.
type keyring struct {
	store store.SigningKeys
	now   func() time.Time

	mutex sync.Mutex
	keys  []key
	until time.Time
}

type key struct {
	store.SigningKey
	private *ecdsa.PrivateKey
}

func newKeyring(keys store.SigningKeys, now func() time.Time) *keyring {
	return &keyring{store: keys, now: now}
}

// list returns the keys, oldest first, and makes the first one where there is
// none.
func (k *keyring) list(ctx context.Context) ([]key, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	now := k.now()
	if now.Before(k.until) {
		return k.keys, nil
	}
	stored, err := k.store.SigningKeys(ctx)
	if err == nil && len(stored) == 0 {
		stored, err = k.first(ctx, now)
	}
	if err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	keys := make([]key, 0, len(stored))
	for _, one := range stored {
		private, err := x509.ParsePKCS8PrivateKey(one.Private)
		if err != nil {
			return nil, errors.New("signing keys: a key cannot be read")
		}
		if elliptic, ok := private.(*ecdsa.PrivateKey); ok {
			keys = append(keys, key{SigningKey: one, private: elliptic})
		}
	}
	k.keys, k.until = keys, now.Add(keysFor)
	return keys, nil
}

func (k *keyring) first(ctx context.Context, now time.Time) ([]store.SigningKey, error) {
	fresh, err := newKey(now, now)
	if err != nil {
		return nil, err
	}
	if err := k.store.FirstSigningKey(ctx, fresh); err != nil {
		return nil, err
	}
	return k.store.SigningKeys(ctx)
}

// newKey makes a key for ES256.
func newKey(created, active time.Time) (store.SigningKey, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return store.SigningKey{}, err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return store.SigningKey{}, err
	}
	return store.SigningKey{ID: uuid.New(), Private: encoded, Created: created, Active: active}, nil
}

// signer returns the newest key that is active.
func (k *keyring) signer(ctx context.Context) (*signer, error) {
	keys, err := k.list(ctx)
	if err != nil {
		return nil, err
	}
	now := k.now()
	var newest *key
	for i := range keys {
		if one := &keys[i]; !one.Active.After(now) && (newest == nil || !one.Active.Before(newest.Active)) {
			newest = one
		}
	}
	if newest == nil {
		return nil, errors.New("signing keys: none is active")
	}
	return &signer{id: newest.ID.String(), private: newest.private}, nil
}

// forget makes the next call read the keys anew.
func (k *keyring) forget() {
	k.mutex.Lock()
	k.until = time.Time{}
	k.mutex.Unlock()
}
