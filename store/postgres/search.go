package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"rollcall/store"
)

// searchText is what people look for in a resource r: its keys, and what stands
// in the shadow under searchPaths, as JSON. It is the expression of the index
// resource_search, letter for letter.
const searchText = `(coalesce(r.uniq, '') || ' ' || coalesce(r.external_id, '') || jsonb_path_query_array(r.idx, '$.*.displayName')::text` +
	` || jsonb_path_query_array(r.idx, '$.*.name.*')::text || jsonb_path_query_array(r.idx, '$.*.emails[*].value')::text)`

// searchPaths are the paths in searchText.
var searchPaths = []store.Path{
	{{Name: "displayName"}},
	{{Name: "name"}, {Name: "givenName"}},
	{{Name: "name"}, {Name: "familyName"}},
	{{Name: "name"}, {Name: "middleName"}},
	{{Name: "name"}, {Name: "formatted"}},
	{{Name: "emails", Multi: true}, {Name: "value"}},
}

// makeSearch makes the index of searchText, by the trigrams of pg_trgm. Its list of
// what is pending makes a create cheap, and is short so that none pays long for
// those before it; docs/decisions/0120.
var makeSearch = `CREATE INDEX IF NOT EXISTS resource_search ON resource USING gin ((` + strings.ReplaceAll(searchText, "r.", "") + `) gin_trgm_ops) WITH (gin_pending_list_limit = 1024)`

// groupType is the resource type of groups (RFC 7643 section 4.2). Of them people
// look for the name alone, among far fewer than there are users: they have an index
// of their own, whose candidates are read without the work of searchText.
const groupType = "Group"

const makeSearchGroups = `CREATE INDEX IF NOT EXISTS resource_search_groups ON resource USING gin (uniq gin_trgm_ops) WITH (gin_pending_list_limit = 1024) WHERE type = '` + groupType + `'`

// The answers of a server that has no pg_trgm, or lets nobody of ours add it.
var withoutTrigrams = []string{
	"42501", // insufficient_privilege
	"58P01", // undefined_file: not installed
	"0A000", // feature_not_supported
	"42704", // undefined_object: in a schema that is not searched
}

// querier is one connection, or any of the pool.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// prepareSearch makes sure that there are the indexes, where the server can have it.
func (s *Store) prepareSearch(ctx context.Context, on querier) error {
	if there, err := s.hasSearch(ctx, on); err != nil || there {
		return err
	}
	for _, sql := range []string{"CREATE EXTENSION IF NOT EXISTS pg_trgm", makeSearch, makeSearchGroups} {
		_, err := on.Exec(ctx, sql)
		var refused *pgconn.PgError
		if errors.As(err, &refused) && slices.Contains(withoutTrigrams, refused.Code) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("index of search: %w", err)
		}
	}
	_, err := s.hasSearch(ctx, on)
	return err
}

// hasSearch looks for the indexes, and remembers that they are there.
func (s *Store) hasSearch(ctx context.Context, on querier) (bool, error) {
	var there bool
	err := on.QueryRow(ctx, "SELECT count(*) = 2 FROM pg_index i WHERE i.indexrelid IN (to_regclass('resource_search'), to_regclass('resource_search_groups')) AND i.indisvalid").Scan(&there)
	if err == nil {
		s.searchable.Store(there)
	}
	return there, err
}

// Limitations tells of the indexes that the server could not have.
func (s *Store) Limitations(ctx context.Context) ([]string, error) {
	there, err := s.hasSearch(ctx, s.pool)
	if err != nil || there {
		return nil, failure(ctx, "limitations", err)
	}
	return []string{"the extension pg_trgm could not be created: users and groups are searched without an index"}, nil
}

// sought is what every match of a condition has one of, and an index finds: a text
// in its search text, one in the name of a group, or an external id just as it is.
type sought struct {
	texts, names, externalIDs []string
}

// containing is true of a resource in whose search text, or a group in whose name, all
// parts of one of some texts stand in their order, or that has one of some external ids.
type containing struct {
	store.Const

	texts, names [][]string
	externalIDs  []string
}

// searches prepares a query for the index of search. What so many have that the
// order is walked sooner is not looked for by index; how many these are is not
// counted where it need not be.
func (s *Store) searches(ctx context.Context, query store.Query) store.Query {
	if !s.searchable.Load() {
		return query
	}
	query.Types = slices.Clone(query.Types)
	for i := range query.Types {
		of := &query.Types[i]
		what := narrowing(of.Where, of.Type)
		if what == nil {
			continue
		}
		known := s.sample(ctx)
		if known.estimate(query.Tenant, of.Type, slices.Concat(what.texts, what.names)) < 2*store.ProbeCap {
			of.Where = narrowed(of.Where, what, known)
			continue
		}
		if _, more := of.Where.(store.And); query.Capped && query.Total == nil && !more && len(query.Types) == 1 && walkable(query.Sort) {
			query.Total, query.Frequent = new(store.ProbeCap+1), true
		}
	}
	return query
}

