package scim

import (
	"slices"

	"rollcall/store"
)

// Counted is what a count some time ago found out about the filter of a Search.
type Counted struct {
	// Matches is how many resources the filter matched, Of how many there were.
	Matches, Of int
}

// worthCounting is up to where what an index finds is counted for each page,
// whatever is known of it.
const worthCounting = 1000

// use tells a query what was counted, unless that is better counted anew.
func (c *Counted) use(query *store.Query) {
	least := worthCounting
	if !slices.ContainsFunc(query.Types, func(of store.TypeQuery) bool { return !walked(of.Where) }) {
		least = query.Limit
	}
	if c == nil || c.Matches <= least {
		return
	}
	total := c.Matches
	// The order is walked past as many resources for each that matches as there are in
	// all for each of them.
	query.Total, query.Frequent = &total, total > query.Limit*c.Of/total
}

// walked reports whether the order leads to what matches a condition, and no index
// whose matches would be sorted: it asks for the source and the last sign-in alone.
func walked(where store.Expr) bool {
	switch where := where.(type) {
	case store.And:
		return !slices.ContainsFunc(where, func(term store.Expr) bool { return !walked(term) })
	case store.Not:
		return walked(where.Expr)
	case store.CompareColumn:
		return walkedColumn(where.Column)
	case store.PresentColumn:
		return walkedColumn(where.Column)
	}
	return false
}

func walkedColumn(column store.Column) bool {
	return column == store.ColumnSource || column == store.ColumnLastLogin
}
