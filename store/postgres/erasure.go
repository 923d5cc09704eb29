package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const (
	unerasedSQL = `SELECT t.tenant, t.type, t.id, t.at, t.version FROM tombstone t
	WHERE t.unerased AND ($1::timestamptz IS NULL OR (t.at, t.tenant, t.type, t.id) > ($1, $2, $3, $4)) ORDER BY t.at, t.tenant, t.type, t.id LIMIT $5`

	setErasedSQL = `UPDATE tombstone t SET unerased = false WHERE t.tenant = $1 AND t.type = $2 AND t.id = $3 AND t.at = $4 AND t.unerased`
)

// Unerased returns tombstones of which something personal may be left.
func (s *Store) Unerased(ctx context.Context, after store.Tombstone, limit int) ([]store.Tombstone, error) {
	return collect(ctx, s, "look for what is to be erased", func(source pgx.Row) (store.Tombstone, error) {
		var one store.Tombstone
		var of pgtype.UUID
		var at pgtype.Timestamptz
		err := source.Scan((*int64)(&one.Key.Tenant), &one.Key.Type, &of, &at, &one.Version)
		one.Key.ID, one.At = of.Bytes, instant(at)
		return one, err
	}, unerasedSQL, planned, timeOrNull(after.At), int64(after.Key.Tenant), after.Key.Type, id(after.Key.ID), int64(max(limit, 0)))
}

// SetErased notes that nothing personal is left.
func (s *Store) SetErased(ctx context.Context, tombstone store.Tombstone) error {
	key := tombstone.Key
	_, err := s.pool.Exec(ctx, setErasedSQL, int64(key.Tenant), key.Type, id(key.ID), tombstone.At)
	return failure(ctx, "note an erasure", err)
}
