package postgres

import "rollcall/store"

const lockSQL = `SELECT rollcall_lock($1, $2, $3, $4, $5, false)`

const releaseSQL = `DELETE FROM unique_value u USING unnest($4::text[], $5::text[]) AS x (attribute, value)
	WHERE u.tenant = $1 AND u.type = $2 AND u.id = $3 AND u.attribute = x.attribute AND u.value = x.value`

// moving reports whether an update moves the version whatever its members do.
func moving(change *store.Update) bool {
	return change.Record != nil || change.PasswordHash != nil || change.Facts != nil && !change.Noted
}

// noting reports whether an update writes anything that moves no version.
func noting(change *store.Update) bool {
	return change.Facts != nil || change.Activity != nil || len(change.SignIns) > 0 || len(change.Links) > 0 || len(change.Jobs) > 0 || change.RevokeTokens
}

// update adds the statements of an update. A change of members locks the row
// in a statement of its own, because a statement sees what was committed
// before it began: only the next one sees what the lock waited for, so that
// changes of one group at the same time lose nothing.
func (p *plan) update(at int, change *store.Update) error {
	key := change.Key
	s := &statement{args: []any{int64(key.Tenant), key.Type, id(key.ID)}}
	if !moving(change) && change.Facts == nil || !change.Members.IsZero() {
		p.steps = append(p.steps, step{change: at, sql: lockSQL, args: append(s.args[:3:3], change.Match, change.MatchFacts)})
	}
	if len(change.Release) > 0 {
		p.steps = append(p.steps, step{change: at, sql: releaseSQL, args: append(s.args[:3:3], uniqueArgs(change.Release)...)})
	}
	if change.Members.IsZero() {
		buildUpdate(s, change)
	} else if err := buildMembership(s, change); err != nil {
		return err
	}
	p.steps = append(p.steps, step{change: at, sql: s.sql(), args: s.args, outcome: scanOutcome})
	p.activity(at, change)
	p.links(at, change)
	p.jobs(at, change.Jobs)
	if change.RevokeTokens {
		p.revoke(at, key, change.Modified)
	}
	return nil
}

// buildUpdate builds an update that touches no members. Where it changes the
// row, the row is also where its preconditions are checked.
func buildUpdate(s *statement, change *store.Update) {
	if !moving(change) && change.Facts == nil {
		s.add("WITH stands AS (SELECT r.version, r.modified FROM resource r WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3)")
		addClaim(s, change.Claim)
		addNote(s, change, "stands")
		s.add(" SELECT s.version, s.modified, false FROM stands s")
		return
	}
	s.add("WITH ")
	moved := ""
	if !moving(change) {
		moved = "false"
	}
	addChanged(s, change, moved, "")
	addClaim(s, change.Claim)
	addPassword(s, change.PasswordHash)
	if moving(change) {
		addTrail(s, &change.Trail, "changed", "NULL", "NULL")
	} else {
		addNote(s, change, "changed")
	}
	s.add(" SELECT c.version, c.modified, ", truth(moving(change)), ` FROM changed c
	UNION ALL SELECT rollcall_refuse($1, $2, $3), NULL, false WHERE NOT EXISTS (SELECT 1 FROM changed)`)
}

func truth(of bool) string {
	if of {
		return "true"
	}
	return "false"
}

// addNote adds the trail of what is only noted. Without an action there is
// none: what is written down about each sign-in is its history.
func addNote(s *statement, change *store.Update, version string) {
	if noting(change) && change.Trail.Audit.Action != "" {
		addTrail(s, &change.Trail, version, "NULL", "NULL")
	}
}

// addChanged adds the CTE that changes the row and returns its version. moved is
// SQL that tells whether the version moves, empty for always.
func addChanged(s *statement, change *store.Update, moved, condition string) {
	modified := "greatest(r.modified, " + s.arg(change.Modified) + "::timestamptz)"
	s.add("changed AS (UPDATE resource r SET ")
	if moved == "" {
		s.add("version = r.version + 1, modified = ", modified)
	} else {
		s.add("version = r.version + CASE WHEN ", moved, " THEN 1 ELSE 0 END, modified = CASE WHEN ", moved, " THEN ", modified, " ELSE r.modified END")
	}
	if record := change.Record; record != nil {
		for _, column := range []struct {
			name  string
			value any
		}{
			{"uniq", orNull(record.Name)},
			{"external_id", orNull(record.ExternalID)},
			{"sort_name", orNull(record.SortName)},
			{"label", record.Label},
			{"doc", record.Document},
			{"idx", nestIndex(change.Key, record.Index)},
		} {
			s.add(", ", column.name, " = ", s.arg(column.value))
		}
	}
	if change.Facts != nil {
		addFacts(s, "r", change.Facts)
	}
	s.add(" WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3")
	if change.Match != 0 {
		s.add(" AND r.version = ", s.arg(change.Match))
	}
	if change.MatchFacts != 0 {
		s.add(" AND r.facts_revision = ", s.arg(change.MatchFacts))
	}
	s.add(condition, " RETURNING r.version, r.modified)")
}

// addFacts adds assignments of all facts, with the next revision. They end what
// was put off by Postpone: it was for the facts before.
func addFacts(s *statement, alias string, facts *store.Facts) {
	s.add(", facts_revision = ", alias, ".facts_revision + 1, postponed = NULL")
	for i, arg := range factArgs(facts) {
		s.add(", ", factNames[i], " = ", s.arg(arg))
	}
}

// addClaim takes unique values. Those that the resource holds already stay.
func addClaim(s *statement, unique []store.UniqueValue) {
	if len(unique) == 0 {
		return
	}
	args := uniqueArgs(unique)
	s.add(`, claimed AS (INSERT INTO unique_value (tenant, type, id, attribute, value)
	SELECT $1, $2, $3, x.attribute, x.value FROM unnest(`, s.arg(args[0]), "::text[], ", s.arg(args[1]), `::text[]) AS x (attribute, value)
	WHERE (SELECT u.id FROM unique_value u
		WHERE u.tenant = $1 AND u.type = $2 AND u.attribute = x.attribute AND u.value = x.value) IS DISTINCT FROM $3)`)
}

func addPassword(s *statement, hash *string) {
	switch {
	case hash == nil:
	case *hash == "":
		s.add(", secret AS (DELETE FROM credential c WHERE c.tenant = $1 AND c.type = $2 AND c.id = $3 AND EXISTS (SELECT 1 FROM changed))")
	default:
		s.add(", secret AS (INSERT INTO credential (tenant, type, id, password_hash) SELECT $1, $2, $3, ", s.arg(*hash),
			"::text FROM changed ON CONFLICT (tenant, type, id) DO UPDATE SET password_hash = excluded.password_hash)")
	}
}
