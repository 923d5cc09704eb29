package postgres

import (
	"strings"

	"github.com/google/uuid"

	"rollcall/store"
)

// amend adds the statements that change the facts of a departed resource.
func (p *plan) amend(at int, change *store.Amend) {
	s := p.departedStep(at, change.Key, change.Match)
	when := s.arg(change.Trail.Audit.At) + "::timestamptz"
	s.add("WITH ")
	if change.Strip {
		addStripped(s)
	}
	s.add("changed AS (UPDATE departed d SET version = d.version + 1, purge_after = ", s.arg(timeOrNull(change.PurgeAfter)), "::timestamptz")
	if change.Strip {
		s.add(", kept = false, held_by = NULL")
	}
	addFacts(s, "d", &change.Facts)
	s.add(" WHERE d.tenant = $1 AND d.type = $2 AND d.id = $3 RETURNING d.version)")
	addTrail(s, &change.Trail, "changed", "NULL", "NULL")
	s.add(" SELECT c.version, ", when, ", ")
	if change.Strip {
		s.add(bumped(when), " FROM changed c")
	} else {
		s.add("true FROM changed c")
	}
	p.steps = append(p.steps, step{change: at, sql: s.sql(), args: s.args, outcome: scanOutcome})
}

// purge adds the statements that remove a departed resource for good.
func (p *plan) purge(at int, change *store.Purge) {
	s := p.departedStep(at, change.Key, change.Match)
	when := s.arg(change.Trail.Audit.At) + "::timestamptz"
	s.add("WITH ")
	addStripped(s)
	s.add(`gone AS (DELETE FROM departed d WHERE d.tenant = $1 AND d.type = $2 AND d.id = $3 RETURNING d.version + 1 AS version),
	unused AS (DELETE FROM activity a WHERE a.tenant = $1 AND a.type = $2 AND a.id = $3),
	forgotten AS (DELETE FROM sign_in s WHERE s.tenant = $1 AND s.type = $2 AND s.id = $3),
	buried AS (INSERT INTO tombstone (tenant, type, id, at, version) SELECT $1, $2, $3, `, when, `, g.version FROM gone g
		ON CONFLICT ON CONSTRAINT tombstone_key DO UPDATE SET at = excluded.at, version = excluded.version, unerased = true)`)
	addTrail(s, &change.Trail, "gone", "NULL", "NULL")
	s.add(" SELECT g.version, ", when, ", ", bumped(when), " FROM gone g")
	p.steps = append(p.steps, step{change: at, sql: s.sql(), args: s.args, outcome: scanOutcome})
}

// departedStep adds the step that locks a departed row and begins the statement
// that follows.
func (p *plan) departedStep(at int, key store.Key, match int64) *statement {
	args := []any{int64(key.Tenant), key.Type, id(key.ID)}
	p.steps = append(p.steps, step{change: at, sql: lockDepartedSQL, args: append(args[:3:3], match)})
	return &statement{args: args}
}

// addStripped adds the CTEs that remove what a Delete with Keep left in place.
func addStripped(s *statement) {
	const kept = `m.tenant = $1 AND EXISTS (SELECT 1 FROM departed d WHERE d.tenant = $1 AND d.type = $2 AND d.id = $3 AND d.kept)`
	s.add(`inward AS (`, strings.Replace(strippedInward, "m.tenant = $1", kept, 1), `), outward AS (`, strings.Replace(strippedOutward, "m.tenant = $1", kept, 1), `), `)
}

// lockDeparted locks departed rows in the order of their ids, as lockRows does
// with living ones.
const lockDeparted = `SELECT count(*) FROM (
		SELECT * FROM unnest($1::bigint[], $2::text[], $3::uuid[]) AS k (tenant, type, id) ORDER BY tenant, id, type) k
	CROSS JOIN LATERAL (
		SELECT 1 FROM departed d WHERE d.tenant = k.tenant AND d.type = k.type AND d.id = k.id FOR UPDATE) locked`

// departedKeys are the keys of the departed rows that changes are about.
func departedKeys(changes []store.Change) []store.Key {
	var list []store.Key
	for _, change := range changes {
		switch change := change.(type) {
		case *store.Restore:
			list = append(list, change.Record.Key)
		case *store.Amend:
			list = append(list, change.Key)
		case *store.Purge:
			list = append(list, change.Key)
		}
	}
	return list
}

func keyArrays(list []store.Key) (tenants []int64, types []string, ids []uuid.UUID) {
	for _, key := range list {
		tenants, types, ids = append(tenants, int64(key.Tenant)), append(types, key.Type), append(ids, key.ID)
	}
	return tenants, types, ids
}
