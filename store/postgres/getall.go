package postgres

import (
	"context"

	"github.com/google/uuid"

	"rollcall/store"
)

// getAllSQL looks each key up by itself, whatever the planner believes about
// their number.
const getAllSQL = `SELECT r.* FROM unnest($2::text[], $3::uuid[]) WITH ORDINALITY AS k (type, id, n)
	CROSS JOIN LATERAL (SELECT ` + columns + fromTenant + ` AND r.type = k.type AND r.id = k.id OFFSET 0) r ORDER BY k.n`

const fromTenant = ` FROM resource r WHERE r.tenant = $1`

// GetAll returns those of the resources that exist, in the order of the keys.
func (s *Store) GetAll(ctx context.Context, keys []store.Key, with store.Relations) ([]store.Record, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	tenant, types, ids := keys[0].Tenant, make([]string, len(keys)), make([]uuid.UUID, len(keys))
	for i, key := range keys {
		types[i], ids[i] = key.Type, key.ID
	}
	rows, err := s.pool.Query(ctx, getAllSQL, int64(tenant), types, idArray(ids))
	if err != nil {
		return nil, failure(ctx, "get several", err)
	}
	records, err := readRecords(rows, tenant, false)
	if err == nil && with&store.WithGroups != 0 && len(records) > 0 {
		err = s.fillGroups(ctx, tenant, records)
	}
	return records, failure(ctx, "get several", err)
}