// narrowing is what finds a condition on a type that no other index finds; nil where
// there is nothing.
func narrowing(where store.Expr, typ string) *sought {
	if where == nil || indexed(where) || keyed(where) {
		return nil
	}
	if column := comparedColumn(where); column != store.ColumnID && column != store.ColumnStatus {
		return nil
	}
	what, ok := searched(where)
	if !ok {
		return nil
	}
	if typ != groupType || len(what.texts) > 0 {
		what.texts, what.names = append(what.texts, what.names...), nil // names stand in search texts
	}
	for _, list := range []*[]string{&what.texts, &what.names, &what.externalIDs} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return &what
}

// narrowed adds to a condition what the indexes find.
func narrowed(where store.Expr, what *sought, known *sample) store.Expr {
	found := containing{
		texts: known.patterns(what.texts), names: known.patterns(what.names), externalIDs: what.externalIDs,
	}
	return store.And{found, where}
}

// searched returns what every match of a condition has one of; ok is false where
// there is nothing that an index could find.
func searched(where store.Expr) (what sought, ok bool) {
	switch where := where.(type) {
	case store.And:
		for _, term := range where {
			if what, ok := searched(term); ok {
				return what, true
			}
		}
	case store.Or:
		for _, term := range where {
			one, ok := searched(term)
			if !ok {
				return sought{}, false
			}
			what.texts, what.names = append(what.texts, one.texts...), append(what.names, one.names...)
			what.externalIDs = append(what.externalIDs, one.externalIDs...)
		}
		return what, len(where) > 0
	case store.CompareColumn:
		if value, ok := where.Value.(string); ok && where.Column == store.ColumnExternalID && where.Op == store.Equal {
			return sought{externalIDs: []string{value}}, true
		}
		text, ok := searchedText(where.Op, where.Value)
		switch where.Column {
		case store.ColumnName:
			return sought{names: text}, ok
		case store.ColumnExternalID:
			return sought{texts: text}, ok
		}
	case store.Compare:
		if slices.ContainsFunc(searchPaths, func(path store.Path) bool { return slices.Equal(path, where.Path) }) {
			text, ok := searchedText(where.Op, where.Value)
			return sought{texts: text}, ok
		}
	case store.Element:
		if inner, ok := where.Where.(store.Compare); ok {
			inner.Path = append(where.Path[:len(where.Path):len(where.Path)], inner.Path...)
			return searched(inner)
		}
	}
	return sought{}, false
}

// searchedText is a text that trigrams find: of three letters or digits in a row,
// and written in JSON as it is.
func searchedText(op store.Op, value any) ([]string, bool) {
	text, ok := value.(string)
	if !ok || op > store.EndsWith || strings.ContainsFunc(text, func(r rune) bool { return r == '"' || r == '\\' || unicode.IsControl(r) }) {
		return nil, false
	}
	row := 0
	for _, r := range text {
		if row++; !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			row = 0
		}
		if row == 3 {
			return []string{text}, true
		}
	}
	return nil, false
}

// containing names tenant and type so that none of their indexes serves, but for
// that of external ids: a planner that knows little of a tenant would walk all of it.
func (c *condition) containing(expr containing) (string, error) {
	for _, part := range slices.Concat(slices.Concat(expr.texts...), slices.Concat(expr.names...)) {
		if !store.Storable(part) {
			return "", invalid("filter value")
		}
	}
	var byID []string
	for _, value := range expr.externalIDs {
		same, err := c.compareText(columnNames[store.ColumnExternalID], store.Equal, value)
		if err != nil {
			return "", err
		}
		byID = append(byID, "("+tenantFor(c.statement, store.ColumnExternalID, c.tenant)+" AND r.type = "+c.arg(c.typ)+"::text AND "+same+")")
	}
	terms := slices.Concat(c.having(searchText, expr.texts), c.having("r.type = '"+groupType+"' AND r.uniq", expr.names), byID)
	return "(r.tenant + 0 = " + c.arg(int64(c.tenant)) + "::bigint AND r.type || '' = " + c.arg(c.typ) + "::text AND (" + strings.Join(terms, " OR ") + "))", nil
}

// having is SQL that is true of what has all parts of a text in their order, for
// each of some texts.
func (c *condition) having(what string, texts [][]string) []string {
	var terms []string
	for _, parts := range texts {
		pattern := "%"
		for _, part := range parts {
			pattern += escapeLike.Replace(part) + "%"
		}
		terms = append(terms, what+" LIKE "+c.arg(pattern)+"::text")
	}
	return terms
}
