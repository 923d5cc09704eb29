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
	s.enough = s.arg(int64(store.ProbeCap+1)) + "::bigint"
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
		if err := addWhere(s, query, of); err != nil {
			return nil, err
		}
	}
	stretches, err := s.stretches(query, keys, "id")
	if err != nil {
		return nil, err
	}
	follows := make([]string, len(stretches))
	for i, stretch := range stretches {
		follows[i] = stretch.where
	}
	s.add(") AS hits (", list("type, id", keys), ") LIMIT ", s.enough, "), total AS (SELECT count(*) AS n FROM hit),",
		" page AS MATERIALIZED (SELECT * FROM hit WHERE (SELECT n FROM total) < ", s.enough, " AND ((", strings.Join(follows, ") OR ("), "))")
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
	s.add(" AS n)")
	walks, err := addWalks(s, query, keys)
	if err != nil {
		return nil, err
	}
	s.add(", page AS MATERIALIZED (SELECT * FROM (SELECT * FROM ", strings.Join(walks, " UNION ALL SELECT * FROM "), ") AS walked")
	addPage(s, query, keys)
	addRecords(s, query, keys)
	return s, nil
}

// addWalks adds a CTE for each stretch of the order and returns their names.
// The second stretch is walked where the first does not fill the page.
func addWalks(s *statement, query store.Query, keys []string) ([]string, error) {
	stretches, err := s.walks(query)
	if err != nil {
		return nil, err
	}
	enough := s.arg(int64(query.Offset)+int64(query.Limit)+1) + "::bigint"
	names := make([]string, len(stretches))
	for run, stretch := range stretches {
		names[run] = "walk" + itoa(int64(run))
		if run > 0 {
			stretch.where = "(SELECT count(*) FROM walk0) < " + enough + " AND " + stretch.where
		}
		s.add(", ", names[run], " (", list("type, id", keys), ") AS MATERIALIZED (")
		for i, of := range query.Types {
			if i > 0 {
				s.add(" UNION ALL ")
			}
			if err := addWalk(s, query, of, stretch, enough); err != nil {
				return nil, err
			}
		}
		s.add(")")
	}
	return names, nil
}

// addWalk adds the walk over one stretch of one type.
func addWalk(s *statement, query store.Query, of store.TypeQuery, along stretch, enough string) error {
	if query.Sort.ByLastLogin() {
		return addLoginWalk(s, query, of, along, enough)
	}
	values, err := sortValues(s, query, of.Type)
	if err != nil {
		return err
	}
	s.add("(SELECT ", list("r.type, r.id", values), " FROM resource r WHERE ", tenantFor(s, query.Sort.Column, query.Tenant),
		" AND r.type = ", s.arg(of.Type), "::text AND ", along.where, " AND ")
	if err := addCondition(s, query, of, false); err != nil {
		return err
	}
	if query.Sort.Path == nil && query.Sort.Column == store.ColumnName && along.valued {
		addOrder(s, query.Sort, nil, values[0])
	} else {
		addOrder(s, query.Sort, values, "r.id")
	}
	s.add(" LIMIT ", enough, ")")
	return nil
}

// addPage cuts the page out and ends its CTE.
func addPage(s *statement, query store.Query, keys []string) {
	addOrder(s, query.Sort, keys, "id")
	s.add(" OFFSET ", s.arg(int64(query.Offset)), "::bigint LIMIT ", s.arg(int64(query.Limit)+1), "::bigint)")
}

// addRecords joins the page with its records. A lateral sub-query with OFFSET 0
// is looked up by key for each row whatever the planner believes about sizes.
func addRecords(s *statement, query store.Query, keys []string) {
	s.add(" SELECT total.n, d.*")
	if query.Sort.Path != nil {
		s.add(", page.k_none, page.k_number::text, page.k_text")
	}
	if query.Sort.Path == nil && !ordered(query.Sort) {
		s.add(", page.k::text")
	}
	where := " WHERE r.tenant = " + s.arg(int64(query.Tenant)) + "::bigint AND r.type = page.type AND r.id = page.id OFFSET 0"
	s.add(" FROM total LEFT JOIN page ON true LEFT JOIN LATERAL (", selected(query.With&store.WithActivity, "", where), ") d ON true")
	addOrder(s, query.Sort, prefixed("page.", keys), "page.id")
}

// addTotal adds a scalar: the exact number of matches. What is not filtered is
// known from the counters, and nothing is counted where the total is known.
func addTotal(s *statement, query store.Query) error {
	if query.Total != nil {
		s.add(s.arg(int64(*query.Total)), "::bigint")
		return nil
	}
	s.add("(0::bigint")
	for _, of := range query.Types {
		if of.Where == nil {
			s.add(" + (SELECT coalesce(sum(c.n), 0)::bigint FROM resource_count c WHERE c.tenant = ", s.arg(int64(query.Tenant)),
				"::bigint AND c.type = ", s.arg(of.Type), "::text)")
			continue
		}
		s.add(" + (SELECT count(*) FROM (SELECT FROM resource r WHERE ")
		if err := addWhere(s, query, of); err != nil {
			return err
		}
		if query.Capped {
			s.add(" LIMIT ", s.arg(int64(store.ProbeCap)+1), "::bigint")
		}
		s.add(") counted)")
	}
	s.add(")")
	return nil
}

// addWhere adds the condition for one type, for an index that is chosen by what
// the condition compares.
func addWhere(s *statement, query store.Query, of store.TypeQuery) error {
	if addLogins(s, query, of) {
		return nil
	}
	leading := !indexed(of.Where) && !keyed(of.Where) && led(of.Where)
	if !indexed(of.Where) && !leading {
		column := comparedColumn(of.Where)
		if column != store.ColumnStatus || keyed(of.Where) {
			s.add(tenantFor(s, store.ColumnID, query.Tenant), " AND ")
		}
		if column != store.ColumnID {
			s.add(tenantFor(s, column, query.Tenant), " AND ")
		}
		s.add("r.type = ", s.arg(of.Type), "::text AND ")
	}
	// What the shadow or a relation leads to is of that tenant and type already; naming them
	// as well would tempt the planner, who knows little about a tenant, to
	// walk all of it by key.
	return addCondition(s, query, of, leading)
}

func addCondition(s *statement, query store.Query, of store.TypeQuery, leading bool) error {
	if of.Where == nil {
		s.add("true")
		return nil
	}
	_, alone := of.Where.(store.Related)
	translation := &condition{statement: s, tenant: query.Tenant, typ: of.Type, now: query.Now, leading: leading, alone: alone}
	where, err := translation.where(of.Where, translation.shadow())
	s.add(where)
	return err
}

// list joins columns by comma.
func list(first string, more []string) string {
	return strings.Join(append([]string{first}, more...), ", ")
}
