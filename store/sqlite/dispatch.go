package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

const (
	readySQL = `SELECT ` + receiverColumns + ` FROM receiver r
		WHERE r.state = 'active' AND r.kind <> 'set-poll' AND (r.lease IS NULL OR r.lease_until <= ?1) AND (r.due IS NULL OR r.due <= ?1)
			AND (r.position < (SELECT h.position FROM outbox_head h WHERE h.tenant = r.tenant) OR EXISTS (
				SELECT 1 FROM delivery d WHERE d.tenant = r.tenant AND d.receiver = r.id AND d.state = 'pending' AND d.due <= ?1))
		ORDER BY r.lease_until LIMIT ?2`

	takeSQL = `UPDATE receiver SET lease = ?1, lease_until = ?2
		WHERE tenant = ?3 AND id = ?4 AND (lease IS NULL OR lease_until <= ?5)`

	// wanted holds where an event is of a type that the receiver asks for.
	wanted = `(r.events = '[]' OR EXISTS (SELECT 1 FROM json_each(r.events) w
		WHERE w.value = o.event_type OR w.value = substr(o.event_type, 1, instr(o.event_type, ':')) || '*'))`

	// The range is cut out before types are compared, so that a receiver that
	// asks for little does not cost a walk through a million events.
	freshSQL = `SELECT ` + eventColumns + `, ` + wanted + ` FROM receiver r, (
			SELECT * FROM outbox WHERE tenant = ?1 AND position > ?4 ORDER BY position LIMIT ?5) o
		WHERE r.tenant = ?1 AND r.id = ?2 AND r.lease = ?3 ORDER BY o.position`
)

// ClaimReceivers leases receivers that have something to do. It looks first
// without the right to write: mostly there is none.
func (s *Store) ClaimReceivers(ctx context.Context, claim store.Claim) ([]store.Turn, error) {
	ready, err := s.receivers(ctx, readySQL, micros(claim.Now), max(claim.Limit, 0))
	if err != nil || len(ready) == 0 {
		return nil, err
	}
	var turns []store.Turn
	for _, receiver := range ready {
		turn, err := s.ClaimReceiver(ctx, receiver.Tenant, receiver.ID, claim)
		switch {
		case err == nil && turn.Receiver.State == store.ReceiverActive:
			turns = append(turns, turn)
		case err == nil:
			err = s.ReleaseReceiver(ctx, turn)
		case missed(err):
			err = nil
		}
		if err != nil {
			return turns, err
		}
	}
	return turns, nil
}

// ClaimReceiver leases one receiver.
func (s *Store) ClaimReceiver(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, claim store.Claim) (store.Turn, error) {
	var taken int64
	err := s.write(ctx, "claim receiver", func(tx *writeTx) (err error) {
		taken, err = tx.exec(ctx, takeSQL, claim.Lease.String(), micros(claim.Until), int64(tenant), receiver.String(), micros(claim.Now))
		return err
	})
	if err != nil {
		return store.Turn{}, err
	}
	one, err := s.Receiver(ctx, tenant, receiver)
	if err == nil && taken == 0 {
		err = wrap(ctx, "claim receiver", store.ErrLease)
	}
	if err != nil {
		return store.Turn{}, err
	}
	return store.Turn{Receiver: one, Lease: claim.Lease}, nil
}

// RenewLease moves the end of the lease.
func (s *Store) RenewLease(ctx context.Context, turn store.Turn, until time.Time) error {
	return s.write(ctx, "renew lease", func(tx *writeTx) error {
		changed, err := tx.exec(ctx, `UPDATE receiver SET lease_until = ? WHERE tenant = ? AND id = ? AND lease = ?`,
			append([]any{micros(until)}, leaseArgs(turn)...)...)
		return leased(changed, err)
	})
}

// ReleaseReceiver ends the lease.
func (s *Store) ReleaseReceiver(ctx context.Context, turn store.Turn) error {
	return s.write(ctx, "release receiver", func(tx *writeTx) error {
		_, err := tx.exec(ctx, `UPDATE receiver SET lease = NULL WHERE tenant = ? AND id = ? AND lease = ?`, leaseArgs(turn)...)
		return err
	})
}

// leaseArgs are the arguments for tenant, id and lease of a receiver.
func leaseArgs(turn store.Turn) []any {
	return []any{int64(turn.Receiver.Tenant), turn.Receiver.ID.String(), turn.Lease.String()}
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
	var events []store.OutboxRow
	through := after
	err := s.read(ctx, "events of receiver", func(tx *readTx) error {
		rows, err := tx.query(ctx, freshSQL, append(leaseArgs(turn), after, max(scan, 0))...)
		return each(rows, err, func(rows *sql.Rows) error {
			var matches bool
			event, err := scanEvent(rows, turn.Receiver.Tenant, &matches)
			through = event.Position
			if matches {
				events = append(events, event)
			}
			return err
		})
	})
	if err != nil {
		return nil, after, err
	}
	return events, through, nil
}
