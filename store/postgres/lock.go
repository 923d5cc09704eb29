package postgres

import (
	"github.com/google/uuid"

	"rollcall/store"
)

// lockRows locks what a commit will change, and the groups that its deletes
// will change, in one order for all commits, so that two of them do not wait
// for each other in a circle: it costs a second until the server sees one.
// Rows that do not exist are passed over; their change says so.
const lockRows = `SELECT count(*) FROM (
		SELECT k.tenant, k.type, k.id FROM unnest($1::bigint[], $2::text[], $3::uuid[], $4::boolean[]) AS k (tenant, type, id, deleted)
		UNION
		SELECT k.tenant, m.group_type, m.group_id FROM unnest($1::bigint[], $2::text[], $3::uuid[], $4::boolean[]) AS k (tenant, type, id, deleted)
		CROSS JOIN LATERAL (SELECT * FROM member m WHERE m.tenant = k.tenant AND m.member_id = k.id AND k.deleted OFFSET 0) m
		ORDER BY tenant, id, type) k
	CROSS JOIN LATERAL (
		SELECT 1 FROM resource r WHERE r.tenant = k.tenant AND r.type = k.type AND r.id = k.id FOR NO KEY UPDATE) locked`

// lockOrder adds the step that locks, where more than one row is at stake.
func (p *plan) lockOrder(changes []store.Change) {
	tenants, types := make([]int64, 0, len(changes)), make([]string, 0, len(changes))
	ids, deleted := make([]uuid.UUID, 0, len(changes)), make([]bool, 0, len(changes))
	deletes := false
	for _, change := range changes {
		var key store.Key
		switch change := change.(type) {
		case *store.Update:
			key = change.Key
			deleted = append(deleted, false)
		case *store.Delete:
			key = change.Key
			deleted = append(deleted, true)
			deletes = true
		default:
			continue
		}
		tenants, types, ids = append(tenants, int64(key.Tenant)), append(types, key.Type), append(ids, key.ID)
	}
	if len(ids) > 1 || deletes {
		p.steps = append(p.steps, step{sql: lockRows, args: []any{tenants, types, idArray(ids), deleted}})
	}
}
