package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"rollcall/store"
)

const (
	resendSQL = `UPDATE delivery d SET state = 'pending', ordered = (d.state = 'pending' AND d.ordered), attempts = 0, first = NULL, due = $4
	WHERE d.tenant = $1 AND d.receiver = $2 AND d.position = $3
		AND EXISTS (SELECT 1 FROM outbox o WHERE o.tenant = $1 AND o.position = $3)
		AND EXISTS (SELECT 1 FROM receiver r WHERE r.tenant = $1 AND r.id = $2)`

	resendFailedSQL = `UPDATE delivery d SET state = 'pending', ordered = false, attempts = 0, first = NULL, due = $4
	WHERE d.tenant = $1 AND d.receiver = $2 AND d.state = 'failed' AND d.position IN (
		SELECT f.position FROM delivery f
		WHERE f.tenant = $1 AND f.receiver = $2 AND f.state = 'failed'
			AND EXISTS (SELECT 1 FROM outbox o WHERE o.tenant = $1 AND o.position = f.position)
		ORDER BY f.position LIMIT $3)`

	// Who asks for one delivery does not want to wait until a receiver that was
	// out of reach is tried again.
	hurrySQL = `UPDATE receiver SET due = NULL WHERE tenant = $1 AND id = $2`

	pruneDeliveriesSQL = `DELETE FROM delivery d USING receiver r CROSS JOIN LATERAL (
		SELECT o.position, o.last FROM delivery o WHERE o.tenant = $1 AND o.receiver = r.id AND o.state = $2 ORDER BY o.position LIMIT $4) old
	WHERE r.tenant = $1 AND old.last < $3 AND d.tenant = $1 AND d.receiver = r.id AND d.position = old.position`

	pruneGoneSQL = `DELETE FROM delivery d USING receiver_gone g CROSS JOIN LATERAL (
		SELECT o.position FROM delivery o WHERE o.tenant = $1 AND o.receiver = g.id ORDER BY o.position LIMIT $2) old
	WHERE g.tenant = $1 AND d.tenant = $1 AND d.receiver = g.id AND d.position = old.position`

	forgetGoneSQL = `DELETE FROM receiver_gone g
	WHERE g.tenant = $1 AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.tenant = $1 AND d.receiver = g.id)`
)

// Resend makes a delivery pending and due.
func (s *Store) Resend(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, position int64, now time.Time, audit store.Audit) error {
	return s.changeReceiver(ctx, "resend", tenant, receiver, audit, func(tx pgx.Tx) error {
		// In the order of Record: the receiver first.
		if _, err := tx.Exec(ctx, hurrySQL, int64(tenant), id(receiver)); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, resendSQL, int64(tenant), id(receiver), position, now)
		return found(tag.RowsAffected(), err)
	})
}

// errNothing takes back a change that turned out to be none.
var errNothing = errors.New("nothing to change")

// ResendFailed makes deliveries that were given up pending and due.
func (s *Store) ResendFailed(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, limit int, now time.Time, audit store.Audit) (int, error) {
	var resent int64
	err := s.changeReceiver(ctx, "resend what failed", tenant, receiver, audit, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, hurrySQL, int64(tenant), id(receiver))
		if err := found(tag.RowsAffected(), err); err != nil {
			return err
		}
		tag, err = tx.Exec(ctx, resendFailedSQL, int64(tenant), id(receiver), int64(max(limit, 0)), now)
		if resent = tag.RowsAffected(); err == nil && resent == 0 {
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
	old, err := s.pool.Exec(ctx, pruneDeliveriesSQL, int64(tenant), state, before, int64(max(limit, 0)))
	if err != nil {
		return 0, failure(ctx, "prune deliveries", err)
	}
	gone, err := s.pool.Exec(ctx, pruneGoneSQL, int64(tenant), int64(max(limit, 0)))
	if err == nil {
		_, err = s.pool.Exec(ctx, forgetGoneSQL, int64(tenant))
	}
	return int(old.RowsAffected() + gone.RowsAffected()), failure(ctx, "prune deliveries", err)
}
