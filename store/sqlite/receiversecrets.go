package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

func (t *writeTx) insertSecret(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, secret store.ReceiverSecret) error {
	_, err := t.exec(ctx, `INSERT INTO receiver_secret (tenant, receiver, id, purpose, value, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		int64(tenant), receiver.String(), secret.ID.String(), secret.Purpose, secret.Value, micros(secret.Created), optionalMicros(secret.Expires))
	return err
}

// ReceiverSecrets lists the secrets of a receiver, oldest first.
func (s *Store) ReceiverSecrets(ctx context.Context, tenant store.TenantID, receiver uuid.UUID) ([]store.ReceiverSecret, error) {
	var list []store.ReceiverSecret
	err := s.read(ctx, "receiver secrets", func(tx *readTx) error {
		rows, err := tx.query(ctx, `SELECT id, purpose, value, created, expires FROM receiver_secret
			WHERE tenant = ? AND receiver = ? ORDER BY created, id`, int64(tenant), receiver.String())
		return each(rows, err, func(rows *sql.Rows) error {
			var secret store.ReceiverSecret
			var created int64
			var expires sql.NullInt64
			err := rows.Scan(&secret.ID, &secret.Purpose, &secret.Value, &created, &expires)
			secret.Created, secret.Expires = instant(created), optionalInstant(expires)
			list = append(list, secret)
			return err
		})
	})
	return list, err
}

// RotateReceiverSecret stores a fresh secret and lets the others expire.
func (s *Store) RotateReceiverSecret(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, fresh store.ReceiverSecret, expire time.Time, audit store.Audit) error {
	return s.changeReceiver(ctx, "rotate secret of receiver", tenant, receiver, audit, func(tx *writeTx) error {
		return tx.rotateSecret(ctx, tenant, receiver, fresh, expire)
	})
}

func (t *writeTx) rotateSecret(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, fresh store.ReceiverSecret, expire time.Time) error {
	_, err := t.exec(ctx, `UPDATE receiver_secret SET expires = ?4
		WHERE tenant = ?1 AND receiver = ?2 AND purpose = ?3 AND (expires IS NULL OR expires > ?4)`,
		int64(tenant), receiver.String(), fresh.Purpose, micros(expire))
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, `DELETE FROM receiver_secret WHERE tenant = ? AND receiver = ? AND expires <= ?`,
		int64(tenant), receiver.String(), micros(fresh.Created)); err != nil {
		return err
	}
	return named(t.insertSecret(ctx, tenant, receiver, fresh))
}
