package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

// signingKeyLock is the key of the advisory lock that serialises changes of the
// signing keys: that of migrations and three more.
const signingKeyLock = migrationLock + 3

const (
	insertSigningKeySQL = `INSERT INTO signing_key (id, private, created, active, retired) VALUES ($1, $2, $3, $4, $5)`
	retireSigningKeys   = `UPDATE signing_key SET retired = $1 WHERE retired IS NULL`
	dropSigningKeys     = `DELETE FROM signing_key WHERE retired <= $1`
)

// SigningKeys lists the keys, oldest first.
func (s *Store) SigningKeys(ctx context.Context) ([]store.SigningKey, error) {
	return collect(ctx, s, "list signing keys", func(row pgx.Row) (store.SigningKey, error) {
		var key store.SigningKey
		var name pgtype.UUID
		var created, active, retired pgtype.Timestamptz
		err := row.Scan(&name, &key.Private, &created, &active, &retired)
		key.ID, key.Created, key.Active, key.Retired = name.Bytes, instant(created), instant(active), instant(retired)
		return key, err
	}, `SELECT id, private, created, active, retired FROM signing_key ORDER BY created, id`)
}

// FirstSigningKey stores a key if there is none.
func (s *Store) FirstSigningKey(ctx context.Context, key store.SigningKey) error {
	return s.changeSigningKeys(ctx, "store signing key", func(tx pgx.Tx) error {
		var some bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM signing_key)`).Scan(&some); err != nil || some {
			return err
		}
		return insertSigningKey(ctx, tx, key)
	})
}

// RotateSigningKey stores a key and lets the others retire.
func (s *Store) RotateSigningKey(ctx context.Context, fresh store.SigningKey, retire time.Time, by store.TenantID, audit store.Audit) error {
	if err := audit.Check(); err != nil {
		return failure(ctx, "rotate signing key", err)
	}
	return s.changeSigningKeys(ctx, "rotate signing key", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, dropSigningKeys, fresh.Created); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, retireSigningKeys, retire); err != nil {
			return err
		}
		if err := insertSigningKey(ctx, tx, fresh); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, noteSQL, append([]any{int64(by), store.SigningKeySubject, id(fresh.ID)}, auditArgs(&audit)...)...)
		return err
	})
}

func insertSigningKey(ctx context.Context, tx pgx.Tx, key store.SigningKey) error {
	_, err := tx.Exec(ctx, insertSigningKeySQL, id(key.ID), key.Private, key.Created, key.Active, timeOrNull(key.Retired))
	return err
}

func (s *Store) changeSigningKeys(ctx context.Context, operation string, change func(pgx.Tx) error) error {
	return failure(ctx, operation, pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(signingKeyLock)); err != nil {
			return err
		}
		return change(tx)
	}))
}
