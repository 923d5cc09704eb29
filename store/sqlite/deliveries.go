package sqlite

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

const (
	resendSQL = `UPDATE delivery SET state = 'pending', ordered = (state = 'pending' AND ordered), attempts = 0, first = NULL, due = ?4
		WHERE tenant = ?1 AND receiver = ?2 AND position = ?3
			AND EXISTS (SELECT 1 FROM outbox o WHERE o.tenant = ?1 AND o.position = ?3)
			AND EXISTS (SELECT 1 FROM receiver r WHERE r.tenant = ?1 AND r.id = ?2)`

	resendFailedSQL = `UPDATE delivery SET state = 'pending', ordered = 0, attempts = 0, first = NULL, due = ?4
		WHERE tenant = ?1 AND receiver = ?2 AND state = 'failed' AND position IN (
			SELECT f.position FROM delivery f
			WHERE f.tenant = ?1 AND f.receiver = ?2 AND f.state = 'failed'
				AND EXISTS (SELECT 1 FROM outbox o WHERE o.tenant = ?1 AND o.position = f.position)
			ORDER BY f.position LIMIT ?3)`

	hurrySQL = `UPDATE receiver SET due = NULL WHERE tenant = ? AND id = ?`

	pruneDeliveriesSQL = `DELETE FROM delivery WHERE tenant = ?1 AND receiver = ?2 AND position IN (
		SELECT o.position FROM (
			SELECT d.position, d.last FROM delivery d WHERE d.tenant = ?1 AND d.receiver = ?2 AND d.state = ?3 ORDER BY d.position LIMIT ?5) o
		WHERE o.last < ?4)`

	pruneGoneSQL = `DELETE FROM delivery WHERE tenant = ?1 AND receiver = ?2 AND position IN (
		SELECT d.position FROM delivery d WHERE d.tenant = ?1 AND d.receiver = ?2 ORDER BY d.position LIMIT ?3)`

	forgetGoneSQL = `DELETE FROM receiver_gone
		WHERE tenant = ?1 AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.tenant = ?1 AND d.receiver = receiver_gone.id)`
)

// Resend makes a delivery pending and due. Who asks for one delivery does not
// want to wait until a receiver that was out of reach is tried again.
func (s *Store) Resend(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, position int64, now time.Time, audit store.Audit) error {
	return s.changeReceiver(ctx, "resend", tenant, receiver, audit, func(tx *writeTx) error {
		if _, err := tx.exec(ctx, hurrySQL, int64(tenant), receiver.String()); err != nil {
			return err
		}
		return found(tx.exec(ctx, resendSQL, int64(tenant), receiver.String(), position, micros(now)))
	})
}

// errNothing takes back a change that turned out to be none.
var errNothing = errors.New("nothing to change")

// ResendFailed makes deliveries that were given up pending and due.
func (s *Store) ResendFailed(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, limit int, now time.Time, audit store.Audit) (int, error) {
	var resent int64
	err := s.changeReceiver(ctx, "resend what failed", tenant, receiver, audit, func(tx *writeTx) error {
		if err := found(tx.exec(ctx, hurrySQL, int64(tenant), receiver.String())); err != nil {
			return err
		}
		n, err := tx.exec(ctx, resendFailedSQL, int64(tenant), receiver.String(), max(limit, 0), micros(now))
		if resent = n; err == nil && n == 0 {
			return errNothing
		}
		return err
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return int(resent), err
}

// PruneDeliveries removes old deliveries and those of receivers that are gone.
func (s *Store) PruneDeliveries(ctx context.Context, tenant store.TenantID, state string, before time.Time, limit int) (int, error) {
	var removed int64
	err := s.write(ctx, "prune deliveries", func(tx *writeTx) error {
		present, err := tx.texts(ctx, `SELECT id FROM receiver WHERE tenant = ?`, int64(tenant))
		if err != nil {
			return err
		}
		for _, receiver := range present {
			n, err := tx.exec(ctx, pruneDeliveriesSQL, int64(tenant), receiver, state, micros(before), max(limit, 0))
			if err != nil {
				return err
			}
			removed += n
		}
		n, err := tx.pruneGone(ctx, tenant, max(limit, 0))
		removed += n
		return err
	})
	return int(removed), err
}

func (t *writeTx) pruneGone(ctx context.Context, tenant store.TenantID, limit int) (removed int64, err error) {
	gone, err := t.texts(ctx, `SELECT id FROM receiver_gone WHERE tenant = ?`, int64(tenant))
	if err != nil || len(gone) == 0 {
		return 0, err
	}
	for _, receiver := range gone {
		n, err := t.exec(ctx, pruneGoneSQL, int64(tenant), receiver, limit)
		if err != nil {
			return 0, err
		}
		removed += n
	}
	_, err = t.exec(ctx, forgetGoneSQL, int64(tenant))
	return removed, err
}
