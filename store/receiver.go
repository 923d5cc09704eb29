package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Kinds of receivers.
const (
	// KindWebhook is called with the event as JSON.
	KindWebhook = "webhook"
	// KindPush is called with a security event token (RFC 8935).
	KindPush = "set-push"
	// KindPoll asks for its security event tokens (RFC 8936).
	KindPoll = "set-poll"
)

// States of receivers.
const (
	ReceiverActive = "active"
	// ReceiverPaused was stopped by an administrator.
	ReceiverPaused = "paused"
	// ReceiverDead was given up because nothing reached it for too long.
	ReceiverDead = "dead"
)

// Receiver is somebody who gets the events of a tenant.
type Receiver struct {
	Tenant TenantID
	ID     uuid.UUID
	// Name is unique in the tenant.
	Name string
	Kind string
	// URL is where a receiver that is called is called.
	URL string
	// Events are the types that it gets: "prov:create", or "prov:*" for all that
	// begin so. None are all.
	Events []string
	// Options is a JSON object, opaque to the store; nil is stored as {}.
	Options []byte
	Created time.Time
	// State is in force since Since, for Reason.
	State  string
	Since  time.Time
	Reason string
	// Position is how far the receiver is: every event up to it is delivered,
	// not asked for, has a pending Delivery, or waits behind one of its subject.
	Position int64
	Health
}

// Health is how well a receiver can be reached.
type Health struct {
	// Failures counts how often in a row the receiver was found to be out of
	// reach.
	Failures int
	// Failing is when that began; zero while it does not fail.
	Failing time.Time
	// Succeeded is when it last took an event; zero before the first.
	Succeeded time.Time
	// Due is when it is tried again; zero for at once.
	Due time.Time
}

// ReceiverSecret is what a receiver and the server share.
type ReceiverSecret struct {
	ID uuid.UUID
	// Purpose tells what it is for, such as "signature".
	Purpose string
	Value   []byte
	Created time.Time
	// Expires is zero for one that does not.
	Expires time.Time
}

// Receivers reads and writes receivers.
type Receivers interface {
	// CreateReceiver stores a receiver as it is, with its secrets.
	// ErrUniqueness when the name is taken in the tenant, ErrNotFound when the
	// tenant does not exist.
	CreateReceiver(ctx context.Context, receiver Receiver, secrets []ReceiverSecret, audit Audit) error
	// Receiver returns one receiver or ErrNotFound.
	Receiver(ctx context.Context, tenant TenantID, id uuid.UUID) (Receiver, error)
	// Receivers lists the receivers of a tenant by name.
	Receivers(ctx context.Context, tenant TenantID) ([]Receiver, error)
	// UpdateReceiver replaces Name, URL, Events and Options of a receiver that has
	// those of before still (ErrVersion otherwise), and with them the secrets of the
	// purposes of fresh ones, which end when these were made. ErrNotFound,
	// ErrUniqueness.
	UpdateReceiver(ctx context.Context, before, after Receiver, fresh []ReceiverSecret, audit Audit) error
	// SetReceiverState replaces State, Since and Reason. To make it active also
	// clears Health, makes all its pending deliveries due and starts counting
	// their attempts anew. ErrNotFound; ErrVersion when it is not in one of the
	// states that it may come from.
	SetReceiverState(ctx context.Context, tenant TenantID, id uuid.UUID, from []string, to string, since time.Time, reason string, audit Audit) error
	// RewindReceiver sets Position back, or forward, and breaks the lease of who
	// works for the receiver: what that one delivered and did not record yet is
	// delivered again. Pending deliveries behind the position are dropped, since
	// their events come again. ErrNotFound.
	RewindReceiver(ctx context.Context, tenant TenantID, id uuid.UUID, position int64, audit Audit) error
	// DeleteReceiver removes a receiver and its secrets. Its deliveries are not
	// readable any more and go with PruneDeliveries. ErrNotFound.
	DeleteReceiver(ctx context.Context, tenant TenantID, id uuid.UUID, audit Audit) error
	// ReceiverSecrets lists the secrets of a receiver, oldest first; none for a
	// receiver that does not exist.
	ReceiverSecrets(ctx context.Context, tenant TenantID, id uuid.UUID) ([]ReceiverSecret, error)
	// RotateReceiverSecret stores a fresh secret, lets those of its purpose that
	// would live longer expire at a time, and forgets those that expired before
	// the fresh one was made. ErrNotFound.
	RotateReceiverSecret(ctx context.Context, tenant TenantID, id uuid.UUID, fresh ReceiverSecret, expire time.Time, audit Audit) error
}

// SigningKey signs security event tokens. The keys are the same for all tenants
// and all copies of the server.
type SigningKey struct {
	ID uuid.UUID
	// Private is opaque to the store.
	Private []byte
	Created time.Time
	// Active is when it begins to sign. Retired is when it is no longer
	// published, zero for not yet.
	Active, Retired time.Time
}

// SigningKeys keeps signing keys.
type SigningKeys interface {
	// SigningKeys lists the keys, oldest first.
	SigningKeys(ctx context.Context) ([]SigningKey, error)
	// FirstSigningKey stores a key if there is none at all. When several do so
	// at once, one key is stored.
	FirstSigningKey(ctx context.Context, key SigningKey) error
	// RotateSigningKey stores a key, lets those that are not to be retired yet
	// retire at a time, and forgets those that were retired before the fresh one
	// was made. The audit row is about the fresh one, in the tenant of who asked.
	RotateSigningKey(ctx context.Context, fresh SigningKey, retire time.Time, by TenantID, audit Audit) error
}
