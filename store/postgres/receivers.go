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
	createReceiverSQL = `INSERT INTO receiver AS r (tenant, id, name, kind, url, events, options, created, state, since, reason,
		position, failures, failing, succeeded, due)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`

	updateReceiverSQL = `UPDATE receiver SET name = $3, url = $4, events = $5, options = $6 WHERE tenant = $1 AND id = $2
		AND name = $7 AND url = $8 AND events = $9 AND options::jsonb = $10::jsonb`

	setReceiverStateSQL = `UPDATE receiver SET state = $4, since = $5, reason = $6,
		failures = CASE WHEN $4 = 'active' THEN 0 ELSE failures END, failing = CASE WHEN $4 = 'active' THEN NULL ELSE failing END,
		succeeded = CASE WHEN $4 = 'active' THEN NULL ELSE succeeded END, due = CASE WHEN $4 = 'active' THEN NULL ELSE due END
	WHERE tenant = $1 AND id = $2 AND state = ANY($3)`

	restartDeliveriesSQL = `UPDATE delivery SET attempts = 0, first = NULL, due = $3 WHERE tenant = $1 AND receiver = $2 AND state = 'pending'`

	rewindReceiverSQL = `UPDATE receiver SET position = $3, lease = NULL WHERE tenant = $1 AND id = $2`
	dropPendingSQL    = `DELETE FROM delivery WHERE tenant = $1 AND receiver = $2 AND state = 'pending' AND position > $3`
)

// CreateReceiver stores a receiver with its secrets.
func (s *Store) CreateReceiver(ctx context.Context, receiver store.Receiver, secrets []store.ReceiverSecret, audit store.Audit) error {
	const operation = "create receiver"
	if err := errors.Join(receiver.Check(), audit.Check()); err != nil {
		return failure(ctx, operation, err)
	}
	return s.changeReceiver(ctx, operation, receiver.Tenant, receiver.ID, audit, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, createReceiverSQL, int64(receiver.Tenant), id(receiver.ID), receiver.Name, receiver.Kind, receiver.URL,
			listed(receiver.Events), object(receiver.Options), receiver.Created, receiver.State, receiver.Since, receiver.Reason,
			receiver.Position, receiver.Failures, timeOrNull(receiver.Failing), timeOrNull(receiver.Succeeded), timeOrNull(receiver.Due))
		for i := 0; err == nil && i < len(secrets); i++ {
			err = insertSecret(ctx, tx, receiver.Tenant, receiver.ID, secrets[i])
		}
		return err
	})
}

// UpdateReceiver replaces the settings of a receiver, and secrets with them.
func (s *Store) UpdateReceiver(ctx context.Context, before, receiver store.Receiver, fresh []store.ReceiverSecret, audit store.Audit) error {
	const operation = "update receiver"
	if err := errors.Join(receiver.Check(), audit.Check()); err != nil {
		return failure(ctx, operation, err)
	}
	return s.changeReceiver(ctx, operation, receiver.Tenant, receiver.ID, audit, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, updateReceiverSQL, int64(receiver.Tenant), id(receiver.ID), receiver.Name, receiver.URL,
			listed(receiver.Events), object(receiver.Options), before.Name, before.URL, listed(before.Events), object(before.Options))
		if err == nil && tag.RowsAffected() == 0 {
			return otherReceiver(ctx, tx, receiver.Tenant, receiver.ID)
		}
		for i := 0; err == nil && i < len(fresh); i++ {
			err = rotateSecret(ctx, tx, receiver.Tenant, receiver.ID, fresh[i], fresh[i].Created)
		}
		return err
	})
}

// otherReceiver is why a receiver was not changed that is as it was before: it is
// not so any more, or it is gone.
func otherReceiver(ctx context.Context, tx pgx.Tx, tenant store.TenantID, receiver uuid.UUID) error {
	var there int
	if err := tx.QueryRow(ctx, `SELECT 1 FROM receiver WHERE tenant = $1 AND id = $2`, int64(tenant), id(receiver)).Scan(&there); err != nil {
		return err
	}
	return store.ErrVersion
}

// SetReceiverState replaces the state of a receiver.
func (s *Store) SetReceiverState(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, from []string, to string, since time.Time, reason string, audit store.Audit) error {
	const operation = "set state of receiver"
	if err := errors.Join(store.CheckText("reason", reason), audit.Check()); err != nil {
		return failure(ctx, operation, err)
	}
	return s.changeReceiver(ctx, operation, tenant, receiver, audit, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, setReceiverStateSQL, int64(tenant), id(receiver), from, to, since, reason)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return otherReceiver(ctx, tx, tenant, receiver)
		}
		if to != store.ReceiverActive {
			return nil
		}
		_, err = tx.Exec(ctx, restartDeliveriesSQL, int64(tenant), id(receiver), since)
		return err
	})
}

// RewindReceiver sets the position of a receiver.
func (s *Store) RewindReceiver(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, position int64, audit store.Audit) error {
	return s.changeReceiver(ctx, "rewind receiver", tenant, receiver, audit, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, rewindReceiverSQL, int64(tenant), id(receiver), position)
		if err := found(tag.RowsAffected(), err); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, dropPendingSQL, int64(tenant), id(receiver), position)
		return err
	})
}

// DeleteReceiver removes a receiver and its secrets.
func (s *Store) DeleteReceiver(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, audit store.Audit) error {
	return s.changeReceiver(ctx, "delete receiver", tenant, receiver, audit, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM receiver WHERE tenant = $1 AND id = $2`, int64(tenant), id(receiver))
		if err := found(tag.RowsAffected(), err); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO receiver_gone (tenant, id) VALUES ($1, $2)`, int64(tenant), id(receiver))
		return err
	})
}

// changeReceiver runs a change and notes it, in one transaction.
func (s *Store) changeReceiver(ctx context.Context, operation string, tenant store.TenantID, receiver uuid.UUID, audit store.Audit, change func(pgx.Tx) error) error {
	return failure(ctx, operation, retry(ctx, func() error {
		return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			if err := change(tx); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, noteSQL, append([]any{int64(tenant), store.ReceiverSubject, id(receiver)}, auditArgs(&audit)...)...)
			return err
		})
	}))
}

// found turns no row into ErrNotFound.
func found(rows int64, err error) error {
	if err == nil && rows == 0 {
		return store.ErrNotFound
	}
	return err
}

// listed is an array that is never NULL.
func listed(texts []string) []string {
	if texts == nil {
		return []string{}
	}
	return texts
}
