package postgres

import (
	"slices"

	"rollcall/store"
)

// common is the status of nearly all accounts, which no index finds; see the
// migration.
const common = "Active"

// shifts tell the indexes of columns apart.
var shifts = map[store.Column]int64{
	store.ColumnName: 1, store.ColumnExternalID: 2, store.ColumnSortName: 3, store.ColumnCreated: 4, store.ColumnModified: 5,
	store.ColumnStatus: 6,
}

// tenantFor is the condition on the tenant that lets the index of a column
// serve, and no other: see the indexes in the migration.
func tenantFor(s *statement, column store.Column, tenant store.TenantID) string {
	shift := shifts[column]
	if shift == 0 {
		return "r.tenant = " + s.arg(int64(tenant)) + "::bigint"
	}
	return "r.tenant + " + itoa(shift) + " = " + s.arg(int64(tenant)+shift) + "::bigint"
}

// comparedColumn is the first column that every match compares well with;
// ColumnID where there is none. The status, which many share, comes last: its
// two indexes find every match that is not of the common status, and a planner
// without statistics would rather walk the tenant.
func comparedColumn(where store.Expr) store.Column {
	found := store.ColumnID
	switch where := where.(type) {
	case store.And:
		for _, term := range where {
			switch column := comparedColumn(term); column {
			case store.ColumnID:
			case store.ColumnStatus:
				found = column
			default:
				return column
			}
		}
	case store.CompareColumn:
		if status, ok := where.Value.(string); ok && where.Column == store.ColumnStatus && where.Op == store.Equal {
			return comparedColumn(store.Standing{Statuses: []string{status}})
		}
		if where.Op != store.Contains && where.Op != store.EndsWith && shifts[where.Column] != 0 && where.Column != store.ColumnStatus {
			return where.Column
		}
	case store.Idle:
		return store.ColumnStatus
	case store.Standing:
		if where.Statuses != nil && !slices.Contains(where.Statuses, common) && !slices.Contains(where.Statuses, "") {
			return store.ColumnStatus
		}
	}
	return found
}

// keyed reports whether every match has the one value of a column that an
// index leads to.
func keyed(where store.Expr) bool {
	switch where := where.(type) {
	case store.And:
		return slices.ContainsFunc(where, keyed)
	case store.CompareColumn:
		_, ok := columnNames[where.Column]
		return ok && where.Op == store.Equal
	}
	return false
}

// indexed reports whether the index of the shadow finds every match of a
// condition.
func indexed(where store.Expr) bool {
	switch where := where.(type) {
	case store.And:
		for _, term := range where {
			if indexed(term) {
				return true
			}
		}
	case store.Or:
		for _, term := range where {
			if !indexed(term) {
				return false
			}
		}
		return len(where) > 0
	case store.Element:
		if terms, ok := where.Where.(store.Or); ok {
			return indexed(spread(where.Path, terms))
		}
		hint, err := elementHint(where.Where)
		return err == nil && hint != nil
	case store.Compare:
		return where.Op == store.Equal && len(where.Path) > 0
	case containing:
		return true
	}
	return false
}
