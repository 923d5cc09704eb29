package postgres

import (
	"strings"

	"github.com/google/uuid"

	"rollcall/store"
)

const lockToDelete = `SELECT rollcall_lock($1, $2, $3, $4, $5, true)`

// recordNames are the columns of a record that a departed row has as well, but
// for its version and its facts.
const recordNames = `tenant, type, id, uniq, external_id, sort_name, label, created, modified, doc, idx`

// delete adds the statements of a delete, after lockOrder has locked the row and
// its groups. The lock is a statement of its own, as in update.
func (p *plan) delete(at int, change *store.Delete) {
	tenant, key := int64(change.Key.Tenant), id(change.Key.ID)
	s := &statement{args: []any{tenant, change.Key.Type, key}}
	buildDelete(s, change)
	p.steps = append(p.steps,
		step{change: at, sql: lockToDelete, args: []any{tenant, change.Key.Type, key, change.Match, change.MatchFacts}},
		step{change: at, sql: s.sql(), args: s.args, outcome: scanOutcome},
	)
	p.revoke(at, change.Key, change.At)
}

// buildDelete moves the resource with its memberships and unique values to the
// departed. The password is not kept: nothing about a secret outlives its
// account. An id that departs a second time replaces its first departure.
func buildDelete(s *statement, change *store.Delete) {
	when := s.arg(change.At) + "::timestamptz"
	s.add(`WITH gone AS (DELETE FROM resource r WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3 RETURNING r.*), `)
	if change.Keep {
		s.add(`inward AS (SELECT m.group_type, m.group_id FROM member m WHERE m.tenant = $1 AND m.member_id = $3 AND m.group_id <> $3),
	outward AS (SELECT m.type, m.member_id FROM member m WHERE m.tenant = $1 AND m.group_id = $3), `)
	} else {
		s.add(`inward AS (`, strippedInward, `), outward AS (`, strippedOutward, `), `)
	}
	s.add(`released AS (DELETE FROM unique_value u WHERE u.tenant = $1 AND u.type = $2 AND u.id = $3 RETURNING u.attribute, u.value),
	secret AS (DELETE FROM credential c WHERE c.tenant = $1 AND c.type = $2 AND c.id = $3),
	unlinked AS (DELETE FROM link l WHERE l.tenant = $1 AND l.type = $2 AND l.id = $3), `)
	addDeparture(s, change, when)
	s.add(", ended AS (SELECT g.version + 1 AS version FROM gone g)")
	addTrail(s, &change.Trail, "ended", "NULL", "NULL")
	s.add(" SELECT g.version + 1, ", when, ", ")
	if change.Keep {
		s.add("true FROM gone g")
	} else {
		s.add(bumped(when), " FROM gone g")
	}
}

// addDeparture adds the CTE that writes the departed row, with its own facts or
// with those of the change.
func addDeparture(s *statement, change *store.Delete, when string) {
	facts := "g.facts_revision, g." + strings.Join(factNames, ", g.")
	if change.Facts != nil {
		values := []string{"g.facts_revision + 1"}
		for i, arg := range factArgs(change.Facts) {
			values = append(values, s.arg(arg)+"::"+factTypes[i])
		}
		facts = strings.Join(values, ", ")
	}
	heldBy := uuid.Nil
	if change.Keep {
		heldBy = change.HeldBy
	}
	names := recordNames + `, version, facts_revision, ` + strings.Join(factNames, ", ") + `, unique_values, groups, members, deleted_at, purge_after, kept, held_by`
	s.add(`departure AS (INSERT INTO departed (`, names, `)
		SELECT g.`, strings.ReplaceAll(recordNames, ", ", ", g."), `, g.version + 1, `, facts, `,
			(SELECT coalesce(jsonb_agg(jsonb_build_array(u.attribute, u.value)), '[]') FROM released u),
			(SELECT coalesce(jsonb_agg(jsonb_build_array(i.group_type, i.group_id)), '[]') FROM inward i),
			(SELECT coalesce(jsonb_agg(jsonb_build_array(o.type, o.member_id)), '[]') FROM outward o),
			`, when, ", ", s.arg(timeOrNull(change.PurgeAfter)), "::timestamptz, ", truth(change.Keep), ", ", s.arg(idOrNull(heldBy)), `::uuid FROM gone g
		ON CONFLICT ON CONSTRAINT departed_key DO UPDATE SET (`, names, `) = (excluded.`, strings.ReplaceAll(names, ", ", ", excluded."), `))`)
}

// What a resource is a member of, other than itself, and its members.
const (
	strippedInward  = `DELETE FROM member m WHERE m.tenant = $1 AND m.member_id = $3 AND m.group_id <> $3 RETURNING m.group_type, m.group_id`
	strippedOutward = `DELETE FROM member m WHERE m.tenant = $1 AND m.group_id = $3 RETURNING m.type, m.member_id`
)

// bumped moves the groups of the CTE inward on by one version; it is true.
func bumped(when string) string {
	return `(SELECT rollcall_bump($1, array_agg(i.group_type ORDER BY i.group_id), array_agg(i.group_id ORDER BY i.group_id), ` + when + `) FROM inward i)`
}
