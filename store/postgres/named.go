package postgres

import (
	"slices"

	"rollcall/store"
)

// led reports whether a relation finds every match of a condition, from the
// related resources that it names.
func led(where store.Expr) bool {
	switch where := where.(type) {
	case store.And:
		return slices.ContainsFunc(where, led)
	case store.Related:
		return narrow(where.Where)
	}
	return false
}

// narrow reports whether a condition on related resources names them by id or
// by label.
func narrow(where store.Expr) bool {
	_, byID := namedIDs(where)
	_, byLabel := namedLabel(where)
	return byID || byLabel
}

// single reports whether a condition names one related resource, so that each
// match is found once.
func single(where store.Expr) bool {
	ids, ok := namedIDs(where)
	return ok && len(ids) == 1
}

// named selects the ids of all related resources that can satisfy a narrow
// condition.
func (c *condition) named(where store.Expr) (string, error) {
	if ids, ok := namedIDs(where); ok {
		return "SELECT u.id FROM unnest(" + c.arg(ids) + "::uuid[]) AS u (id)", nil
	}
	label, _ := namedLabel(where)
	bySortName, err := c.labelled(store.ColumnSortName, "true", label)
	if err != nil {
		return "", err
	}
	byName, err := c.labelled(store.ColumnName, "r.sort_name IS NULL", label)
	return bySortName + " UNION ALL " + byName, err
}

// labelled selects the ids of the resources with a label in a column. The types
// that a tenant has are those that it counts.
func (c *condition) labelled(column store.Column, where string, label store.CompareColumn) (string, error) {
	text, err := c.compareText(columnNames[column], label.Op, label.Value)
	return "SELECT l.id FROM (SELECT DISTINCT t.type FROM resource_count t WHERE t.tenant = " + c.arg(int64(c.tenant)) +
		"::bigint) t CROSS JOIN LATERAL (SELECT r.id FROM resource r WHERE " + tenantFor(c.statement, column, c.tenant) +
		" AND r.type = t.type AND " + where + " AND " + text + " OFFSET 0) l", err
}

// namedIDs are the ids one of which every related resource has that satisfies a
// condition; false where it does not say so.
func namedIDs(where store.Expr) (idArray, bool) {
	switch where := where.(type) {
	case store.CompareColumn:
		text, ok := where.Value.(string)
		if !ok || where.Column != store.ColumnRelatedID || where.Op != store.Equal {
			return nil, false
		}
		if id, ok := store.ParseID(text); ok {
			return idArray{id}, true
		}
		return idArray{}, true
	case store.And:
		for _, term := range where {
			if ids, ok := namedIDs(term); ok {
				return ids, true
			}
		}
	case store.Or:
		all := idArray{}
		for _, term := range where {
			ids, ok := namedIDs(term)
			if !ok {
				return nil, false
			}
			all = append(all, ids...)
		}
		return all, len(where) > 0
	}
	return nil, false
}

// namedLabel is a comparison of the label that every related resource satisfies
// and that an index answers; false where there is none.
func namedLabel(where store.Expr) (store.CompareColumn, bool) {
	switch where := where.(type) {
	case store.CompareColumn:
		return where, where.Column == store.ColumnRelatedLabel && (where.Op == store.Equal || where.Op == store.StartsWith && where.Value != "")
	case store.And:
		for _, term := range where {
			if label, ok := namedLabel(term); ok {
				return label, true
			}
		}
	}
	return store.CompareColumn{}, false
}
