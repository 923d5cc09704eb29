package sqlite

import (
	"fmt"

	"rollcall/store"
)

// related translates a condition on members or groups.
func (s scope) related(e store.Related) (fragment, error) {
	member := s.next("m")
	inner := scope{relatedID: member + ".group_id", relatedType: member + ".group_type", aliases: s.aliases}
	var from string
	switch e.Relation {
	case store.Members:
		inner.relatedID, inner.relatedType = member+".member_id", member+".member_type"
		from = fmt.Sprintf("member %[1]s WHERE %[1]s.tenant = %[2]s.tenant AND %[1]s.group_id = %[2]s.id AND %[1]s.group_type = %[2]s.type", member, s.alias)
	case store.Groups:
		from = fmt.Sprintf("member %[1]s INDEXED BY member_member WHERE %[1]s.tenant = %[2]s.tenant AND %[1]s.member_id = %[2]s.id AND %[1]s.member_type = %[2]s.type", member, s.alias)
	case store.AllGroups, store.IndirectGroups:
		from = fmt.Sprintf(`(WITH RECURSIVE up(group_id, group_type) AS (
				SELECT d.group_id, d.group_type FROM member d INDEXED BY member_member WHERE d.tenant = %[2]s.tenant AND d.member_id = %[2]s.id AND d.member_type = %[2]s.type
				UNION
				SELECT n.group_id, n.group_type FROM up CROSS JOIN member n INDEXED BY member_member
				ON n.tenant = %[2]s.tenant AND n.member_id = up.group_id AND n.member_type = up.group_type
			) SELECT group_id, group_type FROM up) %[1]s WHERE 1`, member, s.alias)
		if e.Relation == store.IndirectGroups {
			from += fmt.Sprintf(` AND NOT EXISTS (SELECT 1 FROM member o
				WHERE o.tenant = %[2]s.tenant AND o.group_id = %[1]s.group_id AND o.member_id = %[2]s.id)`, member, s.alias)
		}
	default:
		return fragment{}, fmt.Errorf("unknown relation %d", e.Relation)
	}
	inner.relatedLabel = fmt.Sprintf("(SELECT coalesce(l.sort_name, l.name) FROM resource l WHERE l.tenant = %s.tenant AND l.type = %s AND l.id = %s)",
		s.alias, inner.relatedType, inner.relatedID)
	where, err := inner.condition(e.Where)
	return sqlf("EXISTS (SELECT 1 FROM %s AND %s)", raw(from), where), err
}

// related starts at the related resources that the condition names by id or by
// label. Their groups or members hold every match, and nobody else where the
// condition is no more than that.
func (p prober) related(e store.Related) (probe, bool) {
	ids, ok := p.named(e.Where)
	if !ok {
		return probe{}, false
	}
	compare, exact := e.Where.(store.CompareColumn)
	named := ids
	const rows = "SELECT rid FROM resource WHERE tenant = %s AND type = %s AND id IN (%s)"
	switch e.Relation {
	case store.Members:
		ids = sqlf("SELECT group_id FROM member INDEXED BY member_member WHERE tenant = %s AND member_id IN (%s)", p.tenant, ids)
	case store.Groups:
		ids = sqlf("SELECT member_id FROM member WHERE tenant = %s AND group_id IN (%s)", p.tenant, ids)
	case store.AllGroups, store.IndirectGroups:
		ids = sqlf(`WITH RECURSIVE down(id) AS (
			SELECT member_id FROM member WHERE tenant = %s AND group_id IN (%s)
			UNION SELECT m.member_id FROM down CROSS JOIN member m ON m.tenant = %s AND m.group_id = down.id
		) SELECT id FROM down`, p.tenant, ids, p.tenant)
	default:
		return probe{}, false
	}
	if e.Relation == store.IndirectGroups && exact {
		// Who is below one group and not in it is indirectly in it.
		if exact = compare.Column == store.ColumnRelatedID; exact {
			ids = sqlf("%s EXCEPT SELECT member_id FROM member WHERE tenant = %s AND group_id IN (%s)", ids, p.tenant, named)
		}
	}
	return probe{cost: costPrefix, exact: exact, sql: sqlf(rows, p.tenant, p.typ, ids)}, true
}

// named selects the ids that hold all of the related resources that satisfy a
// condition, where it says so plainly.
func (p prober) named(where store.Expr) (fragment, bool) {
	switch e := where.(type) {
	case store.CompareColumn:
		text, ok := e.Value.(string)
		switch {
		case !ok:
		case e.Column == store.ColumnRelatedID && e.Op == store.Equal:
			return sqlf("SELECT %s", text), true
		case e.Column == store.ColumnRelatedLabel && (e.Op == store.Equal || e.Op == store.StartsWith && text != ""):
			return p.labelled(e.Op, text), true
		}
	case store.And:
		for _, term := range e {
			if ids, ok := p.named(term); ok {
				return ids, true
			}
		}
	}
	return fragment{}, false
}

// labelled selects the ids of the resources with a label, by the indexes of
// sort name and of name. The types that a tenant has are those that it counts.
func (p prober) labelled(op store.Op, text string) fragment {
	if impossible(op, text) {
		return sqlf("SELECT NULL WHERE %s", raw(never))
	}
	const from = "SELECT l.id FROM counter t CROSS JOIN resource l ON l.tenant = t.tenant AND l.type = t.type WHERE t.tenant = %s AND %s"
	return sqlf("%s UNION ALL %s",
		sqlf(from, p.tenant, textCompare(fragment{text: "l.sort_name"}, op, text)),
		sqlf(from+" AND l.sort_name IS NULL", p.tenant, textCompare(fragment{text: "l.name"}, op, text)))
}
