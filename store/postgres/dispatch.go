package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"rollcall/store"
)

const (
	// SKIP LOCKED lets two copies that ask at once take different receivers.
	claimReceiversSQL = `WITH ready AS (
		SELECT r.tenant, r.id FROM receiver r LEFT JOIN outbox_head h ON h.tenant = r.tenant
		WHERE r.state = 'active' AND r.kind <> 'set-poll' AND (r.lease IS NULL OR r.lease_until <= $2) AND (r.due IS NULL OR r.due <= $2)
			AND (h.position > r.position OR EXISTS (
				SELECT 1 FROM delivery d WHERE d.tenant = r.tenant AND d.receiver = r.id AND d.state = 'pending' AND d.due <= $2))
		ORDER BY r.lease_until NULLS FIRST LIMIT $4 FOR NO KEY UPDATE OF r SKIP LOCKED)
	UPDATE receiver r SET lease = $1, lease_until = $3 FROM ready
	WHERE r.tenant = ready.tenant AND r.id = ready.id RETURNING ` + receiverColumns

	claimReceiverSQL = `UPDATE receiver r SET lease = $3, lease_until = $5
	WHERE r.tenant = $1 AND r.id = $2 AND (r.lease IS NULL OR r.lease_until <= $4) RETURNING ` + receiverColumns

	renewLeaseSQL = `UPDATE receiver SET lease_until = $4 WHERE tenant = $1 AND id = $2 AND lease = $3`

	releaseReceiverSQL = `UPDATE receiver SET lease = NULL WHERE tenant = $1 AND id = $2 AND lease = $3`

	// asked holds where an event is of a type that the receiver asks for.
	asked = `(cardinality(r.events) = 0 OR o.event = ANY (r.events) OR left(o.event, strpos(o.event, ':')) || '*' = ANY (r.events))`

	// The range is cut out before types are compared, so that a receiver that
	// asks for little does not cost a walk through a million events.
	freshSQL = `SELECT ` + eventColumns + `, ` + asked + ` AS asked FROM receiver r, (
		SELECT * FROM outbox WHERE tenant = $1 AND position > $4 ORDER BY position LIMIT $5) o
	WHERE r.tenant = $1 AND r.id = $2 AND r.lease = $3 ORDER BY o.position`
)

// ClaimReceivers leases receivers that have something to do.
func (s *Store) ClaimReceivers(ctx context.Context, claim store.Claim) ([]store.Turn, error) {
	return collect(ctx, s, "claim receivers", func(row pgx.Row) (store.Turn, error) {
		receiver, err := scanReceiver(row)
		return store.Turn{Receiver: receiver, Lease: claim.Lease}, err
	}, claimReceiversSQL, id(claim.Lease), claim.Now, claim.Until, int64(max(claim.Limit, 0)))
}

// ClaimReceiver leases one receiver.
func (s *Store) ClaimReceiver(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, claim store.Claim) (store.Turn, error) {
	rows, err := s.pool.Query(ctx, claimReceiverSQL, int64(tenant), id(receiver), id(claim.Lease), claim.Now, claim.Until)
	if err != nil {
		return store.Turn{}, failure(ctx, "claim receiver", err)
	}
	taken, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (store.Receiver, error) { return scanReceiver(row) })
	switch {
	case err != nil:
		return store.Turn{}, failure(ctx, "claim receiver", err)
	case len(taken) == 1:
		return store.Turn{Receiver: taken[0], Lease: claim.Lease}, nil
	}
	if _, err := s.Receiver(ctx, tenant, receiver); err != nil {
		return store.Turn{}, err
	}
	return store.Turn{}, failure(ctx, "claim receiver", store.ErrLease)
}

// RenewLease moves the end of the lease.
func (s *Store) RenewLease(ctx context.Context, turn store.Turn, until time.Time) error {
	tag, err := s.pool.Exec(ctx, renewLeaseSQL, append(leaseArgs(turn), until)...)
	return failure(ctx, "renew lease", leased(tag.RowsAffected(), err))
}

// ReleaseReceiver ends the lease.
func (s *Store) ReleaseReceiver(ctx context.Context, turn store.Turn) error {
	_, err := s.pool.Exec(ctx, releaseReceiverSQL, leaseArgs(turn)...)
	return failure(ctx, "release receiver", err)
}

// leaseArgs are the arguments for tenant, id and lease of a receiver.
func leaseArgs(turn store.Turn) []any {
	return []any{int64(turn.Receiver.Tenant), id(turn.Receiver.ID), id(turn.Lease)}
}

// leased turns no row into ErrLease.
func leased(rows int64, err error) error {
	if err == nil && rows == 0 {
		return store.ErrLease
	}
	return err
}

// Fresh returns the events that come next for the receiver.
func (s *Store) Fresh(ctx context.Context, turn store.Turn, after int64, scan int) ([]store.OutboxRow, int64, error) {
	rows, err := s.pool.Query(ctx, freshSQL, append(leaseArgs(turn), after, int64(max(scan, 0)))...)
	if err != nil {
		return nil, after, failure(ctx, "read events of receiver", err)
	}
	var events []store.OutboxRow
	through := after
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		var wanted bool
		event, err := scanEvent(row, turn.Receiver.Tenant, &wanted)
		through = event.Position
		if wanted {
			events = append(events, event)
		}
		return struct{}{}, err
	})
	if err != nil {
		return nil, after, failure(ctx, "read events of receiver", err)
	}
	return events, through, nil
}
