package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rollcall/store"
)

const (
	fromKey       = ` FROM resource r WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3`
	getSQL        = `SELECT ` + columns + fromKey
	getWithGroups = `SELECT ` + columns + groupsOfKey + fromKey
)

// Get returns one resource, in one round trip with its groups as well.
func (s *Store) Get(ctx context.Context, key store.Key, with store.Relations) (store.Record, error) {
	sql, groups := getSQL, with&store.WithGroups != 0
	if groups {
		sql = getWithGroups
	}
	rows, err := s.pool.Query(ctx, sql, int64(key.Tenant), key.Type, id(key.ID))
	if err == nil {
		var record store.Record
		if record, err = onlyRecord(rows, key.Tenant, groups); err == nil {
			return record, nil
		}
	}
	return store.Record{}, failure(ctx, "get "+key.Type, err)
}

// onlyRecord reads a result of at most one row.
func onlyRecord(rows pgx.Rows, tenant store.TenantID, groups bool) (store.Record, error) {
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return store.Record{}, err
		}
		return store.Record{}, pgx.ErrNoRows
	}
	record, err := readRecord(rows, tenant, groups)
	if err != nil {
		return store.Record{}, err
	}
	rows.Close()
	return record, rows.Err()
}

// PasswordHash returns the stored hash of a resource's password.
func (s *Store) PasswordHash(ctx context.Context, key store.Key) (string, error) {
	const sql = `SELECT password_hash FROM credential WHERE tenant = $1 AND type = $2 AND id = $3`
	var hash string
	err := s.pool.QueryRow(ctx, sql, int64(key.Tenant), key.Type, id(key.ID)).Scan(&hash)
	return hash, failure(ctx, "get password hash", err)
}
