package postgres

import (
	"context"

	"rollcall/store"
)

const (
	fromKey       = ` FROM resource r WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3`
	getSQL        = `SELECT ` + columns + fromKey
	getWithGroups = `SELECT ` + columns + groupColumn + fromKey
)

// Get returns one resource, in one round trip with its groups as well.
func (s *Store) Get(ctx context.Context, key store.Key, with store.Relations) (store.Record, error) {
	sql, groups := getSQL, with&store.WithGroups != 0
	if groups {
		sql = getWithGroups
	}
	record, err := scanRecord(s.pool.QueryRow(ctx, sql, int64(key.Tenant), key.Type, id(key.ID)), key.Tenant, groups)
	if err != nil {
		return store.Record{}, failure(ctx, "get "+key.Type, err)
	}
	return record, nil
}

// PasswordHash returns the stored hash of a resource's password.
func (s *Store) PasswordHash(ctx context.Context, key store.Key) (string, error) {
	const sql = `SELECT password_hash FROM credential WHERE tenant = $1 AND type = $2 AND id = $3`
	var hash string
	err := s.pool.QueryRow(ctx, sql, int64(key.Tenant), key.Type, id(key.ID)).Scan(&hash)
	return hash, failure(ctx, "get password hash", err)
}
