package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

// countMembers reads no more of the index than is counted.
const countMembers = `SELECT g.id, m.n FROM unnest($2::uuid[]) AS g (id) CROSS JOIN LATERAL (
		SELECT count(*) AS n FROM (SELECT 1 FROM member m WHERE m.tenant = $1 AND m.group_id = g.id LIMIT $3) AS counted) m
	WHERE m.n > 0`

// CountMembers counts the direct members of groups, each up to most.
func (s *Store) CountMembers(ctx context.Context, tenant store.TenantID, groups []uuid.UUID, most int) (map[uuid.UUID]int, error) {
	counts := make(map[uuid.UUID]int, len(groups))
	rows, err := s.pool.Query(ctx, countMembers, int64(tenant), idArray(groups), int64(max(most, 0)))
	if err != nil {
		return nil, failure(ctx, "count members", err)
	}
	var group pgtype.UUID
	var n int
	_, err = pgx.ForEachRow(rows, []any{&group, &n}, func() error {
		counts[group.Bytes] = n
		return nil
	})
	return counts, failure(ctx, "count members", err)
}
