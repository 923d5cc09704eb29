package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

func newStore(tb testing.TB, options Options) (*Store, store.TenantID) {
	tb.Helper()
	s, err := Open(tb.Context(), filepath.Join(tb.TempDir(), "rollcall.db"), options)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(tb.Context()); err != nil {
		tb.Fatalf("Migrate: %v", err)
	}
	tenant, err := s.CreateTenant(tb.Context(), store.Tenant{Name: "main"}, store.Audit{})
	if err != nil {
		tb.Fatalf("CreateTenant: %v", err)
	}
	return s, tenant.ID
}

func plan(tb testing.TB, s *Store, query store.Query) string {
	tb.Helper()
	asked, err := translateQuery(query)
	if err != nil {
		tb.Fatalf("translateQuery: %v", err)
	}
	return s.plan(tb, sqlf("SELECT rid, 0 FROM (%s) ORDER BY %s LIMIT 10", asked.matches, asked.order()))
}

func (s *Store) plan(tb testing.TB, text fragment) string {
	tb.Helper()
	rows, err := s.reader.db.QueryContext(tb.Context(), "EXPLAIN QUERY PLAN "+text.text, text.args...)
	if err != nil {
		tb.Fatalf("%s: %v", text.text, err)
	}
	defer func() { _ = rows.Close() }()
	var lines []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			tb.Fatal(err)
		}
		lines = append(lines, detail)
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// TestPlans: what is asked often goes by index, whatever the size.
func TestPlans(t *testing.T) {
	t.Parallel()
	s, tenant := newStore(t, Options{})
	emails := store.Path{{Name: "emails", Multi: true}}
	value := store.Path{{Name: "value"}}
	const attr, byRow = "SEARCH attr USING PRIMARY KEY (tenant=? AND type=? AND path=?", "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)"
	column := func(column store.Column, op store.Op, value any) store.Expr {
		return store.CompareColumn{Column: column, Op: op, Value: value}
	}
	tests := []struct {
		name  string
		where store.Expr
		sort  store.Sort
		want  []string
	}{
		{"element", store.Element{Path: emails, Where: store.And{
			store.Compare{Path: store.Path{{Name: "type"}}, Op: store.Contains, Value: "w"}, store.Compare{Path: value, Value: "x"},
		}}, store.Sort{}, []string{attr + " AND value=?", byRow}},
		{"equal", store.Compare{Path: value, Value: "x"}, store.Sort{}, []string{attr + " AND value=?", byRow}},
		{"prefix", store.Compare{Path: value, Op: store.StartsWith, Value: "x"}, store.Sort{}, []string{attr + " AND value>? AND value<?", byRow}},
		{"present", store.Present{Path: value}, store.Sort{}, []string{attr, byRow}},
		{"either", store.Or{store.Compare{Path: value, Value: "x"}, column(store.ColumnName, store.Equal, "x")}, store.Sort{}, []string{attr, "resource_name", byRow}},
		{"name", column(store.ColumnName, store.Equal, "x"), store.Sort{}, []string{"resource_name (tenant=? AND type=? AND name=?)", byRow}},
		{"external id", column(store.ColumnExternalID, store.Equal, "x"), store.Sort{}, []string{"resource_external_id (tenant=? AND type=? AND external_id=?)", byRow}},
		{"modified", column(store.ColumnModified, store.Greater, time.Now()), store.Sort{}, []string{"resource_modified (tenant=? AND type=? AND modified>?)", byRow}},
		{"groups", store.Related{Relation: store.AllGroups, Where: column(store.ColumnRelatedID, store.Equal, "x")}, store.Sort{}, []string{"SEARCH m USING PRIMARY KEY (tenant=? AND group_id=?)", byRow}},
		{"status", store.Standing{Statuses: []string{"Locked"}}, store.Sort{}, []string{"resource_status (tenant=? AND type=? AND status=?)", "resource_later (tenant=? AND type=?)", byRow}},
		{"one status", column(store.ColumnStatus, store.Equal, "Locked"), store.Sort{}, []string{"resource_status (tenant=? AND type=? AND status=?)", byRow}},
		{"common status", store.Standing{Statuses: []string{"Active"}}, store.Sort{}, []string{"resource_id (tenant=? AND type=?)"}},
		{"source client", column(store.ColumnSourceClient, store.Equal, "x"), store.Sort{}, []string{"resource_source_client (tenant=? AND type=? AND source_client=?)", byRow}},
		{"use", store.Idle{Since: time.Now()}, store.Sort{}, []string{"USING PRIMARY KEY (tenant=? AND type=? AND id=?)"}},
		{"all by id", nil, store.Sort{}, []string{"resource_id (tenant=? AND type=?)"}},
		{"all by name", nil, store.Sort{Column: store.ColumnName, Descending: true}, []string{"resource_name (tenant=? AND type=?)"}},
		{"all by creation", nil, store.Sort{Column: store.ColumnCreated}, []string{"resource_created (tenant=? AND type=?)"}},
	}
	for _, test := range tests {
		got := plan(t, s, store.Query{Tenant: tenant, Types: []store.TypeQuery{{Type: "User", Where: test.where}}, Sort: test.sort})
		for _, want := range test.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", test.name, want, got)
			}
		}
		if test.where == nil && strings.Contains(got, "USE TEMP B-TREE FOR ORDER BY") {
			t.Errorf("%s: sorts\n%s", test.name, got)
		}
	}
}

