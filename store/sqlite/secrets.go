package sqlite

import (
	"context"
	"errors"

	"rollcall/store"
)

const secretSQL = `SELECT value FROM secret WHERE name = ?`

// Secret returns the secret of that name.
func (s *Store) Secret(ctx context.Context, name string, fresh []byte) ([]byte, error) {
	if err := store.CheckKey("name of a secret", name); err != nil {
		return nil, wrap(ctx, "secret", err)
	}
	var value []byte
	err := s.one(ctx, "secret", secretSQL, []any{name}, &value)
	if !errors.Is(err, store.ErrNotFound) {
		return value, err
	}
	err = s.write(ctx, "keep secret", func(tx *writeTx) error {
		if _, err := tx.exec(ctx, `INSERT INTO secret (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`, name, fresh); err != nil {
			return err
		}
		return tx.row(ctx, secretSQL, []any{name}, &value)
	})
	return value, err
}
