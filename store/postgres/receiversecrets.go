package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const (
	insertSecretSQL = `INSERT INTO receiver_secret (tenant, receiver, id, purpose, value, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7)`

	receiverSecretsSQL = `SELECT id, purpose, value, created, expires FROM receiver_secret WHERE tenant = $1 AND receiver = $2 ORDER BY created, id`

	expireSecretsSQL = `UPDATE receiver_secret SET expires = $4
	WHERE tenant = $1 AND receiver = $2 AND purpose = $3 AND (expires IS NULL OR expires > $4)`

	dropSecretsSQL = `DELETE FROM receiver_secret WHERE tenant = $1 AND receiver = $2 AND expires <= $3`
)

func insertSecret(ctx context.Context, tx pgx.Tx, tenant store.TenantID, receiver uuid.UUID, secret store.ReceiverSecret) error {
	_, err := tx.Exec(ctx, insertSecretSQL, int64(tenant), id(receiver), id(secret.ID), secret.Purpose, secret.Value,
		secret.Created, timeOrNull(secret.Expires))
	return err
}

// ReceiverSecrets lists the secrets of a receiver, oldest first.
func (s *Store) ReceiverSecrets(ctx context.Context, tenant store.TenantID, receiver uuid.UUID) ([]store.ReceiverSecret, error) {
	return collect(ctx, s, "list secrets of receiver", func(row pgx.Row) (store.ReceiverSecret, error) {
		var secret store.ReceiverSecret
		var key pgtype.UUID
		var created, expires pgtype.Timestamptz
		err := row.Scan(&key, &secret.Purpose, &secret.Value, &created, &expires)
		secret.ID, secret.Created, secret.Expires = key.Bytes, instant(created), instant(expires)
		return secret, err
	}, receiverSecretsSQL, int64(tenant), id(receiver))
}

// RotateReceiverSecret stores a fresh secret and lets the others expire.
func (s *Store) RotateReceiverSecret(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, fresh store.ReceiverSecret, expire time.Time, audit store.Audit) error {
	return s.changeReceiver(ctx, "rotate secret of receiver", tenant, receiver, audit, func(tx pgx.Tx) error {
		return rotateSecret(ctx, tx, tenant, receiver, fresh, expire)
	})
}

func rotateSecret(ctx context.Context, tx pgx.Tx, tenant store.TenantID, receiver uuid.UUID, fresh store.ReceiverSecret, expire time.Time) error {
	if _, err := tx.Exec(ctx, expireSecretsSQL, int64(tenant), id(receiver), fresh.Purpose, expire); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, dropSecretsSQL, int64(tenant), id(receiver), fresh.Created); err != nil {
		return err
	}
	return insertSecret(ctx, tx, tenant, receiver, fresh)
}
