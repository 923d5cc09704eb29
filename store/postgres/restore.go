package postgres

import (
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const lockDepartedSQL = `SELECT rollcall_lock_departed($1, $2, $3, $4)`

// mostLost bounds Committed.Lost.
const mostLost = "1000"

// restore adds the statements of a restore. The resource comes back in one of
// them, its memberships in the next, to which it is living: so a group that was
// a member of itself is one again.
func (p *plan) restore(at int, change *store.Restore) {
	key := change.Record.Key
	args := []any{int64(key.Tenant), key.Type, id(key.ID)}
	back, rejoin := &statement{args: args[:3:3]}, &statement{args: args[:3:3]}
	buildReturn(back, change)
	buildRejoin(rejoin, change)
	p.steps = append(p.steps,
		step{change: at, sql: lockDepartedSQL, args: append(args[:3:3], change.Match)},
		step{change: at, sql: back.sql(), args: back.args},
		step{change: at, sql: rejoin.sql(), args: rejoin.args, outcome: scanRestored},
	)
}

// buildReturn writes the resource with its unique values and its password.
func buildReturn(s *statement, change *store.Restore) {
	record := &change.Record
	s.add("WITH returned AS (INSERT INTO resource (tenant, type, id, uniq, external_id, sort_name, label, modified, doc, idx, ",
		strings.Join(factNames, ", "), ", created, version, facts_revision) SELECT $1, $2, $3")
	for _, one := range []struct {
		value any
		typ   string
	}{
		{orNull(record.Name), "text"},
		{orNull(record.ExternalID), "text"},
		{orNull(record.SortName), "text"},
		{record.Label, "text"},
		{record.Modified, "timestamptz"},
		{record.Document, "text"},
		{nestIndex(record.Key, record.Index), "jsonb"},
	} {
		s.add(", ", s.arg(one.value), "::", one.typ)
	}
	for i, arg := range factArgs(&record.Facts) {
		s.add(", ", s.arg(arg), "::", factTypes[i])
	}
	s.add(`, d.created, d.version + 1, d.facts_revision + 1 FROM departed d WHERE d.tenant = $1 AND d.type = $2 AND d.id = $3)`)
	if change.PasswordHash != "" {
		s.add(", secret AS (INSERT INTO credential (tenant, type, id, password_hash) VALUES ($1, $2, $3, ", s.arg(change.PasswordHash), "))")
	}
	args := uniqueArgs(change.Unique)
	s.add(` INSERT INTO unique_value (tenant, type, id, attribute, value)
	SELECT $1, $2, $3, x.attribute, x.value FROM unnest(`, s.arg(args[0]), "::text[], ", s.arg(args[1]), `::text[]) AS x (attribute, value)`)
}

// buildRejoin puts back the memberships of the snapshot whose other side is
// living, as far as they are not still there, and ends the departure.
func buildRejoin(s *statement, change *store.Restore) {
	when := s.arg(change.Record.Modified) + "::timestamptz"
	s.add(`WITH ended AS (DELETE FROM departed d WHERE d.tenant = $1 AND d.type = $2 AND d.id = $3 RETURNING d.groups, d.members, d.version + 1 AS version),
	above AS MATERIALIZED (SELECT g ->> 0 AS type, (g ->> 1)::uuid AS id FROM ended e CROSS JOIN LATERAL jsonb_array_elements(e.groups) g ORDER BY 2),
	below AS MATERIALIZED (SELECT m ->> 0 AS type, (m ->> 1)::uuid AS id FROM ended e CROSS JOIN LATERAL jsonb_array_elements(e.members) m ORDER BY 2),
	held AS MATERIALIZED (`, livingOf("above"), `), kin AS MATERIALIZED (`, livingOf("below"), `),
	inward AS (INSERT INTO member (tenant, group_id, group_type, member_id, type) SELECT $1, h.id, h.type, $3, $2 FROM held h
		ON CONFLICT DO NOTHING RETURNING group_type, group_id),
	outward AS (INSERT INTO member (tenant, group_id, group_type, member_id, type) SELECT $1, $3, $2, k.id, k.type FROM kin k
		ON CONFLICT DO NOTHING)`)
	addTrail(s, &change.Trail, "ended", "NULL", "NULL")
	s.add(` SELECT e.version, `, when, ", ", bumped(when), `, ARRAY(
		(SELECT a.id FROM above a EXCEPT SELECT h.id FROM held h) UNION (SELECT b.id FROM below b EXCEPT SELECT k.id FROM kin k) ORDER BY 1 LIMIT `, mostLost, `)
	FROM ended e`)
}

// livingOf selects the resources of a relation that are living, and locks them
// so that they cannot be deleted before the commit.
func livingOf(relation string) string {
	return `SELECT r.type, r.id FROM ` + relation + ` n CROSS JOIN LATERAL (
		SELECT r.type, r.id FROM resource r WHERE r.tenant = $1 AND r.type = n.type AND r.id = n.id FOR KEY SHARE) r`
}

func scanRestored(source pgx.Row, committed *store.Committed) error {
	var modified pgtype.Timestamptz
	var lost []pgtype.UUID
	if err := source.Scan(&committed.Version, &modified, &committed.Changed, &lost); err != nil {
		return err
	}
	committed.Modified, committed.Lost = instant(modified), uuids(lost)
	return nil
}
