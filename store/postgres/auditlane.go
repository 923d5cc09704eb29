package postgres

import (
	"strings"

	"rollcall/store"
)

// lane is an index of the trail, cut to what a search fixes of it.
type lane struct {
	// fixed is the condition on the leading columns.
	fixed string
	// steps are the columns between those and (at, id): kinds of actors and
	// actions, of which there are some dozens, however many rows.
	steps []string
}

// addFound adds the CTE "found": at, id and place of the rows of a page, up to
// the number that limit stands for.
func addFound(s *statement, search store.AuditSearch, limit string) {
	tenant := s.arg(int64(search.Tenant)) + "::bigint"
	switch {
	case search.SubjectType != "":
		addAbout(s, search, tenant, limit)
	case search.RequestID != "":
		s.add("WITH found AS (", places, "audit a WHERE a.tenant + 3 = ", tenant, " + 3 AND a.request_id = ", s.arg(search.RequestID),
			" AND a.request_id <> ''", span(s, search, "a"), residual(s, search), inTime(search, "a"), " LIMIT ", limit, ")")
	case search.ActorID != "":
		addLanes(s, search, limit, lane{
			fixed: "a.tenant + 2 = " + tenant + " + 2 AND a.actor_id = " + s.arg(search.ActorID), steps: []string{"action"},
		})
	default:
		addLanes(s, search, limit, lane{fixed: "a.tenant + 1 = " + tenant + " + 1", steps: []string{"actor_kind", "action"}})
	}
}

const places = "SELECT a.at, a.id, a.ctid AS place FROM "

// addLanes finds the combinations of the steps by jumping from one to the next
// in the index, reads the page of each that is wanted, and merges those. So
// what is asked by action, by what actions begin with, or by nothing but time is
// a matter of some dozen look-ups in one index.
func addLanes(s *statement, search store.AuditSearch, limit string, l lane) {
	of := func(alias string) string { return alias + "." + strings.Join(l.steps, ", "+alias+".") }
	same := make([]string, len(l.steps))
	for i, step := range l.steps {
		same[i] = "a." + step + " = l." + step
	}
	from := " FROM audit a WHERE " + l.fixed
	first := " ORDER BY " + of("a") + " LIMIT 1"
	s.add("WITH RECURSIVE lane AS ((SELECT ", of("a"), from, first, `)
	UNION ALL SELECT n.* FROM lane l CROSS JOIN LATERAL (SELECT `, of("a"), from, " AND (", of("a"), ") > (", of("l"), ")", first, `) n),
	found AS (SELECT f.* FROM lane l CROSS JOIN LATERAL (`, places, "audit a WHERE ", l.fixed, " AND ", strings.Join(same, " AND "),
		span(s, search, "a"), residual(s, search), inTime(search, "a"), " LIMIT ", limit, ") f",
		inTime(search, "f"), " LIMIT ", limit, ")")
}

// addAbout finds the rows about a subject and those of the groups that it
// joined or left. Each part is read in its order; a group that is its own
// member is in the first part already.
func addAbout(s *statement, search store.AuditSearch, tenant, limit string) {
	typ, subject := s.arg(search.SubjectType), s.arg(id(search.Subject))
	s.add("WITH found AS (SELECT f.* FROM ((", places, "audit a WHERE a.tenant = ", tenant, " AND a.type = ", typ, " AND a.subject = ", subject,
		span(s, search, "a"), residual(s, search), inTime(search, "a"), " LIMIT ", limit, `)
	UNION ALL (`, places, "audit_member m CROSS JOIN LATERAL (SELECT a.ctid, a.* FROM audit a WHERE a.tenant = ", tenant,
		" AND a.type = m.type AND a.subject = m.subject AND a.at = m.at AND a.id = m.id OFFSET 0) a WHERE m.tenant = ", tenant,
		" AND m.member = ", subject, " AND (m.subject <> ", subject, " OR m.type <> ", typ, ")", span(s, search, "m"), residual(s, search), inTime(search, "m"), " LIMIT ", limit, ")) f",
		inTime(search, "f"), " LIMIT ", limit, ")")
}

// span bounds the time and begins after the position.
func span(s *statement, search store.AuditSearch, alias string) string {
	var text strings.Builder
	if !search.From.IsZero() {
		text.WriteString(" AND " + alias + ".at >= " + s.arg(search.From) + "::timestamptz")
	}
	if !search.Until.IsZero() {
		text.WriteString(" AND " + alias + ".at < " + s.arg(search.Until) + "::timestamptz")
	}
	if after := search.After; !after.IsZero() {
		sign := " < "
		if search.OldestFirst {
			sign = " > "
		}
		text.WriteString(" AND (" + alias + ".at, " + alias + ".id)" + sign + "(" + s.arg(after.At) + "::timestamptz, " + s.arg(after.Number) + "::bigint)")
	}
	return text.String()
}

// residual is what is asked of actor, action and request. Where an index fixes
// it, it costs nothing.
func residual(s *statement, search store.AuditSearch) string {
	var text strings.Builder
	for _, equal := range []struct{ column, value string }{
		{"actor_kind", search.ActorKind}, {"actor_id", search.ActorID}, {"request_id", search.RequestID},
	} {
		if equal.value != "" {
			text.WriteString(" AND a." + equal.column + " = " + s.arg(equal.value))
		}
	}
	if begin, end, ok := search.Actions(); ok {
		text.WriteString(" AND a.action >= " + s.arg(begin) + " AND a.action < " + s.arg(end))
	} else if search.Action != "" {
		text.WriteString(" AND a.action = " + s.arg(search.Action))
	}
	return text.String()
}

func inTime(search store.AuditSearch, alias string) string {
	if search.OldestFirst {
		return " ORDER BY " + alias + ".at, " + alias + ".id"
	}
	return " ORDER BY " + alias + ".at DESC, " + alias + ".id DESC"
}
