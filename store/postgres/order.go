package postgres

import (
	"fmt"

	"rollcall/store"
)

// ordered reports whether an index of resources has the order.
func ordered(sort store.Sort) bool {
	_, ok := columnNames[sort.Column]
	return sort.Path == nil && sort.Holds == nil && ok
}

// sortNames names the sort keys of a query, ahead of the id that ends every
// order.
func sortNames(sort store.Sort) []string {
	switch {
	case sort.Path != nil:
		return []string{"k_none", "k_number", "k_text"}
	case sort.ByID():
		return nil
	}
	return []string{"k"}
}

// sortValues are the SQL of the sort keys of a resource r, one a name. Those of
// a path are never NULL, so that rows of them compare.
func sortValues(s *statement, query store.Query, resourceType string) ([]string, error) {
	sort := query.Sort
	switch {
	case sort.Path != nil:
		return pathValues(s, query, resourceType), nil
	case sort.ByID():
		return nil, nil
	case sort.Holds != nil:
		by := &condition{statement: s, tenant: query.Tenant, typ: resourceType, now: query.Now}
		holds, err := by.where(sort.Holds, by.shadow())
		return []string{"((" + holds + ") IS TRUE)::int::bigint"}, err
	}
	if name, ok := columnNames[sort.Column]; ok {
		return []string{name}, nil
	}
	column, ok := (&condition{statement: s, now: query.Now}).column(sort.Column)
	if !ok {
		return nil, fmt.Errorf("sort by column %d", sort.Column)
	}
	return []string{column.key()}, nil
}

func pathValues(s *statement, query store.Query, resourceType string) []string {
	value := sortValue(s, query.Tenant, resourceType, query.Sort.Path)
	kind := "coalesce(jsonb_typeof(" + value + "), '')"
	return []string{
		kind + " NOT IN ('string', 'number', 'boolean')",
		"coalesce(CASE WHEN " + kind + " = 'number' THEN (" + value + ")::numeric END, '" + notANumber + "'::numeric)",
		"coalesce(CASE WHEN " + kind + " IN ('string', 'boolean') THEN left(" + value + ` #>> '{}', ` + itoa(store.SortedCharacters) + `) COLLATE "C" END, '')`,
	}
}

// sortValue is the jsonb value that a path sorts by: of several elements the
// primary one, else the first.
func sortValue(s *statement, tenant store.TenantID, resourceType string, path store.Path) string {
	base, names := "r.idx", []string{shadowKey(tenant, resourceType)}
	for _, step := range path {
		names = append(names, step.Name)
		if step.Multi {
			array := "(" + base + " #> " + s.arg(names) + "::text[])"
			base = "coalesce(jsonb_path_query_first(" + array + ", '$[*] ? (@.primary == true)'), " + array + " -> 0)"
			names = nil
		}
	}
	if len(names) == 0 {
		return base
	}
	return "(" + base + " #> " + s.arg(names) + "::text[])"
}

// addOrder adds ORDER BY. PostgreSQL puts NULL last ascending and first
// descending, as the contract wants it, and as its indexes are.
func addOrder(s *statement, sort store.Sort, keys []string, id string) {
	direction := ""
	if sort.Descending {
		direction = " DESC"
	}
	s.add(" ORDER BY ")
	for _, key := range keys {
		s.add(key, direction, ", ")
	}
	s.add(id, direction)
}

// prefixed puts the name of a relation before each key.
func prefixed(relation string, keys []string) []string {
	list := make([]string, len(keys))
	for i, key := range keys {
		list[i] = relation + key
	}
	return list
}
