package events

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/validation"
	"rollcall/store"
)

// defaultOverlap is how long the secret before stays valid, maxOverlap how long
// it may.
const (
	defaultOverlap = day
	maxOverlap     = 7 * day
)

// RotateSecret gives a webhook a new secret and returns it, which is not to be
// had again. Both sign for the overlap, a day when it is zero; a negative one
// ends the secret before at once. store.ErrNotFound, *validation.Error.
func (s *Service) RotateSecret(ctx context.Context, tenant store.TenantID, id uuid.UUID, overlap time.Duration, audit store.Audit) (string, error) {
	receiver, err := s.store.Receiver(ctx, tenant, id)
	switch {
	case err != nil:
		return "", err
	case receiver.Kind != store.KindWebhook:
		return "", validation.Errorf("kind", "has no secret of its own: its tokens are signed with the keys of the server")
	case overlap > maxOverlap:
		return "", validation.Errorf("overlap", "must be at most seven days")
	case overlap == 0:
		overlap = defaultOverlap
	}
	now := s.now()
	fresh, text := newSecret(now)
	return text, s.store.RotateReceiverSecret(ctx, tenant, id, fresh, now.Add(max(overlap, 0)), s.audit(audit, "receiver.secret", nil))
}

// newSecret makes a secret and its text as Standard Webhooks writes it.
func newSecret(now time.Time) (store.ReceiverSecret, string) {
	value := make([]byte, 32)
	_, _ = rand.Read(value) // never fails
	return store.ReceiverSecret{ID: uuid.New(), Purpose: purposeSignature, Value: value, Created: now},
		"whsec_" + base64.StdEncoding.EncodeToString(value)
}

func bearerSecret(token string, now time.Time) store.ReceiverSecret {
	return store.ReceiverSecret{ID: uuid.New(), Purpose: purposeBearer, Value: []byte(token), Created: now}
}
