package postgres

import (
	"errors"
	"slices"

	"rollcall/store"
)

// buildMembership builds an update of a group whose row is locked. It works on
// sets: the members never come to the client, and every join is a look-up by
// key or a set operation, whatever the planner believes about sizes.
func buildMembership(s *statement, change *store.Update) error {
	members := change.Members
	gone, err := departing(s, change)
	if err != nil {
		return err
	}
	s.add("WITH named AS (SELECT DISTINCT u.id FROM unnest(", s.arg(idArray(members.Add)), "::uuid[]) AS u (id)), ")
	if members.Replace {
		s.add(`fresh AS (SELECT n.id FROM named n EXCEPT SELECT m.member_id FROM member m WHERE m.tenant = $1 AND m.group_id = $3),
	lost AS (SELECT m.member_id AS id FROM member m WHERE m.tenant = $1 AND m.group_id = $3 EXCEPT SELECT n.id FROM named n),
	`, parted(byKey("lost")), ", ")
	} else {
		s.add(`fresh AS (SELECT n.id FROM named n WHERE (
		SELECT true FROM member m WHERE m.tenant = $1 AND m.group_id = $3 AND m.member_id = n.id) IS NULL),
	`, parted(gone), ", ")
	}
	s.add(living("fresh", s.arg(change.MemberTypes)), `,
	joined AS (INSERT INTO member (tenant, group_id, group_type, member_id, type) SELECT $1, $3, $2, l.id, l.type FROM living l
		RETURNING member_id), `)
	// Counting runs the membership to its end before the row changes: a group
	// that joins itself has to find its row as it was.
	const shifted = "(SELECT count(*) FROM joined) + (SELECT count(*) FROM parted) > 0"
	switch {
	case moving(change):
		addChanged(s, change, "", " AND (SELECT count(*) FROM joined) >= 0")
	case change.Facts != nil:
		addChanged(s, change, shifted, "")
	default:
		addChanged(s, change, "", " AND "+shifted)
	}
	addClaim(s, change.Claim)
	addPassword(s, change.PasswordHash)
	addMemberTrail(s, change)
	s.add(` SELECT coalesce(c.version, r.version), coalesce(c.modified, r.modified), coalesce(c.version > r.version, false)
	FROM resource r LEFT JOIN changed c ON true
	WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3 AND rollcall_require_members(`, missing("fresh"), `)`)
	return nil
}

// addMemberTrail adds the trail where something changed or is noted. The row is
// locked: what the statement sees of it is what it was before.
func addMemberTrail(s *statement, change *store.Update) {
	version := "changed"
	if noting(change) && !moving(change) {
		which := "true"
		if change.Trail.Audit.Action == "" {
			which = "c.version > r.version"
		}
		s.add(`, stands AS (SELECT coalesce(c.version, r.version) AS version FROM resource r LEFT JOIN changed c ON true
		WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3 AND `, which, ")")
		version = "stands"
	}
	addTrail(s, &change.Trail, version,
		"ARRAY(SELECT j.member_id FROM joined j ORDER BY 1)", "ARRAY(SELECT p.member_id FROM parted p ORDER BY 1)")
}

// departing selects the places of the members that a change without
// replacement removes: those that it lists, and those that satisfy its
// condition and are not added. The condition goes over the whole group; a list
// does not.
func departing(s *statement, change *store.Update) (string, error) {
	members := change.Members
	if members.Replace {
		return "", nil
	}
	listed := byKey("unnest(" + s.arg(idArray(members.Remove)) + "::uuid[])")
	if members.RemoveWhere == nil {
		return listed, nil
	}
	if labels(members.RemoveWhere) {
		return "", errors.New("removal of members by their label")
	}
	translation := &condition{statement: s, tenant: change.Key.Tenant, typ: change.Key.Type}
	where, err := translation.counterpart(members.RemoveWhere, memberSide)
	return `SELECT m.ctid FROM member m WHERE m.tenant = $1 AND m.group_id = $3 AND ` + where +
		` AND m.member_id NOT IN (SELECT n.id FROM named n) UNION ` + listed, err
}

// labels reports whether a condition compares labels.
func labels(expr store.Expr) bool {
	switch expr := expr.(type) {
	case store.And:
		return slices.ContainsFunc(expr, labels)
	case store.Or:
		return slices.ContainsFunc(expr, labels)
	case store.Not:
		return labels(expr.Expr)
	case store.CompareColumn:
		return expr.Column == store.ColumnRelatedLabel
	}
	return false
}

// parted is a CTE that removes the members at the selected places. Membership
// rows are never updated, so that their place tells them for sure.
func parted(places string) string {
	return `parted AS (DELETE FROM member m WHERE m.ctid = ANY(ARRAY(` + places + `)) RETURNING m.member_id)`
}

// byKey selects the places of the members in a relation of ids, one by one by
// key. A condition on the ids themselves would be planned as a scan of the
// group where the group is thought to be small.
func byKey(relation string) string {
	return `SELECT f.place FROM ` + relation + ` AS x (id) CROSS JOIN LATERAL (
			SELECT f.ctid AS place FROM member f WHERE f.tenant = $1 AND f.group_id = $3 AND f.member_id = x.id OFFSET 0) f`
}
