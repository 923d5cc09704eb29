package postgres

import "rollcall/store"

const lockSQL = `SELECT rollcall_lock($1, $2, $3, $4, false)`

const releaseSQL = `DELETE FROM unique_value u USING unnest($4::text[], $5::text[]) AS x (attribute, value)
	WHERE u.tenant = $1 AND u.type = $2 AND u.id = $3 AND u.attribute = x.attribute AND u.value = x.value`

// update adds the statements of an update. A change of members locks the row
// in a statement of its own, because a statement sees what was committed
// before it began: only the next one sees what the lock waited for, so that
// changes of one group at the same time lose nothing.
func (p *plan) update(at int, change *store.Update) error {
	key := change.Key
	forced := change.Record != nil || change.PasswordHash != nil
	if !forced || !change.Members.IsZero() {
		p.steps = append(p.steps, step{change: at, sql: lockSQL, args: []any{int64(key.Tenant), key.Type, id(key.ID), change.Match}})
	}
	if len(change.Release) > 0 {
		args := append([]any{int64(key.Tenant), key.Type, id(key.ID)}, uniqueArgs(change.Release)...)
		p.steps = append(p.steps, step{change: at, sql: releaseSQL, args: args})
	}
	s := &statement{args: []any{int64(key.Tenant), key.Type, id(key.ID)}}
	if change.Members.IsZero() {
		buildUpdate(s, change, forced)
	} else if err := buildMembership(s, change, forced); err != nil {
		return err
	}
	p.steps = append(p.steps, step{change: at, sql: s.sql(), args: s.args, outcome: true})
	return nil
}

// buildUpdate builds an update that touches no members. Where it changes the
// row, the row is also where its preconditions are checked.
func buildUpdate(s *statement, change *store.Update, forced bool) {
	if !forced {
		s.add("WITH key AS (SELECT 1)")
		addClaim(s, change.Claim)
		s.add(" SELECT r.version, r.modified, false FROM resource r WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3")
		return
	}
	s.add("WITH ")
	addChanged(s, change, "")
	addClaim(s, change.Claim)
	addPassword(s, change.PasswordHash)
	addTrail(s, &change.Trail, "changed", "NULL", "NULL")
	s.add(` SELECT c.version, c.modified, true FROM changed c
	UNION ALL SELECT rollcall_refuse($1, $2, $3), NULL, false WHERE NOT EXISTS (SELECT 1 FROM changed)`)
}

// addChanged adds the CTE that changes the row and returns its version.
func addChanged(s *statement, change *store.Update, condition string) {
	s.add("changed AS (UPDATE resource r SET version = r.version + 1, modified = greatest(r.modified, ", s.arg(change.Modified), "::timestamptz)")
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
			{"stage", record.Facts.Stage},
			{"suspended_until", timeOrNull(record.Facts.SuspendedUntil)},
			{"suspensions", record.Facts.Suspensions},
		} {
			s.add(", ", column.name, " = ", s.arg(column.value))
		}
	}
	s.add(" WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3")
	if change.Match != 0 {
		s.add(" AND r.version = ", s.arg(change.Match))
	}
	s.add(condition, " RETURNING r.version, r.modified)")
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
