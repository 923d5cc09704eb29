package sqlite

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// TestCursorPlans: a page deep in a directory walks the index of its order from
// its place on.
func TestCursorPlans(t *testing.T) {
	t.Parallel()
	s, tenant := newStore(t, Options{})
	for column, want := range map[store.Column]string{
		store.ColumnID: "resource_id (tenant=? AND type=? AND id", store.ColumnName: "resource_name (tenant=? AND type=? AND name",
		store.ColumnExternalID: "resource_external_id (tenant=? AND type=? AND ", store.ColumnSortName: "resource_sort_name (tenant=? AND type=? AND ",
		store.ColumnCreated: "resource_created (tenant=? AND type=? AND ", store.ColumnModified: "resource_modified (tenant=? AND type=? AND ",
	} {
		key := []byte("sx")
		if column == store.ColumnCreated || column == store.ColumnModified {
			key = []byte("i7")
		}
		for _, descending := range []bool{false, true} {
			sort := store.Sort{Column: column, Descending: descending}
			asked, err := translateQuery(store.Query{Tenant: tenant, Types: []store.TypeQuery{{Type: "User"}}, Sort: sort})
			if err != nil {
				t.Fatal(err)
			}
			runs, err := stretches(sort, &store.Position{Key: key, ID: uuid.New()})
			if err != nil {
				t.Fatal(err)
			}
			got := s.plan(t, asked.stretch(runs[0], 10))
			if !strings.Contains(got, want) || strings.Contains(got, "SCAN r") {
				t.Errorf("column %d, descending %v: no %q in\n%s", column, descending, want, got)
			}
			walk, _, _ := strings.Cut(got, "SCAN (subquery")
			if strings.Contains(walk, "USE TEMP B-TREE FOR ORDER BY") && column != store.ColumnName {
				t.Errorf("column %d, descending %v: sorts\n%s", column, descending, got)
			}
		}
	}
}

// TestLastLoginPlan: who signed in between two days is found by the index of the
// last sign-in, from the first of them to the last.
func TestLastLoginPlan(t *testing.T) {
	t.Parallel()
	s, tenant := newStore(t, Options{})
	login := func(op store.Op, at time.Time) store.Expr {
		return store.CompareColumn{Column: store.ColumnLastLogin, Op: op, Value: at}
	}
	where := store.And{login(store.GreaterOrEqual, time.Unix(1000, 0)), login(store.Less, time.Unix(2000, 0))}
	for _, descending := range []bool{false, true} {
		sort := store.Sort{Column: store.ColumnLastLogin, Descending: descending}
		asked, err := translateQuery(store.Query{Tenant: tenant, Types: []store.TypeQuery{{Type: "User", Where: where}}, Sort: sort})
		if err != nil {
			t.Fatal(err)
		}
		if len(asked.types) != 1 {
			t.Fatalf("%d walks, although nobody of them never signed in", len(asked.types))
		}
		runs, err := stretches(sort, nil)
		if err != nil {
			t.Fatal(err)
		}
		run := runs[0]
		if descending {
			run = runs[1]
		}
		got := s.plan(t, asked.stretch(run, 10))
		const want = "activity_last_login (tenant=? AND type=? AND last_login>? AND last_login<?"
		if walk, _, _ := strings.Cut(got, "SCAN (subquery"); !strings.Contains(walk, want) || strings.Contains(walk, "USE TEMP B-TREE FOR ORDER BY") {
			t.Errorf("descending %v: no %q in\n%s", descending, want, got)
		}
	}
}
