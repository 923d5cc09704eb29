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

// prepareSearch makes sure that there is the index, where the server can have it.
func (s *Store) prepareSearch(ctx context.Context, on querier) error {
	if there, err := s.hasSearch(ctx, on); err != nil || there {
		return err
	}
	for _, sql := range []string{"CREATE EXTENSION IF NOT EXISTS pg_trgm", makeSearch} {
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

// hasSearch looks for the index, and remembers that it is there.
func (s *Store) hasSearch(ctx context.Context, on querier) (bool, error) {
	var there bool
	err := on.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = to_regclass('resource_search') AND i.indisvalid)").Scan(&there)
	if err == nil {
		s.searchable.Store(there)
	}
	return there, err
}

// Limitations tells of the index that the server could not have.
func (s *Store) Limitations(ctx context.Context) ([]string, error) {
	there, err := s.hasSearch(ctx, s.pool)
	if err != nil || there {
		return nil, failure(ctx, "limitations", err)
	}
	return []string{"the extension pg_trgm could not be created: users and groups are searched without an index"}, nil
}

// containing is true of a resource in whose search text all parts of one of some
// texts stand in their order: what every match of a condition has, and an index finds.
type containing struct {
	store.Const

	texts [][]string
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
		texts := narrowing(of.Where)
		if len(texts) == 0 {
			continue
		}
		known := s.sample(ctx)
		if known.estimate(query.Tenant, of.Type, texts) < 2*store.ProbeCap {
			of.Where = narrowed(of.Where, texts, known)
			continue
		}
		if _, more := of.Where.(store.And); query.Capped && query.Total == nil && !more && len(query.Types) == 1 && walkable(query.Sort) {
			query.Total, query.Frequent = new(store.ProbeCap+1), true
		}
	}
	return query
}

// narrowing are the texts by which the index of search finds a condition that
// nothing else finds; none where it cannot.
func narrowing(where store.Expr) []string {
	if where == nil || indexed(where) || keyed(where) {
		return nil
	}
	if column := comparedColumn(where); column != store.ColumnID && column != store.ColumnStatus {
		return nil
	}
	texts, ok := searched(where)
	if !ok {
		return nil
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// narrowed adds to a condition what the index of search finds.
func narrowed(where store.Expr, texts []string, known *sample) store.Expr {
	parts := make([][]string, len(texts))
	for i, text := range texts {
		parts[i] = known.rarest(text)
	}
	return store.And{containing{texts: parts}, where}
}

// searched returns texts of which every match of a condition has one in its search
// text; ok is false where there are none that trigrams could find.
func searched(where store.Expr) (texts []string, ok bool) {
	switch where := where.(type) {
	case store.And:
		for _, term := range where {
			if texts, ok := searched(term); ok {
				return texts, true
			}
		}
	case store.Or:
		for _, term := range where {
			one, ok := searched(term)
			if !ok {
				return nil, false
			}
			texts = append(texts, one...)
		}
		return texts, len(texts) > 0
	case store.CompareColumn:
		if where.Column == store.ColumnName || where.Column == store.ColumnExternalID {
			return searchedText(where.Op, where.Value)
		}
	case store.Compare:
		if slices.ContainsFunc(searchPaths, func(path store.Path) bool { return slices.Equal(path, where.Path) }) {
			return searchedText(where.Op, where.Value)
		}
	case store.Element:
		if inner, ok := where.Where.(store.Compare); ok {
			inner.Path = append(where.Path[:len(where.Path):len(where.Path)], inner.Path...)
			return searched(inner)
		}
	}
	return nil, false
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

// containing names tenant and type so that none of their indexes serves: a planner
// that knows little of a tenant would walk all of it.
func (c *condition) containing(expr containing) (string, error) {
	terms := make([]string, len(expr.texts))
	for i, parts := range expr.texts {
		pattern := "%"
		for _, part := range parts {
			if !storable(part) {
				return "", invalid("filter value")
			}
			pattern += escapeLike.Replace(part) + "%"
		}
		terms[i] = searchText + " LIKE " + c.arg(pattern) + "::text"
	}
	return "(r.tenant + 0 = " + c.arg(int64(c.tenant)) + "::bigint AND r.type || '' = " + c.arg(c.typ) + "::text AND (" + strings.Join(terms, " OR ") + "))", nil
}
