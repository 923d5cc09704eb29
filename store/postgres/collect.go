package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// collect reads all rows that a statement finds, each by scan.
func collect[T any](ctx context.Context, s *Store, operation string, scan func(pgx.Row) (T, error), text string, args ...any) ([]T, error) {
	rows, err := s.pool.Query(ctx, text, args...)
	if err != nil {
		return nil, failure(ctx, operation, err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (T, error) { return scan(row) })
	return list, failure(ctx, operation, err)
}