// TestUpkeepPlans: what runs by itself, all day, goes by index.
func TestUpkeepPlans(t *testing.T) {
	t.Parallel()
	s, tenant := newStore(t, Options{})
	for _, test := range []struct {
		text string
		args []any
		want []string
	}{
		{listDue, []any{1, 1}, []string{"resource_fires (<expr><?)", "departed_fires (<expr><?)"}},
		{listDeparted + lastFirst, []any{int64(tenant), "User", 1, "x", 0, []byte{}, 1}, []string{"departed_listed (tenant=? AND type=? AND (departed,id)<(?,?))"}},
		{listDeparted + listHeld + lastFirst, []any{int64(tenant), "User", 1, "x", 0, []byte{}, 1, "y"}, []string{"departed_held (tenant=? AND type=? AND held_by=? AND (departed,id)<(?,?))"}},
		{listActivities, []any{"[1]"}, []string{"SEARCH a USING PRIMARY KEY (tenant=? AND type=? AND id=?)"}},
	} {
		got := s.plan(t, fragment{test.text, test.args})
		for _, want := range test.want {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in\n%s", want, got)
			}
		}
	}
}

// TestMembershipsGoByMember: what is looked for by member must not walk the
// memberships of the whole tenant.
func TestMembershipsGoByMember(t *testing.T) {
	t.Parallel()
	s, tenant := newStore(t, Options{})
	for name, text := range map[string]fragment{
		"groups of a page":   {listGroups, []any{"[1]"}},
		"departure":          {depart, []any{0, 0, 0, nil, 1}},
		"groups that lose":   {bereave, []any{0, int64(tenant), "x", "User"}},
		"filter by groups":   must(translateQuery(store.Query{Tenant: tenant, Types: []store.TypeQuery{{Type: "User", Where: store.Not{Expr: store.Related{Relation: store.AllGroups}}}}})).matches,
		"filter by a member": must(translateQuery(store.Query{Tenant: tenant, Types: []store.TypeQuery{{Type: "Group", Where: store.Related{Relation: store.Members, Where: store.CompareColumn{Column: store.ColumnRelatedID, Value: "x"}}}}})).matches,
	} {
		if got := s.plan(t, text); strings.Contains(got, "PRIMARY KEY (tenant=?)") {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}

func must(a asked, err error) asked {
	if err != nil {
		panic(err)
	}
	return a
}

// TestQueryTimeout: a query that takes too long is one of too many, and one
// that its caller gave up is not.
func TestQueryTimeout(t *testing.T) {
	t.Parallel()
	s, tenant := newStore(t, Options{QueryTimeout: time.Nanosecond})
	query := store.Query{Tenant: tenant, Types: []store.TypeQuery{{Type: "User"}}, Limit: 1}
	if _, err := s.Query(t.Context(), query); !errors.Is(err, store.ErrTooMany) {
		t.Errorf("Query: got error %v, want ErrTooMany", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Query(ctx, query); !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrTooMany) {
		t.Errorf("Query: got error %v, want context.Canceled", err)
	}
	ctx, cancel = context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if _, err := s.Query(ctx, query); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, store.ErrTooMany) {
		t.Errorf("Query: got error %v, want context.DeadlineExceeded", err)
	}
}

// TestInterrupt ends a statement that would run for hours.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	s, tenant := newStore(t, Options{QueryTimeout: 100 * time.Millisecond})
	list := strings.Repeat(`{"v":"x"},`, 3000) + `{"v":"y"}`
	var changes []store.Change
	for n := range 50 {
		changes = append(changes, &store.Create{Record: store.Record{
			Key: store.Key{Tenant: tenant, Type: "User", ID: uuid.New()}, Name: fmt.Sprint(n), Document: []byte(`{}`), Index: []byte(`{"l":[` + list + `]}`),
		}})
	}
	if _, err := s.Commit(t.Context(), changes); err != nil {
		t.Fatalf("Commit: %v", err)
	}
	var where store.And
	for n := range 500 {
		where = append(where, store.Not{Expr: store.Compare{Path: store.Path{{Name: "l", Multi: true}, {Name: "v"}}, Op: store.Contains, Value: fmt.Sprint("z", n)}})
	}
	start := time.Now()
	_, err := s.Query(t.Context(), store.Query{Tenant: tenant, Types: []store.TypeQuery{{Type: "User", Where: where}}, Limit: 1})
	if !errors.Is(err, store.ErrTooMany) {
		t.Errorf("Query: got error %v, want ErrTooMany", err)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %v", took)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
}

// TestHundredThousandMembers is the size that the largest groups have.
func TestHundredThousandMembers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	s, tenant := newStore(t, Options{})
	const size = 100_000
	all := make([]uuid.UUID, 0, size)
	for range size / 5000 {
		var changes []store.Change
		for range 5000 {
			id := uuid.New()
			all = append(all, id)
			changes = append(changes, &store.Create{Record: store.Record{Key: store.Key{Tenant: tenant, Type: "User", ID: id}, Name: id.String(), Document: []byte(`{}`)}})
		}
		if _, err := s.Commit(t.Context(), changes); err != nil {
			t.Fatalf("Commit: %v", err)
		}
	}
	key := store.Key{Tenant: tenant, Type: "Group", ID: uuid.New()}
	if _, err := s.Commit(t.Context(), []store.Change{&store.Create{Record: store.Record{Key: key, Document: []byte(`{}`)}}}); err != nil {
		t.Fatalf("Commit: %v", err)
	}
	for _, step := range []struct {
		name   string
		change store.MemberChange
		limit  time.Duration
	}{
		{"add all", store.MemberChange{Add: all}, 20 * time.Second},
		{"remove one", store.MemberChange{Remove: all[:1]}, 20 * time.Second},
		{"add one", store.MemberChange{Add: all[:1]}, 20 * time.Second},
		{"replace by the same", store.MemberChange{Replace: true, Add: all}, 20 * time.Second},
		{"remove all", store.MemberChange{Replace: true}, 20 * time.Second},
	} {
		start := time.Now()
		_, err := s.Commit(t.Context(), []store.Change{&store.Update{Key: key, Members: step.change, MemberTypes: []string{"User"}, Modified: time.Now()}})
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		took := time.Since(start)
		t.Logf("%s: %v", step.name, took)
		// The limits are far above what a quiet machine needs.
		if took > step.limit {
			t.Errorf("%s took %v", step.name, took)
		}
	}
}
