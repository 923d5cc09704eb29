package postgres

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// TestStandingPlans: a status that few have is found by index, and the one that
// most have leads no other condition astray; with and without statistics.
func TestStandingPlans(t *testing.T) {
	t.Parallel()
	s := populated(t, 3000)
	var changes []store.Change
	for n := range 5000 {
		facts := store.Facts{Status: "Active", SourceClient: "a"}
		switch n % 500 {
		case 0:
			facts.Status = "Locked"
		case 1:
			facts.Later = []store.Period{{At: time.Unix(1, 0), Status: "Locked"}}
			facts.Due = time.Unix(int64(n), 0)
		}
		changes = append(changes, &store.Create{Record: store.Record{
			Key: store.Key{Tenant: 1, Type: "User", ID: uuid.New()}, Name: fmt.Sprintf("standing%d", n), Document: []byte("{}"), Facts: facts,
		}})
	}
	if _, err := s.Commit(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	locked := store.Standing{Statuses: []string{"Locked", "Suspended"}}
	tests := []struct {
		name       string
		where      store.Expr
		want, none []string
	}{
		{"few have the status", locked, []string{"Index Scan on resource_status", "Index Scan on resource_later"}, nil},
		{"one status", store.CompareColumn{Column: store.ColumnStatus, Value: "Locked"}, []string{"Index Scan on resource_status"}, nil},
		{"a name, and a status", store.And{locked, store.CompareColumn{Column: store.ColumnName, Value: "user7"}}, []string{"resource_uniq_key"}, []string{"resource_status"}},
		{
			"an id, and a status",
			store.And{locked, store.CompareColumn{Column: store.ColumnID, Value: uuid.NewString()}},
			[]string{"Index Cond: ((tenant = '1'::bigint) AND (type = 'User'::text) AND (id = "},
			[]string{"resource_status", "resource_later"},
		},
		{
			"an e-mail, and the status of most",
			store.And{store.Standing{Statuses: []string{"Active"}}, store.Element{Path: emails, Where: store.Compare{Path: plain("value"), Value: "u7@x.org"}}},
			[]string{"Index Scan on resource_idx"},
			[]string{"resource_later"},
		},
		{"use", store.Idle{Since: time.Unix(5, 0)}, []string{"Index Scan using activity_key"}, nil},
		{"a client that nobody came by", store.CompareColumn{Column: store.ColumnSourceClient, Value: "b"}, []string{"resource_source_client"}, nil},
	}
	check := func(how string) {
		t.Helper()
		for _, test := range tests {
			probed, err := selectProbed(store.Query{Tenant: 1, Types: []store.TypeQuery{{Type: "User", Where: test.where}}, Limit: 10, Now: time.Unix(9, 0)})
			if err != nil {
				t.Fatal(err)
			}
			plan := s.explain(t, probed.sql(), append([]any{planned}, probed.args...)...)
			for _, want := range test.want {
				if !strings.Contains(plan, want) {
					t.Errorf("%s, %s: no %q in\n%s", how, test.name, want, plan)
				}
			}
			for _, none := range append(test.none, "Seq Scan") {
				if strings.Contains(plan, none) {
					t.Errorf("%s, %s: %q in\n%s", how, test.name, none, plan)
				}
			}
		}
		plan := s.explain(t, dueSQL, time.Unix(9, 0), int64(10))
		if !strings.Contains(plan, "using resource_fires") || !strings.Contains(plan, "using departed_fires") {
			t.Errorf("%s: what is due is not found by index:\n%s", how, plan)
		}
		if plan = s.explain(t, countSourceSQL, int64(1), "User", "a"); !strings.Contains(plan, "resource_source_client") {
			t.Errorf("%s: who came by a client is not counted by index:\n%s", how, plan)
		}
		plan = s.explain(t, departedPageSQL+lastFirstSQL, planned, int64(1), "User", timeOrNull(time.Unix(9, 0)), id(uuid.New()), "%", int64(9))
		if !strings.Contains(plan, "Backward using departed_listed") || strings.Contains(plan, "Sort") {
			t.Errorf("%s: departed resources are not walked by index:\n%s", how, plan)
		}
		for _, whose := range []uuid.UUID{uuid.New(), uuid.Nil} {
			plan = s.explain(t, departedPageSQL+heldSQL+lastFirstSQL, planned, int64(1), "User", timeOrNull(time.Time{}), id(uuid.Nil), "%", int64(9), idOrNull(whose))
			if !strings.Contains(plan, "Backward using departed_held") || strings.Contains(plan, "Sort") {
				t.Errorf("%s: what is held of %s is not walked by index:\n%s", how, whose, plan)
			}
		}
	}
	check("no statistics")
	if _, err := s.pool.Exec(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	check("statistics")
}
