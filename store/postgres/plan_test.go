package postgres

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"rollcall/internal/testpg"
	"rollcall/store"
)

// migrated is a store on a database of its own.
func migrated(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), testpg.DSN(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// populated is a store with users that differ in e-mail and share a department.
func populated(t *testing.T, users int) *Store {
	t.Helper()
	s := migrated(t)
	changes := make([]store.Change, users)
	for n := range changes {
		changes[n] = &store.Create{Record: store.Record{
			Key: store.Key{Tenant: 1, Type: "User", ID: uuid.New()}, Name: fmt.Sprintf("user%d", n), Document: []byte("{}"),
			Index: fmt.Appendf(nil, `{"dept":"d%d","emails":[{"type":"work","value":"u%d@x.org"}]}`, n%3, n),
		}}
	}
	if _, err := s.Commit(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *Store) explain(t *testing.T, sql string, args ...any) string {
	t.Helper()
	return s.plan(t, "EXPLAIN (COSTS OFF) "+sql, args...)
}

// carriedOut is explain with how many rows each step went through.
func (s *Store) carriedOut(t *testing.T, sql string, args ...any) string {
	t.Helper()
	return s.plan(t, "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) "+sql, args...)
}

func (s *Store) plan(t *testing.T, sql string, args ...any) string {
	t.Helper()
	rows, err := s.pool.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// TestPlans holds with and without statistics: a directory is filled long
// before the server first looks at it.
func TestPlans(t *testing.T) {
	t.Parallel()
	s := populated(t, 3000)
	email := store.Element{Path: emails, Where: store.And{
		store.Compare{Path: plain("type"), Value: "work"}, store.Compare{Path: plain("value"), Value: "u7@x.org"},
	}}
	check := func(how string) {
		t.Helper()
		query := store.Query{Tenant: 1, Types: []store.TypeQuery{{Type: "User", Where: email}}, Limit: 10}
		probed, err := selectProbed(query)
		if err != nil {
			t.Fatal(err)
		}
		if plan := s.explain(t, probed.sql(), append([]any{planned}, probed.args...)...); !strings.Contains(plan, "Bitmap Index Scan on resource_idx") {
			t.Errorf("%s: e-mail is not found by index:\n%s", how, plan)
		}
		query.Types[0].Where, query.Sort.Column = nil, store.ColumnModified
		ordered, err := selectOrdered(query)
		if err != nil {
			t.Fatal(err)
		}
		if plan := s.explain(t, ordered.sql(), append([]any{planned}, ordered.args...)...); !strings.Contains(plan, "using resource_modified") {
			t.Errorf("%s: the order is not walked by index:\n%s", how, plan)
		}
		key := []any{int64(1), "User", id(uuid.New())}
		if plan := s.explain(t, getSQL[store.WithGroups|store.WithActivity], key...); !strings.Contains(plan, "Index Scan using resource_key") {
			t.Errorf("%s: get is not by key:\n%s", how, plan)
		}
		if plan := s.explain(t, selected(0, "", whereName), int64(1), "User", "x"); !strings.Contains(plan, "Index Scan using resource_uniq_key") {
			t.Errorf("%s: a name is not found by index:\n%s", how, plan)
		}
		group := &store.Update{Members: store.MemberChange{Add: []uuid.UUID{uuid.New()}}, MemberTypes: []string{"User"}}
		update := &statement{args: key}
		if err := buildMembership(update, group); err != nil {
			t.Fatal(err)
		}
		plan := s.explain(t, update.sql(), update.args...)
		if strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "using resource_modified") {
			t.Errorf("%s: members are not looked up by key:\n%s", how, plan)
		}
	}
	check("no statistics")
	if _, err := s.pool.Exec(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	check("statistics")
}
