package postgres

import (
	"fmt"
	"strings"

	"rollcall/store"
)

// side names the columns of member that a relation looks at: those of the
// resource itself and those of its counterpart.
type side struct{ own, id, typ string }

var (
	memberSide = side{own: "m.group_id", id: "m.member_id", typ: "m.type"}
	groupSide  = side{own: "m.member_id", id: "m.group_id", typ: "m.group_type"}
)

// related is true when a related resource satisfies the condition. Where it
// leads the query, the places of the matches are collected first, each row
// looked up by key: a planner without statistics would rather walk all
// resources of the type, and what it is told about places is certain.
func (c *condition) related(expr store.Related) (string, error) {
	counterpart := groupSide
	if expr.Relation == store.Members {
		counterpart = memberSide
	}
	tenant := c.arg(int64(c.tenant)) + "::bigint"
	narrow := narrow(expr.Where)
	leads := c.leading && narrow
	if !leads && (expr.Where == nil || expr.Relation == store.Members || expr.Relation == store.Groups) && expr.Relation != store.IndirectGroups {
		// Who is in any group at all is in one directly.
		where, err := c.relationship(expr.Where, counterpart)
		return "EXISTS (SELECT 1 FROM member m WHERE m.tenant = " + tenant + " AND " + counterpart.own + " = r.id AND " + where + ")", err
	}
	from, where, err := c.memberships(tenant, expr.Where, counterpart, narrow)
	if err != nil {
		return "", err
	}
	var ids string
	switch expr.Relation {
	case store.IndirectGroups:
		ids = indirect(tenant, from, where, narrow)
	case store.AllGroups:
		// Down from the groups that satisfy the condition, once, instead of up
		// from every resource. UNION drops what was seen, so that cycles end.
		ids = "WITH RECURSIVE down (id) AS (SELECT m.member_id FROM " + from +
			" UNION SELECT n.member_id FROM down" + membersOf(tenant, "down.id") + ") SELECT down.id FROM down"
	default:
		ids = "SELECT " + counterpart.own + " FROM " + from
	}
	if !leads {
		// In this form it is no join: the ids are hashed once, however few the
		// planner expects.
		return "((r.id IN (" + ids + ")) IS TRUE)", nil
	}
	c.leading = false
	places := "SELECT k.ctid FROM (" + ids + ") x (id) CROSS JOIN LATERAL (SELECT k.ctid FROM resource k WHERE k.tenant = " + tenant +
		" AND k.type = " + c.arg(c.typ) + "::text AND k.id = x.id OFFSET 0) k"
	if c.alone && c.enough != "" && single(expr.Where) {
		places += " LIMIT " + c.enough
	}
	return "(r.ctid = ANY(ARRAY(" + places + ")))", nil
}

// membersOf joins the members n of a group. The sub-query is looked up by key
// for each row, whatever the planner believes about sizes.
func membersOf(tenant, group string) string {
	return " CROSS JOIN LATERAL (SELECT n.member_id FROM member n WHERE n.tenant = " + tenant + " AND " + at("n.group_id", group) + " OFFSET 0) n"
}

// at is equality in the form of a range. Where a tenant has few groups, or one
// that is most of its memberships, the planner takes equality to find so much
// that any index will do, and reads the wrong one from end to end for every
// row. Of a range it always expects little, and that of the right index.
func at(column, value string) string {
	return column + " >= " + value + " AND " + column + " <= " + value
}

// indirect selects who is in a group that satisfies a condition through
// another group and not by a membership of its own. It goes down in pairs of
// the group and whoever is below it. A narrow condition starts at its groups;
// any other at the groups that are members of one, found by one step of the
// index for each group that has members.
func indirect(tenant, from, where string, narrow bool) string {
	holders, start := "", "SELECT m.group_id, n.member_id FROM (SELECT m.* FROM "+from+") m"+membersOf(tenant, "m.member_id")
	if !narrow {
		step := "(SELECT m.group_id FROM member m WHERE m.tenant = " + tenant + "%s ORDER BY m.group_id LIMIT 1)"
		holders = "holder (id) AS (" + fmt.Sprintf(step, "") +
			" UNION ALL SELECT " + fmt.Sprintf(step, " AND m.group_id > holder.id") + " FROM holder WHERE holder.id IS NOT NULL), "
		start = "SELECT m.group_id, n.member_id FROM holder CROSS JOIN LATERAL (SELECT m.group_id FROM member m WHERE m.tenant = " + tenant +
			" AND " + at("m.member_id", "holder.id") + " AND " + where + " OFFSET 0) m" + membersOf(tenant, "holder.id")
	}
	return "WITH RECURSIVE " + holders + "down (root, id) AS (" + start +
		" UNION SELECT down.root, n.member_id FROM down" + membersOf(tenant, "down.id") + ")" +
		" SELECT down.id FROM down WHERE (SELECT true FROM member o WHERE o.tenant = " + tenant +
		" AND o.group_id = down.root AND o.member_id = down.id) IS NULL"
}

// memberships is what selects the memberships m whose counterpart satisfies a
// condition, and the condition by itself. A narrow one starts at the ids that
// it names.
func (c *condition) memberships(tenant string, expr store.Expr, columns side, narrow bool) (from, where string, err error) {
	if !narrow {
		where, err = c.relationship(expr, columns)
		return "member m WHERE m.tenant = " + tenant + " AND " + where, where, err
	}
	named, err := c.named(expr)
	if err != nil {
		return "", "", err
	}
	where = "true" // who is named satisfies a single comparison
	if _, alone := expr.(store.CompareColumn); !alone {
		if where, err = c.relationship(expr, columns); err != nil {
			return "", "", err
		}
	}
	return "(" + named + ") l CROSS JOIN LATERAL (SELECT m.* FROM member m WHERE m.tenant = " + tenant +
		" AND " + at(columns.id, "l.id") + " AND " + where + " OFFSET 0) m", where, nil
}

// relationship translates the condition of a relation.
func (c *condition) relationship(expr store.Expr, columns side) (string, error) {
	if expr == nil {
		return "true", nil
	}
	return c.counterpart(expr, columns)
}

func (c *condition) counterpart(expr store.Expr, columns side) (string, error) {
	switch expr := expr.(type) {
	case store.And:
		return c.counterparts(expr, " AND ", "true", columns)
	case store.Or:
		return c.counterparts(expr, " OR ", "false", columns)
	case store.Not:
		inner, err := c.counterpart(expr.Expr, columns)
		return "((" + inner + ") IS NOT TRUE)", err
	case store.Const:
		return c.where(expr, scope{})
	case store.CompareColumn:
		switch expr.Column {
		case store.ColumnRelatedID:
			return c.compareID(columns.id, expr)
		case store.ColumnRelatedType:
			return c.compareText(columns.typ, expr.Op, expr.Value)
		case store.ColumnRelatedLabel:
			label := "(SELECT coalesce(l.sort_name, l.uniq) FROM resource l WHERE l.tenant = m.tenant AND l.type = " + columns.typ + " AND l.id = " + columns.id + ")"
			return c.compareText(label, expr.Op, expr.Value)
		}
	}
	return "", fmt.Errorf("%T inside a relation", expr)
}

func (c *condition) counterparts(terms []store.Expr, operator, empty string, columns side) (string, error) {
	if len(terms) == 0 {
		return empty, nil
	}
	parts := make([]string, len(terms))
	for i, term := range terms {
		part, err := c.counterpart(term, columns)
		if err != nil {
			return "", err
		}
		parts[i] = part
	}
	return "(" + strings.Join(parts, operator) + ")", nil
}
