package postgres

import "rollcall/store"

// lockRows locks what a commit will change, and the groups that will lose or
// gain what it deletes, strips, purges or restores, in one order for all
// commits, so that two of them do not wait for each other in a circle: it costs
// a second until the server sees one. Rows that do not exist are passed over;
// their change says so.
const lockRows = `SELECT count(*) FROM (
		SELECT k.tenant, k.type, k.id FROM ` + lockedKeys + `
		UNION
		SELECT k.tenant, m.group_type, m.group_id FROM ` + lockedKeys + `
		CROSS JOIN LATERAL (SELECT * FROM member m WHERE m.tenant = k.tenant AND m.member_id = k.id AND k.leaves OFFSET 0) m
		UNION
		SELECT k.tenant, g ->> 0, (g ->> 1)::uuid FROM ` + lockedKeys + `
		CROSS JOIN LATERAL (SELECT d.groups FROM departed d WHERE d.tenant = k.tenant AND d.type = k.type AND d.id = k.id AND k.returns OFFSET 0) d
		CROSS JOIN LATERAL jsonb_array_elements(d.groups) g
		ORDER BY tenant, id, type) k
	CROSS JOIN LATERAL (
		SELECT 1 FROM resource r WHERE r.tenant = k.tenant AND r.type = k.type AND r.id = k.id FOR NO KEY UPDATE) locked`

const lockedKeys = `unnest($1::bigint[], $2::text[], $3::uuid[], $4::boolean[], $5::boolean[]) AS k (tenant, type, id, leaves, returns)`

// locks are what lockRows is called with.
type locks struct {
	keys            []store.Key
	leaves, returns []bool
}

func (l *locks) add(key store.Key, leaves, returns bool) {
	l.keys, l.leaves, l.returns = append(l.keys, key), append(l.leaves, leaves), append(l.returns, returns)
}

func (l *locks) step() step {
	tenants, types, ids := keyArrays(l.keys)
	return step{sql: lockRows, args: []any{tenants, types, idArray(ids), l.leaves, l.returns}}
}

// lockOrder adds the steps that lock, where more than one row is at stake:
// tallies, which are written first, then resources, then departed ones.
func (p *plan) lockOrder(changes []store.Change) {
	var l locks
	groups := false
	for _, change := range changes {
		switch change := change.(type) {
		case *store.Update:
			l.add(change.Key, false, false)
		case *store.Delete:
			l.add(change.Key, !change.Keep, false)
			groups = groups || !change.Keep
		case *store.Restore:
			l.add(change.Record.Key, false, true)
			groups = true
		case *store.Amend:
			if change.Strip {
				l.add(change.Key, true, false)
				groups = true
			}
		case *store.Purge:
			l.add(change.Key, true, false)
			groups = true
		}
	}
	if len(l.keys) > 1 || groups {
		p.steps = append(p.steps, l.step())
	}
	if departed := departedKeys(changes); len(departed) > 1 {
		tenants, types, ids := keyArrays(departed)
		p.steps = append(p.steps, step{sql: lockDeparted, args: []any{tenants, types, idArray(ids)}})
	}
}

// lockAll locks the rows of resources in the order of all commits.
func (p *plan) lockAll(resources []store.Reindexed) {
	var l locks
	for i := range resources {
		l.add(resources[i].Record.Key, false, false)
	}
	p.steps = append(p.steps, l.step())
}
