package sqlite

import "rollcall/store"

// foundAudit selects at and seq of the rows of a page.
func foundAudit(search store.AuditSearch, limit int) fragment {
	tenant := int64(search.Tenant)
	switch {
	case search.SubjectType != "":
		return auditAbout(search, limit)
	case search.RequestID != "":
		return sqlf("SELECT a.at, a.seq FROM audit a INDEXED BY audit_request WHERE a.tenant = %s AND a.request_id = %s AND a.request_id <> ''%s%s ORDER BY %s LIMIT %s",
			tenant, search.RequestID, auditSpan(search, "a"), auditResidual(search), auditOrder(search, "a"), limit)
	case search.ActorID != "":
		return lane{
			index: "audit_actor", fixed: sqlf("a.tenant = %s AND a.actor_id = %s", tenant, search.ActorID),
			first: "a.action", beyond: []raw{"a.action > l.action"}, same: "a.action = l.action",
		}.found(search, limit)
	}
	if search.ActorKind == "" && search.Action == "" {
		return sqlf("SELECT a.at, a.seq FROM audit a INDEXED BY audit_time WHERE a.tenant = %s%s ORDER BY %s LIMIT %s",
			tenant, auditSpan(search, "a"), auditOrder(search, "a"), limit)
	}
	return lane{
		index: "audit_action", fixed: sqlf("a.tenant = %s", tenant), first: "a.actor_kind, a.action",
		beyond: []raw{"a.actor_kind = l.actor_kind AND a.action > l.action", "a.actor_kind > l.actor_kind"},
		same:   "a.actor_kind = l.actor_kind AND a.action = l.action",
	}.found(search, limit)
}

// lane is an index of the trail, cut to what a search fixes of it. Between that
// and at stand kinds of actors and actions, of which there are some dozens,
// however many rows.
type lane struct {
	index raw
	fixed fragment
	// first is the order of those columns, same is what equals the row l in
	// them.
	first, same raw
	// beyond is what comes after l in that order, piece by piece: SQLite scans
	// for a comparison of rows that it could seek.
	beyond []raw
}

// found jumps in the index from one combination to the next, reads the page of
// each, and merges those. So what is asked by kind of actor, by action or by
// what actions begin with is a matter of some dozen look-ups in one index.
func (l lane) found(search store.AuditSearch, limit int) fragment {
	head := sqlf("SELECT a.seq FROM audit a INDEXED BY %s WHERE %s", l.index, l.fixed)
	next := make([]fragment, 0, len(l.beyond)+1)
	for _, piece := range append(l.beyond, "false") {
		next = append(next, sqlf("(%s AND %s ORDER BY %s LIMIT 1)", head, piece, l.first))
	}
	return sqlf(`WITH RECURSIVE lane (seq) AS (
		SELECT (%s ORDER BY %s LIMIT 1)
		UNION ALL SELECT coalesce(%s) FROM lane CROSS JOIN audit l ON l.seq = lane.seq)
		SELECT f.at, f.seq FROM lane CROSS JOIN audit l ON l.seq = lane.seq CROSS JOIN audit f ON f.seq IN (
			%s AND %s%s%s ORDER BY %s LIMIT %s)
		ORDER BY %s LIMIT %s`,
		head, l.first, join(next, ", "),
		head, l.same, auditSpan(search, "a"), auditResidual(search), auditOrder(search, "a"), limit,
		auditOrder(search, "f"), limit)
}

// auditAbout selects the rows about a subject and those of the groups that it
// joined or left. A group that is its own member is in the first part already.
func auditAbout(search store.AuditSearch, limit int) fragment {
	tenant, subject := int64(search.Tenant), search.Subject.String()
	return sqlf(`SELECT f.at, f.seq FROM (
		SELECT * FROM (SELECT a.at, a.seq FROM audit a INDEXED BY audit_subject
			WHERE a.tenant = %s AND a.type = %s AND a.id = %s%s%s ORDER BY %s LIMIT %s)
		UNION ALL
		SELECT * FROM (SELECT m.at, m.seq FROM audit_member m CROSS JOIN audit a ON a.seq = m.seq
			WHERE m.tenant = %s AND m.member = %s AND (a.id <> %s OR a.type <> %s)%s%s ORDER BY %s LIMIT %s)) f
		ORDER BY %s LIMIT %s`,
		tenant, search.SubjectType, subject, auditSpan(search, "a"), auditResidual(search), auditOrder(search, "a"), limit,
		tenant, subject, subject, search.SubjectType, auditSpan(search, "m"), auditResidual(search), auditOrder(search, "m"), limit,
		auditOrder(search, "f"), limit)
}
