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
	memberSide = side{own: "group_id", id: "m.member_id", typ: "m.type"}
	groupSide  = side{own: "member_id", id: "m.group_id", typ: "m.group_type"}
)

// related is true when a related resource satisfies the condition.
func (c *condition) related(expr store.Related) (string, error) {
	counterpart := groupSide
	if expr.Relation == store.Members {
		counterpart = memberSide
	}
	where := "true"
	if expr.Where != nil {
		var err error
		if where, err = c.counterpart(expr.Where, counterpart); err != nil {
			return "", err
		}
	}
	tenant := c.arg(int64(c.tenant)) + "::bigint"
	if expr.Relation != store.AllGroups || expr.Where == nil {
		// Who is in any group at all is in one directly.
		return "EXISTS (SELECT 1 FROM member m WHERE m.tenant = " + tenant + " AND m." + counterpart.own + " = r.id AND " + where + ")", nil
	}
	// Down from the groups that satisfy the condition, once, instead of up from
	// every resource. UNION drops what was seen, so that cycles end.
	return "(r.id IN (WITH RECURSIVE down (id) AS (" +
		"SELECT m.member_id FROM member m WHERE m.tenant = " + tenant + " AND " + where +
		" UNION SELECT m.member_id FROM down JOIN member m ON m.tenant = " + tenant + " AND m.group_id = down.id" +
		") SELECT down.id FROM down))", nil
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
