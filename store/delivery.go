package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// States of deliveries.
const (
	DeliveryPending   = "pending"
	DeliveryDelivered = "delivered"
	// DeliveryFailed was given up.
	DeliveryFailed = "failed"
)

// Delivery is what became of one event at one receiver. There are none of
// events that the receiver has not come to yet.
type Delivery struct {
	Receiver uuid.UUID
	// Event has no Payload when it is read from the log, nor when the outbox has
	// forgotten it.
	Event OutboxRow
	State string
	// Ordered says that later events of its subject wait while it is pending.
	// There is one such delivery a receiver and subject.
	Ordered bool
	// Attempts counts the attempts, First and Last are when they were made.
	Attempts    int
	First, Last time.Time
	// Due is when a pending one is tried next.
	Due time.Time
	// Status is the last HTTP status, zero for none; Error says what went wrong.
	Status int
	Error  string
	// Resume is for Record alone: with this delivery out of the way, the next
	// event of its subject that the receiver passed over becomes pending.
	Resume bool
}

// Claim asks for work.
type Claim struct {
	// Lease is made anew for each Claim.
	Lease uuid.UUID
	// Now is when; leases that end by now are free. The lease ends at Until.
	Now, Until time.Time
	// Limit is how many receivers.
	Limit int
}

// Turn is the right to work for a receiver, until its lease ends.
type Turn struct {
	Receiver Receiver
	Lease    uuid.UUID
}

// Progress is what was done in a turn.
type Progress struct {
	// Position is how far the receiver is now; it never moves back.
	Position int64
	// Deliveries replace those of the same event and receiver. Their fields are
	// stored as they are.
	Deliveries []Delivery
	Health     Health
}

// Dispatcher hands the work for receivers out. A turn that was lost, because
// its time ran out and another one took it or because the receiver was set back
// or deleted, changes nothing any more: its calls fail with ErrLease.
type Dispatcher interface {
	// ClaimReceivers leases active receivers that are called, are due, are
	// leased by nobody and have something to do: events behind their position
	// or pending deliveries that are due. Who waits longest comes first.
	ClaimReceivers(ctx context.Context, claim Claim) ([]Turn, error)
	// ClaimReceiver leases one receiver, whatever its kind and state. ErrNotFound,
	// ErrLease.
	ClaimReceiver(ctx context.Context, tenant TenantID, id uuid.UUID, claim Claim) (Turn, error)
	// RenewLease moves the end of the lease. ErrLease.
	RenewLease(ctx context.Context, turn Turn, until time.Time) error
	// ReleaseReceiver ends the lease; no error when it is lost.
	ReleaseReceiver(ctx context.Context, turn Turn) error
	// Pending returns the oldest pending deliveries of the receiver, by position,
	// with their payloads where these still exist.
	Pending(ctx context.Context, turn Turn, limit int) ([]Delivery, error)
	// Fresh looks at the first scan events of the tenant behind a position and
	// returns those that the receiver asks for, by position, and the position
	// of the last one that was looked at: after itself when there was none.
	Fresh(ctx context.Context, turn Turn, after int64, scan int) (events []OutboxRow, through int64, err error)
	// Record stores progress, all of it or nothing. ErrLease.
	Record(ctx context.Context, turn Turn, progress Progress) error
}

// DeliveryQuery asks for a page of the delivery log of a receiver.
type DeliveryQuery struct {
	Tenant   TenantID
	Receiver uuid.UUID
	// State is empty for all.
	State string
	// Subject is whom events are about, zero for anybody. Of deliveries of events
	// that the outbox has forgotten none is found by it.
	SubjectType string
	Subject     uuid.UUID
	// From and Until bound the times of the events, Until outside; zero for no
	// bound. After is a position below which there is nothing to look for: only it
	// and Before spare the looking.
	From, Until time.Time
	After       int64
	// Before is the position behind which the page begins, newest first; zero
	// begins with the newest.
	Before int64
	Limit  int
}

// DeliveryLog reads and keeps what became of events.
type DeliveryLog interface {
	// Deliveries returns a page, newest event first, without payloads.
	Deliveries(ctx context.Context, query DeliveryQuery) ([]Delivery, error)
	// Resend makes a delivery pending and due now, with its attempts counted
	// anew. A pending one keeps its place in the order; another one goes beside
	// it. ErrNotFound when there is none, or the outbox has forgotten the event.
	Resend(ctx context.Context, tenant TenantID, receiver uuid.UUID, position int64, now time.Time, audit Audit) error
	// ResendFailed is Resend for the oldest deliveries that were given up and whose
	// events are still there, limit of them at the most, and returns how many. None
	// leave no audit row. ErrNotFound for a receiver that does not exist.
	ResendFailed(ctx context.Context, tenant TenantID, receiver uuid.UUID, limit int, now time.Time, audit Audit) (int, error)
	// PruneDeliveries removes deliveries in a state other than pending whose
	// last attempt was before a time, and those of receivers that are gone, limit
	// of each receiver at the most, and returns how many.
	PruneDeliveries(ctx context.Context, tenant TenantID, state string, before time.Time, limit int) (int, error)
}
