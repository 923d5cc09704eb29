package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"rollcall/store"
)

const (
	secretSQL = `SELECT value FROM secret WHERE name = $1`
	// Who loses a race waits for the winner here, and reads in a statement of
	// its own what that has stored.
	keepSecretSQL = `INSERT INTO secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`
)

// Secret returns the secret of that name.
func (s *Store) Secret(ctx context.Context, name string, fresh []byte) ([]byte, error) {
	if err := store.CheckKey("name of a secret", name); err != nil {
		return nil, failure(ctx, "secret", err)
	}
	var value []byte
	err := s.pool.QueryRow(ctx, secretSQL, name).Scan(&value)
	if !errors.Is(err, pgx.ErrNoRows) {
		return value, failure(ctx, "secret", err)
	}
	if _, err := s.pool.Exec(ctx, keepSecretSQL, name, fresh); err != nil {
		return nil, failure(ctx, "keep secret", err)
	}
	return value, failure(ctx, "secret", s.pool.QueryRow(ctx, secretSQL, name).Scan(&value))
}
