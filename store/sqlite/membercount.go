package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/google/uuid"

	"rollcall/store"
)

// countMembers reads no more of the index than is counted.
const countMembers = `SELECT g.value, (SELECT count(*) FROM (SELECT 1 FROM member m WHERE m.tenant = ?1 AND m.group_id = g.value LIMIT ?3)) AS n
	FROM json_each(?2) g WHERE n > 0`

// CountMembers counts the direct members of groups, each up to most.
func (s *Store) CountMembers(ctx context.Context, tenant store.TenantID, groups []uuid.UUID, most int) (map[uuid.UUID]int, error) {
	list, err := json.Marshal(groups)
	if err != nil {
		return nil, wrap(ctx, "count members", err)
	}
	counts := make(map[uuid.UUID]int, len(groups))
	err = s.read(ctx, "count members", func(tx *readTx) error {
		rows, err := tx.query(ctx, countMembers, int64(tenant), string(list), max(most, 0))
		return each(rows, err, func(rows *sql.Rows) error {
			var group uuid.UUID
			var n int
			err := rows.Scan(&group, &n)
			counts[group] = n
			return err
		})
	})
	return counts, err
}
