package sqlite

import (
	"context"
	"database/sql"
	"time"

	"rollcall/store"
)

// SigningKeys lists the keys, oldest first.
func (s *Store) SigningKeys(ctx context.Context) ([]store.SigningKey, error) {
	var list []store.SigningKey
	err := s.read(ctx, "signing keys", func(tx *readTx) error {
		rows, err := tx.query(ctx, `SELECT id, private, created, active, retired FROM signing_key ORDER BY created, id`)
		return each(rows, err, func(rows *sql.Rows) error {
			var key store.SigningKey
			var created, active int64
			var retired sql.NullInt64
			err := rows.Scan(&key.ID, &key.Private, &created, &active, &retired)
			key.Created, key.Active, key.Retired = instant(created), instant(active), optionalInstant(retired)
			list = append(list, key)
			return err
		})
	})
	return list, err
}

// FirstSigningKey stores a key if there is none.
func (s *Store) FirstSigningKey(ctx context.Context, key store.SigningKey) error {
	return s.write(ctx, "store signing key", func(tx *writeTx) error {
		_, err := tx.exec(ctx, `INSERT INTO signing_key (id, private, created, active, retired)
			SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM signing_key)`,
			key.ID.String(), key.Private, micros(key.Created), micros(key.Active), optionalMicros(key.Retired))
		return err
	})
}

// RotateSigningKey stores a key and lets the others retire.
func (s *Store) RotateSigningKey(ctx context.Context, fresh store.SigningKey, retire time.Time, by store.TenantID, audit store.Audit) error {
	if err := audit.Check(); err != nil {
		return wrap(ctx, "rotate signing key", err)
	}
	return s.write(ctx, "rotate signing key", func(tx *writeTx) error {
		if _, err := tx.exec(ctx, `DELETE FROM signing_key WHERE retired <= ?`, micros(fresh.Created)); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `UPDATE signing_key SET retired = ? WHERE retired IS NULL`, micros(retire)); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `INSERT INTO signing_key (id, private, created, active, retired) VALUES (?, ?, ?, ?, ?)`,
			fresh.ID.String(), fresh.Private, micros(fresh.Created), micros(fresh.Active), optionalMicros(fresh.Retired))
		if err != nil {
			return err
		}
		return tx.audit(ctx, int64(by), store.SigningKeySubject, fresh.ID.String(), 0, audit, moved{})
	})
}
