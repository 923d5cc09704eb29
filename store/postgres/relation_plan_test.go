package postgres

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"rollcall/store"
)

// TestRelationPlans: what a relation names by id or by label is found from
// there, whatever the planner knows, and not by walking all resources.
func TestRelationPlans(t *testing.T) {
	t.Parallel()
	s := populated(t, 3000)
	page, err := s.Query(t.Context(), store.Query{Tenant: 1, Types: []store.TypeQuery{{Type: "User"}}, Limit: 3000})
	if err != nil {
		t.Fatal(err)
	}
	var users []uuid.UUID
	for _, record := range page.Records {
		users = append(users, record.ID)
	}
	changes := make([]store.Change, 200)
	for n := range changes {
		changes[n] = &store.Create{
			Record:  store.Record{Key: store.Key{Tenant: 1, Type: "Group", ID: uuid.New()}, SortName: "g" + itoa(int64(n)), Document: []byte("{}")},
			Members: users[n*10 : n*10+10], MemberTypes: []string{"User"},
		}
	}
	if _, err := s.Commit(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	column := func(column store.Column, value string) store.Expr {
		return store.CompareColumn{Column: column, Value: value}
	}
	group := changes[7].(*store.Create).Record.ID.String()
	byLabel := `Index (Only )?Scan using resource_sort_name`
	tests := []struct {
		name, typ string
		where     store.Related
		want      []string
	}{
		{"member by id", "Group", store.Related{Where: column(store.ColumnRelatedID, users[0].String())}, []string{`member_groups`}},
		{"direct group by id", "User", store.Related{Relation: store.Groups, Where: column(store.ColumnRelatedID, group)}, []string{`member_key`}},
		{"any group by id", "User", store.Related{Relation: store.AllGroups, Where: column(store.ColumnRelatedID, group)}, []string{`member_key`}},
		{"indirect group by id", "User", store.Related{Relation: store.IndirectGroups, Where: column(store.ColumnRelatedID, group)}, []string{`member_key`}},
		{"member by label", "Group", store.Related{Where: column(store.ColumnRelatedLabel, "u7")}, []string{byLabel, `resource_uniq_key`, `member_groups`}},
		{"group by label", "User", store.Related{Relation: store.Groups, Where: column(store.ColumnRelatedLabel, "g7")}, []string{byLabel, `member_key`}},
	}
	check := func(how string) {
		t.Helper()
		for _, test := range tests {
			probed, err := selectProbed(store.Query{Tenant: 1, Types: []store.TypeQuery{{Type: test.typ, Where: test.where}}, Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			plan := s.explain(t, probed.sql(), append([]any{planned}, probed.args...)...)
			for _, want := range append(test.want, `Tid Scan on resource`, `Index Scan using resource_key on resource k`) {
				if !regexp.MustCompile(want).MatchString(plan) {
					t.Errorf("%s, %s: no %s in\n%s", how, test.name, want, plan)
				}
			}
			if strings.Contains(plan, "Seq Scan on resource") || strings.Contains(plan, "Seq Scan on member") {
				t.Errorf("%s, %s: scans\n%s", how, test.name, plan)
			}
		}
	}
	check("no statistics")
	if _, err := s.pool.Exec(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	check("statistics")
}
