package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"

	"rollcall/store"
)

const (
	deliveryColumns = `d.type, d.subject, d.version, d.at, d.event, d.position, d.state, d.ordered, d.attempts, d.first, d.last, d.due, d.status, d.error`

	pendingSQL = `SELECT ` + deliveryColumns + `, o.payload FROM receiver r
		JOIN delivery d ON d.tenant = r.tenant AND d.receiver = r.id AND d.state = 'pending'
		LEFT JOIN outbox o ON o.tenant = d.tenant AND o.position = d.position
		WHERE r.tenant = ? AND r.id = ? AND r.lease = ? ORDER BY d.position LIMIT ?`

	progressSQL = `UPDATE receiver SET position = max(position, ?), failures = ?, failing = ?, succeeded = ?, due = ?
		WHERE tenant = ? AND id = ? AND lease = ?`

	recordSQL = `INSERT INTO delivery (tenant, receiver, position, type, subject, version, at, event, state, ordered, attempts, first, last, due, status, error)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant, receiver, position) DO UPDATE SET state = excluded.state, ordered = excluded.ordered, attempts = excluded.attempts,
			first = excluded.first, last = excluded.last, due = excluded.due, status = excluded.status, error = excluded.error`

	// Events of one subject have ascending versions; the index finds the next one
	// however many there are.
	resumeSQL = `INSERT INTO delivery (tenant, receiver, position, type, subject, version, at, event, state, ordered, attempts, due, status, error)
		SELECT r.tenant, r.id, o.position, o.type, o.id, o.version, o.at, o.event_type, 'pending', 1, 0, ?7, 0, ''
		FROM receiver r, outbox o
		WHERE r.tenant = ?1 AND r.id = ?2 AND o.tenant = ?1 AND o.type = ?3 AND o.id = ?4 AND o.version >= ?5
			AND o.position > ?6 AND o.position <= r.position AND ` + wanted + `
		ORDER BY o.version, o.seq LIMIT 1
		ON CONFLICT (tenant, receiver, position) DO UPDATE SET state = 'pending', ordered = 1, attempts = 0, first = NULL, due = excluded.due`
)

// missed reports whether a receiver was taken or removed by somebody else.
func missed(err error) bool {
	return errors.Is(err, store.ErrLease) || errors.Is(err, store.ErrNotFound)
}

// Pending returns the oldest pending deliveries of the receiver.
func (s *Store) Pending(ctx context.Context, turn store.Turn, limit int) ([]store.Delivery, error) {
	var list []store.Delivery
	err := s.read(ctx, "pending deliveries", func(tx *readTx) error {
		rows, err := tx.query(ctx, pendingSQL, append(leaseArgs(turn), max(limit, 0))...)
		return each(rows, err, func(rows *sql.Rows) error {
			var payload []byte
			one, err := scanDelivery(rows, turn.Receiver.Tenant, turn.Receiver.ID, &payload)
			one.Event.Payload = payload
			list = append(list, one)
			return err
		})
	})
	return list, err
}

// Record stores progress in one transaction.
func (s *Store) Record(ctx context.Context, turn store.Turn, progress store.Progress) error {
	for i := range progress.Deliveries {
		if err := store.CheckText("error", progress.Deliveries[i].Error); err != nil {
			return wrap(ctx, "record deliveries", err)
		}
	}
	return s.write(ctx, "record deliveries", func(tx *writeTx) error {
		health := &progress.Health
		changed, err := tx.exec(ctx, progressSQL, append([]any{
			progress.Position, health.Failures, optionalMicros(health.Failing), optionalMicros(health.Succeeded), optionalMicros(health.Due),
		}, leaseArgs(turn)...)...)
		if err := leased(changed, err); err != nil {
			return err
		}
		for i := range progress.Deliveries {
			if err := tx.record(ctx, turn.Receiver.Tenant, turn.Receiver.ID, &progress.Deliveries[i]); err != nil {
				return err
			}
		}
		return tx.resume(ctx, turn, progress.Deliveries)
	})
}

func (t *writeTx) record(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, d *store.Delivery) error {
	event := &d.Event
	_, err := t.exec(ctx, recordSQL, int64(tenant), receiver.String(), event.Position, event.Subject.Type, event.Subject.ID.String(),
		event.Version, micros(event.At), event.Type, d.State, d.Ordered, d.Attempts, optionalMicros(d.First), optionalMicros(d.Last),
		optionalMicros(d.Due), d.Status, d.Error)
	return err
}

// resume lets the next event of each subject that was in the way go on.
func (t *writeTx) resume(ctx context.Context, turn store.Turn, list []store.Delivery) error {
	for i := range list {
		d := &list[i]
		if !d.Resume {
			continue
		}
		_, err := t.exec(ctx, resumeSQL, int64(turn.Receiver.Tenant), turn.Receiver.ID.String(), d.Event.Subject.Type, d.Event.Subject.ID.String(),
			d.Event.Version, d.Event.Position, optionalMicros(d.Last))
		if err != nil {
			return err
		}
	}
	return nil
}

// scanDelivery receives deliveryColumns, and more behind them.
func scanDelivery(rows *sql.Rows, tenant store.TenantID, receiver uuid.UUID, more ...any) (store.Delivery, error) {
	d := store.Delivery{Receiver: receiver, Event: store.OutboxRow{Subject: store.Key{Tenant: tenant}}}
	var at int64
	var first, last, due sql.NullInt64
	targets := []any{
		&d.Event.Subject.Type, &d.Event.Subject.ID, &d.Event.Version, &at, &d.Event.Type, &d.Event.Position,
		&d.State, &d.Ordered, &d.Attempts, &first, &last, &due, &d.Status, &d.Error,
	}
	err := rows.Scan(append(targets, more...)...)
	d.Event.At = instant(at)
	d.First, d.Last, d.Due = optionalInstant(first), optionalInstant(last), optionalInstant(due)
	return d, err
}
