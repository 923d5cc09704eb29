package postgres

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"rollcall/store"
)

// getAllSQL looks each key up by itself, whatever the planner believes about
// their number.
func getAllSQL(with store.Relations) string {
	return `SELECT r.* FROM unnest($2::text[], $3::uuid[]) WITH ORDINALITY AS k (type, id, n) CROSS JOIN LATERAL (` +
		selected(with, "", ` WHERE r.tenant = $1 AND r.type = k.type AND r.id = k.id OFFSET 0`) + `) r ORDER BY k.n`
}

var (
	getAllPlain    = getAllSQL(0)
	getAllActivity = getAllSQL(store.WithActivity)
)

// GetAll returns those of the resources that exist, in the order of the keys.
func (s *Store) GetAll(ctx context.Context, keys []store.Key, with store.Relations) ([]store.Record, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	tenant, types, ids := keys[0].Tenant, make([]string, len(keys)), make([]uuid.UUID, len(keys))
	for i, key := range keys {
		types[i], ids[i] = key.Type, key.ID
	}
	sql := getAllPlain
	if with&store.WithActivity != 0 {
		sql = getAllActivity
	}
	rows, err := s.pool.Query(ctx, sql, int64(tenant), types, idArray(ids))
	if err != nil {
		return nil, failure(ctx, "get several", err)
	}
	records, err := readRecords(rows, tenant, with&store.WithActivity)
	if err == nil && with&store.WithGroups != 0 && len(records) > 0 {
		err = s.fillGroups(ctx, tenant, records)
	}
	return records, failure(ctx, "get several", err)
}

// takenSQL looks each name up by the index of names.
const takenSQL = `SELECT n.name FROM unnest($3::text[]) AS n (name)
	CROSS JOIN LATERAL (SELECT 1 FROM resource r WHERE r.tenant + 1 = $1::bigint + 1 AND r.type = $2 AND r.uniq = n.name OFFSET 0) r`

// Taken returns those of the names that resources of the type have.
func (s *Store) Taken(ctx context.Context, tenant store.TenantID, typ string, names []string) ([]string, error) {
	rows, err := s.pool.Query(ctx, takenSQL, int64(tenant), typ, slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !store.Storable(name) }))
	if err != nil {
		return nil, failure(ctx, "look for names", err)
	}
	taken, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return taken, failure(ctx, "look for names", err)
}
