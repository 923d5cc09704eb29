package postgres

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
)

func plain(names ...string) store.Path {
	path := make(store.Path, len(names))
	for i, name := range names {
		path[i] = store.Step{Name: name}
	}
	return path
}

var emails = store.Path{{Name: "emails", Multi: true}}

func translated(t *testing.T, where store.Expr) (string, []any) {
	t.Helper()
	c := &condition{statement: &statement{}, tenant: 7, typ: "User", now: time.Unix(0, 0).UTC()}
	sql, err := c.where(where, c.shadow())
	if err != nil {
		t.Fatalf("%#v: %v", where, err)
	}
	return sql, c.args
}

func TestWhere(t *testing.T) {
	t.Parallel()
	equal := func(name string, value any) store.Expr { return store.Compare{Path: plain(name), Value: value} }
	tests := []struct {
		name  string
		where store.Expr
		sql   string
		args  []any
	}{
		{
			"element is one containment",
			store.Element{Path: emails, Where: store.And{equal("type", "work"), equal("value", "x")}},
			`(r.idx @> $1::jsonb)`,
			[]any{`{"7/User":{"emails":[{"type":"work","value":"x"}]}}`},
		},
		{
			"two values of one sub-attribute cannot be one",
			store.Element{Path: emails, Where: store.And{equal("type", "work"), equal("type", "home")}},
			`((r.idx @> $4::jsonb) AND EXISTS (SELECT 1 FROM jsonb_array_elements(CASE WHEN jsonb_typeof((r.idx #> $1::text[])) = 'array' ` +
				`THEN (r.idx #> $1::text[]) ELSE '[]'::jsonb END) AS e1 (v) WHERE (((e1.v #> $2::text[]) = $3::jsonb) AND ((e1.v #> $5::text[]) = $6::jsonb))))`,
			nil,
		},
		{
			"any element of several conditions",
			store.Element{Path: emails, Where: store.Or{equal("type", "work"), equal("value", "x")}},
			`((r.idx @> $1::jsonb) OR (r.idx @> $2::jsonb))`,
			[]any{`{"7/User":{"emails":[{"type":"work"}]}}`, `{"7/User":{"emails":[{"value":"x"}]}}`},
		},
		{"number", equal("age", 42.0), `(r.idx @> $1::jsonb)`, []any{`{"7/User":{"age":42}}`}},
		{
			"not is never unknown",
			store.Not{Expr: store.CompareColumn{Column: store.ColumnName, Op: store.StartsWith, Value: `50%_\`}},
			`(((r.uniq LIKE $1::text)) IS NOT TRUE)`,
			[]any{`50\%\_\\%`},
		},
		{"an id that is none", store.CompareColumn{Column: store.ColumnID, Value: "ABC"}, "false", nil},
		{
			"a standing has an arm for each index",
			store.Standing{Statuses: []string{"Locked"}},
			`((r.later IS NULL AND r.status = ANY($1::text[])) OR (r.later IS NOT NULL AND ` +
				`coalesce((jsonb_path_query_array(r.later, '$[*] ? (@.a <= $now)', $2::jsonb) -> -1) ->> 's', r.status) = ANY($1::text[])))`,
			[]any{[]string{"Locked"}, `{"now":0}`},
		},
		{"nothing", store.Or{}, "false", nil},
		{"everything", store.And{}, "true", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sql, args := translated(t, test.where)
			if test.name == "two values of one sub-attribute cannot be one" {
				// The numbers of its parameters do not matter.
				if !strings.Contains(sql, "r.idx @> ") || !strings.Contains(sql, "EXISTS (SELECT 1 FROM jsonb_array_elements(") {
					t.Errorf("sql = %s", sql)
				}
				return
			}
			if diff := cmp.Diff(test.sql, sql); diff != "" {
				t.Errorf("sql (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.args, args); diff != "" {
				t.Errorf("arguments (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNoValueInText: neither a value nor the name of an attribute gets into
// the text of a statement.
func TestNoValueInText(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t"
	path := store.Path{{Name: secret + "m", Multi: true}, {Name: secret}}
	var where store.And
	for op := store.Equal; op <= store.LessOrEqual; op++ {
		where = append(where,
			store.Compare{Path: path, Op: op, Value: secret},
			store.Element{Path: path[:1], Where: store.And{store.Compare{Path: path[1:], Op: op, Value: secret}, store.Not{Expr: store.Present{Path: path[1:]}}}},
			store.CompareColumn{Column: store.ColumnExternalID, Op: op, Value: secret},
			store.Related{Relation: store.AllGroups, Where: store.CompareColumn{Column: store.ColumnRelatedType, Op: op, Value: secret}},
		)
	}
	query := store.Query{Tenant: 7, Types: []store.TypeQuery{{Type: secret, Where: where}}, Sort: store.Sort{Path: path}, Limit: 5}
	for _, build := range []func(store.Query) (*statement, error){selectProbed, selectOrdered} {
		s, err := build(query)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(s.sql(), secret) {
			t.Errorf("a value in the text of %s", s.sql())
		}
	}
}

func TestErrorsKeepValues(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"s3cr3t\x00", "s3cr3t\xff"} {
		_, err := selectProbed(store.Query{Types: []store.TypeQuery{{Type: "User", Where: store.Compare{Path: plain("a"), Value: value}}}, Limit: 1})
		if err == nil || strings.Contains(fmt.Sprint(err), "s3cr3t") {
			t.Errorf("error = %v", err)
		}
	}
}
