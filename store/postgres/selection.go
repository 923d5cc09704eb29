package postgres

import (
	"strings"

	"rollcall/store"
)

// selectProbed collects the matches up to one above the cap, counts them and
// sorts the page out of them: the total comes free, and no plan that walks an
// order hoping for matches can happen.
func selectProbed(query store.Query) (*statement, error) {
	s := &statement{}
	keys := sortNames(query.Sort)
	s.add("WITH hit AS MATERIALIZED (SELECT * FROM (")
	for i, of := range query.Types {
		if i > 0 {
			s.add(" UNION ALL ")
		}
		values, err := sortValues(s, query, of.Type)
		if err != nil {
			return nil, err
		}
		s.add("SELECT ", list("r.type, r.id", values), " FROM resource r WHERE ")
		if err := addWhere(s, query, of, indexed(of.Where)); err != nil {
			return nil, err
		}
	}
	probe := s.arg(int64(store.ProbeCap+1)) + "::bigint"
	s.add(") AS hits (", list("type, id", keys), ") LIMIT ", probe, "), total AS (SELECT count(*) AS n FROM hit),",
		" page AS MATERIALIZED (SELECT * FROM hit WHERE (SELECT n FROM total) < ", probe)
	addPage(s, query, keys)
	addRecords(s, query, keys)
	return s, nil
}

// selectOrdered walks the index of the order and counts apart; only ids and
// sort keys are walked, the documents joined last.
func selectOrdered(query store.Query) (*statement, error) {
	s := &statement{}
	keys := sortNames(query.Sort)
	s.add("WITH total AS (SELECT ")
	if err := addTotal(s, query); err != nil {
		return nil, err
	}
	s.add(" AS n), page AS MATERIALIZED (SELECT * FROM (")
	for i, of := range query.Types {
		if i > 0 {
			s.add(" UNION ALL ")
		}
		values, err := sortValues(s, query, of.Type)
		if err != nil {
			return nil, err
		}
		s.add("(SELECT ", list("r.type, r.id", values), " FROM resource r WHERE ")
		if err := addWhere(s, query, of, false); err != nil {
			return nil, err
		}
		addOrder(s, query.Sort, values, "r.id")
		s.add(" LIMIT ", s.arg(int64(query.Offset+query.Limit)), "::bigint)")
	}
	s.add(") AS walk (", list("type, id", keys), ")")
	addPage(s, query, keys)
	addRecords(s, query, keys)
	return s, nil
}

// addPage cuts the page out and ends its CTE.
func addPage(s *statement, query store.Query, keys []string) {
	addOrder(s, query.Sort, keys, "id")
	s.add(" OFFSET ", s.arg(int64(query.Offset)), "::bigint LIMIT ", s.arg(int64(query.Limit)), "::bigint)")
}

// addRecords joins the page with its records. A lateral sub-query with OFFSET 0
// is looked up by key for each row whatever the planner believes about sizes.
func addRecords(s *statement, query store.Query, keys []string) {
	s.add(" SELECT total.n, d.* FROM total LEFT JOIN page ON true LEFT JOIN LATERAL (SELECT ", columns,
		" FROM resource r WHERE r.tenant = ", s.arg(int64(query.Tenant)), "::bigint AND r.type = page.type AND r.id = page.id OFFSET 0) d ON true")
	addOrder(s, query.Sort, prefixed("page.", keys), "page.id")
}

// addTotal adds a scalar: the exact number of matches. What is not filtered is
// known from the counters.
func addTotal(s *statement, query store.Query) error {
	s.add("(0::bigint")
	for _, of := range query.Types {
		if of.Where == nil {
			s.add(" + (SELECT coalesce(sum(c.n), 0)::bigint FROM resource_count c WHERE c.tenant = ", s.arg(int64(query.Tenant)),
				"::bigint AND c.type = ", s.arg(of.Type), "::text)")
			continue
		}
		s.add(" + (SELECT count(*) FROM resource r WHERE ")
		if err := addWhere(s, query, of, indexed(of.Where)); err != nil {
			return err
		}
		s.add(")")
	}
	s.add(")")
	return nil
}

// addWhere adds the condition for one type. Where byShadow is true, what the
// condition finds in the shadow already is of that tenant and type; naming
// them as well would tempt the planner, who knows little about a tenant, to
// walk all of it by key.
func addWhere(s *statement, query store.Query, of store.TypeQuery, byShadow bool) error {
	where := "true"
	if of.Where != nil {
		translation := &condition{statement: s, tenant: query.Tenant, typ: of.Type, now: query.Now}
		var err error
		if where, err = translation.where(of.Where, translation.shadow()); err != nil {
			return err
		}
	}
	if !byShadow {
		s.add("r.tenant = ", s.arg(int64(query.Tenant)), "::bigint AND r.type = ", s.arg(of.Type), "::text AND ")
	}
	s.add(where)
	return nil
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
	}
	return false
}

// list joins columns by comma.
func list(first string, more []string) string {
	return strings.Join(append([]string{first}, more...), ", ")
}
