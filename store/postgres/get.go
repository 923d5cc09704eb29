package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rollcall/store"
)

const whereKey = ` WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3`

// getSQL are the statements of Get by what they read beside the record.
var getSQL = [...]string{
	0:                                     selected(0, "", whereKey),
	store.WithGroups:                      selected(store.WithGroups, groupsOfKey, whereKey),
	store.WithActivity:                    selected(store.WithActivity, "", whereKey),
	store.WithGroups | store.WithActivity: selected(store.WithGroups|store.WithActivity, groupsOfKey, whereKey),
}

// Get returns one resource, in one round trip with all that is asked for.
func (s *Store) Get(ctx context.Context, key store.Key, with store.Relations) (store.Record, error) {
	with &= store.WithGroups | store.WithActivity
	rows, err := s.pool.Query(ctx, getSQL[with], int64(key.Tenant), key.Type, id(key.ID))
	if err == nil {
		var record store.Record
		if record, err = onlyRecord(rows, key.Tenant, with); err == nil {
			return record, nil
		}
	}
	return store.Record{}, failure(ctx, "get "+key.Type, err)
}

// onlyRecord reads a result of at most one row.
func onlyRecord(rows pgx.Rows, tenant store.TenantID, with store.Relations) (store.Record, error) {
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return store.Record{}, err
		}
		return store.Record{}, pgx.ErrNoRows
	}
	record, err := readRecord(rows, tenant, with)
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
