package postgres

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"rollcall/store"
)

// auditArgs are the arguments for at, actor_kind, actor_id, action, request_id,
// reason and changes.
func auditArgs(audit *store.Audit) []any {
	return []any{
		audit.At, audit.ActorKind, audit.ActorID, audit.Action, audit.RequestID, audit.Reason, object(audit.Changes),
	}
}

// eventArgs are two arrays: types and payloads.
func eventArgs(events []store.Event) []any {
	types, payloads := make([]string, len(events)), make([]string, len(events))
	for i, event := range events {
		types[i], payloads[i] = event.Type, string(object(event.Payload))
	}
	return []any{types, payloads}
}

// uniqueArgs are two arrays: attributes and values.
func uniqueArgs(unique []store.UniqueValue) []any {
	attributes, values := make([]string, len(unique)), make([]string, len(unique))
	for i, value := range unique {
		attributes[i], values[i] = value.Attribute, value.Value
	}
	return []any{attributes, values}
}

// namedSQL notes who was added or removed, so that the row of the group is found
// by them. What names them follows.
const namedSQL = `INSERT INTO audit_member (tenant, member, at, id, type, subject)
	SELECT $1, u.id, n.at, n.id, $2, $3 FROM noted n CROSS JOIN LATERAL `

// addTrail adds the CTEs that write the trail of a change. version is a
// relation of one row with the version after the change, or of none where
// nothing changed; added and removed are arrays.
func addTrail(s *statement, trail *store.Trail, version, added, removed string) {
	s.add(`, noted AS (INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes, added, removed)
	SELECT $1, $2, $3, v.version`)
	casts := []string{"timestamptz", "text", "text", "text", "text", "text", "json"}
	for i, arg := range auditArgs(&trail.Audit) {
		s.add(", ", s.arg(arg), "::", casts[i])
	}
	s.add(", ", added, ", ", removed, " FROM ", version, " v")
	if added == "NULL" && removed == "NULL" {
		s.add(")")
	} else {
		s.add(" RETURNING at, id, added, removed), linked AS (", namedSQL, "unnest(n.added || n.removed) AS u (id))")
	}
	if len(trail.Events) == 0 {
		return
	}
	events := eventArgs(trail.Events)
	s.add(`, told AS (INSERT INTO outbox (tenant, type, subject, version, at, event, payload)
	SELECT $1, $2, $3, v.version, `, s.arg(trail.Audit.At), `::timestamptz, e.event, e.payload::json
	FROM `, version, ` v, unnest(`, s.arg(events[0]), "::text[], ", s.arg(events[1]), `::text[]) WITH ORDINALITY AS e (event, payload, n) ORDER BY e.n)`)
}

// takenAttribute tells which of the unique values of a change the database
// found taken. It says so only in the detail of its error, which names the
// key; we look for our own keys in it and pass none of it on.
func takenAttribute(key store.Key, unique []store.UniqueValue, err error) string {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.ConstraintName != "unique_value_key" {
		return ""
	}
	for _, value := range unique {
		named := "=(" + strings.Join([]string{itoa(int64(key.Tenant)), key.Type, value.Attribute, value.Value}, ", ") + ")"
		if strings.Contains(refused.Detail, named) {
			return value.Attribute
		}
	}
	if len(unique) == 1 {
		return unique[0].Attribute
	}
	return ""
}
