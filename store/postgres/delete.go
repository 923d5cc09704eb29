package postgres

import "rollcall/store"

const lockToDelete = `SELECT rollcall_lock($1, $2, $3, $4, true)`

// delete adds the statements of a delete, after lockOrder has locked the row and
// its groups. The lock is a statement of its own, as in update.
func (p *plan) delete(at int, change *store.Delete) {
	tenant, key := int64(change.Key.Tenant), id(change.Key.ID)
	s := &statement{args: []any{tenant, change.Key.Type, key}}
	buildDelete(s, change)
	p.steps = append(p.steps,
		step{change: at, sql: lockToDelete, args: []any{tenant, change.Key.Type, key, change.Match}},
		step{change: at, sql: s.sql(), args: s.args, outcome: true},
	)
}

// buildDelete moves the resource with its memberships and unique values to the
// departed. The password is not kept: nothing about a secret outlives its
// account.
func buildDelete(s *statement, change *store.Delete) {
	when := s.arg(change.At) + "::timestamptz"
	s.add(`WITH gone AS (DELETE FROM resource r WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3 RETURNING r.*),
	inward AS (DELETE FROM member m WHERE m.tenant = $1 AND m.member_id = $3 AND m.group_id <> $3 RETURNING m.group_type, m.group_id),
	outward AS (DELETE FROM member m WHERE m.tenant = $1 AND m.group_id = $3 RETURNING m.type, m.member_id),
	released AS (DELETE FROM unique_value u WHERE u.tenant = $1 AND u.type = $2 AND u.id = $3 RETURNING u.attribute, u.value),
	secret AS (DELETE FROM credential c WHERE c.tenant = $1 AND c.type = $2 AND c.id = $3),
	departure AS (INSERT INTO departed (tenant, type, id, uniq, external_id, sort_name, label, created, modified, version,
			stage, suspended_until, suspensions, doc, idx, unique_values, groups, members, deleted_at, purge_after)
		SELECT g.tenant, g.type, g.id, g.uniq, g.external_id, g.sort_name, g.label, g.created, g.modified, g.version + 1,
			g.stage, g.suspended_until, g.suspensions, g.doc, g.idx,
			(SELECT coalesce(jsonb_agg(jsonb_build_array(u.attribute, u.value)), '[]') FROM released u),
			(SELECT coalesce(jsonb_agg(jsonb_build_array(i.group_type, i.group_id)), '[]') FROM inward i),
			(SELECT coalesce(jsonb_agg(jsonb_build_array(o.type, o.member_id)), '[]') FROM outward o),
			`, when, ", ", s.arg(change.PurgeAfter), `::timestamptz
		FROM gone g)`)
	s.add(", ended AS (SELECT g.version + 1 AS version FROM gone g)")
	addTrail(s, &change.Trail, "ended", "NULL", "NULL")
	s.add(" SELECT g.version + 1, ", when, `, (SELECT rollcall_bump($1, array_agg(i.group_type ORDER BY i.group_id),
		array_agg(i.group_id ORDER BY i.group_id), `, when, `) FROM inward i) FROM gone g`)
}
