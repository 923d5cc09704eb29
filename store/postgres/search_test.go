package postgres

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"rollcall/internal/testpg"
	"rollcall/store"
)

var familyName = store.Path{{Name: "name"}, {Name: "familyName"}}

func contains(path store.Path, text string) store.Expr {
	return store.Compare{Path: path, Op: store.Contains, Value: text}
}

// anywhere is what the console looks for.
func anywhere(text string) store.Expr {
	return store.Or{
		store.CompareColumn{Column: store.ColumnName, Op: store.Contains, Value: text},
		contains(store.Path{{Name: "displayName"}}, text), contains(familyName, text),
		contains(append(emails[:len(emails):len(emails)], store.Step{Name: "value"}), text),
		store.CompareColumn{Column: store.ColumnExternalID, Op: store.Equal, Value: text},
	}
}

// TestSearchPlan: what people look for is found by its trigrams, with and without
// statistics, also together with the status that most have.
func TestSearchPlan(t *testing.T) {
	t.Parallel()
	s := populated(t, 3000)
	if limited, err := s.Limitations(t.Context()); limited != nil || err != nil {
		t.Fatalf("Limitations = %v, %v", limited, err)
	}
	active := store.Standing{Statuses: []string{"Active"}}
	group := store.Or{
		store.CompareColumn{Column: store.ColumnName, Op: store.Contains, Value: "team 7"},
		store.CompareColumn{Column: store.ColumnExternalID, Op: store.Equal, Value: "Team 7"},
	}
	plan := func(typ string, where store.Expr) string {
		probed, err := selectProbed(store.Query{Tenant: 1, Types: []store.TypeQuery{{Type: typ, Where: narrowed(where, narrowing(where, typ), nil)}}, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return s.explain(t, probed.sql(), append([]any{planned}, probed.args...)...)
	}
	check := func(how string) {
		t.Helper()
		for _, where := range []store.Expr{anywhere("user77"), store.And{anywhere("u77@x"), active}, contains(familyName, "müller")} {
			plan := plan("User", where)
			if !strings.Contains(plan, "Bitmap Index Scan on resource_search\n") || strings.Contains(plan, "Seq Scan") {
				t.Errorf("%s: %#v is not found by index:\n%s", how, where, plan)
			}
		}
		if plan := plan(groupType, group); !strings.Contains(plan, "Bitmap Index Scan on resource_search_groups\n") || strings.Contains(plan, "Seq Scan") {
			t.Errorf("%s: a group is not found by its name:\n%s", how, plan)
		}
	}
	check("no statistics")
	if _, err := s.pool.Exec(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	check("statistics")
}

// TestNarrowed: nothing is narrowed that another index finds, or that trigrams do
// not find.
func TestNarrowed(t *testing.T) {
	t.Parallel()
	named := func(op store.Op, text string) store.Expr {
		return store.CompareColumn{Column: store.ColumnName, Op: op, Value: text}
	}
	same := func(text string) store.Expr {
		return store.CompareColumn{Column: store.ColumnExternalID, Op: store.Equal, Value: text}
	}
	for _, test := range []struct {
		where store.Expr
		what  *sought
	}{
		{anywhere("abc"), &sought{texts: []string{"abc"}, externalIDs: []string{"abc"}}},
		{store.Or{named(store.Contains, "abc"), same("a"), same("b"), same("a")}, &sought{texts: []string{"abc"}, externalIDs: []string{"a", "b"}}},
		{store.Or{same("b"), same("a")}, &sought{externalIDs: []string{"a", "b"}}},
		{store.And{store.Not{Expr: anywhere("abc")}, named(store.EndsWith, "x.y.zoo")}, &sought{texts: []string{"x.y.zoo"}}},
		{store.Or{named(store.Contains, "abc"), contains(familyName, "ABC")}, &sought{texts: []string{"ABC", "abc"}}},
		{store.Element{Path: emails, Where: contains(plain("value"), "abc")}, &sought{texts: []string{"abc"}}},
		{nil, nil},
		{anywhere("ab"), nil},
		{anywhere("ab cd-ef"), nil},
		{anywhere(`abc"`), nil},
		{anywhere(`abc\`), nil},
		{anywhere("abc\n"), nil},
		{store.Not{Expr: named(store.Contains, "abc")}, nil},
		{store.Or{named(store.Contains, "abc"), contains(store.Path{{Name: "title"}}, "abc")}, nil},
		{named(store.Equal, "abc"), nil},
		{named(store.StartsWith, "abc"), nil},
		{store.And{named(store.Contains, "abc"), store.Compare{Path: plain("dept"), Value: "d1"}}, nil},
		{store.Compare{Path: familyName, Op: store.Greater, Value: "abc"}, nil},
	} {
		if diff := cmp.Diff(test.what, narrowing(test.where, "User"), cmp.AllowUnexported(sought{})); diff != "" {
			t.Errorf("%#v (-want +got):\n%s", test.where, diff)
		}
	}
	// A group whose name alone is looked for has an index of its own.
	for _, test := range []struct {
		where store.Expr
		what  *sought
	}{
		{store.Or{named(store.Contains, "abc"), same("abc")}, &sought{names: []string{"abc"}, externalIDs: []string{"abc"}}},
		{store.Or{named(store.Contains, "abc"), contains(familyName, "ABC")}, &sought{texts: []string{"ABC", "abc"}}},
	} {
		if diff := cmp.Diff(test.what, narrowing(test.where, groupType), cmp.AllowUnexported(sought{})); diff != "" {
			t.Errorf("group: %#v (-want +got):\n%s", test.where, diff)
		}
	}
}

// TestSample: a text is looked for by what few have of it, and what nearly all have
// is not counted; both find the same.
func TestSample(t *testing.T) {
	t.Parallel()
	s := populated(t, 3000)
	ask := func(text string, known *sample) []string {
		known.taken = time.Now()
		s.sampler.last.Store(known)
		var names []string
		query := store.Query{Tenant: 1, Types: []store.TypeQuery{{Type: "User", Where: anywhere(text)}}, Sort: store.Sort{Column: store.ColumnName}, Limit: 100, Capped: true}
		page, err := s.Query(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range page.Records {
			names = append(names, record.Name)
		}
		return append(names, fmt.Sprint(min(page.Total, len(names))))
	}
	taken, err := s.takeSample(t.Context())
	if err != nil || taken.share != 1 || len(taken.texts) < 3000 || len(taken.having["use"]) < 3000 {
		t.Fatalf("a sample of %d texts, %v", len(taken.texts), err)
	}
	if parts := taken.rarest("user2999"); slices.Contains(parts, "use") || len(parts) > mostRare {
		t.Errorf("user2999 is looked for by %v", parts)
	}
	if patterns := taken.patterns([]string{"User2999", "user2999"}); len(patterns) != 1 {
		t.Errorf("User2999 is looked for by %v", patterns)
	}
	if diff := cmp.Diff([][]string{{"zqjzqjzqj"}}, taken.patterns([]string{"zqjzqjzqj"})); diff != "" {
		t.Errorf("what repeats itself is looked for once (-want +got):\n%s", diff)
	}
	many := *taken
	many.share = 0.01
	for _, text := range []string{"user77", "user2999@x", "u77@x", "USER77", "müller", "no such text", "r29", "user"} {
		found := ask(text, taken)
		for _, other := range []*sample{{}, &many} {
			if diff := cmp.Diff(ask(text, other), found); diff != "" {
				t.Errorf("%s (-want +got):\n%s", text, diff)
			}
		}
	}
	if got := many.estimate(1, "User", []string{"user"}); got < 2*store.ProbeCap {
		t.Errorf("about %d have what all have", got)
	}
}

// FuzzTrigrams: a text has the parts that it is looked for by.
func FuzzTrigrams(f *testing.F) {
	f.Add("Ada.Lovelace@work.example")
	f.Add("a\xff1\x16\x10\x11öabcdefg")
	f.Fuzz(func(t *testing.T, text string) {
		rest := text
		for _, part := range (&sample{}).rarest(text) {
			_, behind, ok := strings.Cut(rest, part)
			if !ok {
				t.Errorf("%q has no %q in %q", text, part, rest)
			}
			rest = behind
		}
		for low := range trigrams(text) {
			if strings.ContainsFunc(low, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
				t.Errorf("%q of %q", low, text)
			}
		}
	})
}

// TestWithoutTrigrams: where the role may not add the extension, the server works
// and says so, and finds the same; once it is added, the next start uses it.
func TestWithoutTrigrams(t *testing.T) {
	t.Parallel()
	address, err := url.Parse(testpg.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	chief, err := pgx.Connect(t.Context(), address.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = chief.Close(t.Context()) }()
	role := "humble_" + strings.TrimPrefix(address.Path, "/")
	for _, sql := range []string{"CREATE ROLE %s LOGIN", "GRANT CREATE, USAGE ON SCHEMA public TO %s"} {
		if _, err := chief.Exec(t.Context(), fmt.Sprintf(sql, pgx.Identifier{role}.Sanitize())); err != nil {
			t.Fatal(err)
		}
	}
	address.User = url.User(role)
	open := func() *Store {
		s, err := Open(t.Context(), address.String(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		return s
	}
	finds := func(s *Store, limitations int) {
		t.Helper()
		limited, err := s.Limitations(t.Context())
		if len(limited) != limitations || err != nil || s.searchable.Load() != (limitations == 0) {
			t.Errorf("Limitations = %v, %v", limited, err)
		}
		page, err := s.Query(t.Context(), store.Query{Tenant: 1, Types: []store.TypeQuery{{Type: "User", Where: anywhere("mith")}}, Limit: 1})
		if err != nil || page.Total != 1 {
			t.Errorf("found %d, %v", page.Total, err)
		}
	}
	s := open()
	create := &store.Create{Record: store.Record{Key: store.Key{Tenant: 1, Type: "User", ID: uuid.New()}, Name: "smith", Document: []byte("{}"), Index: []byte("{}")}}
	if _, err := s.Commit(t.Context(), []store.Change{create}); err != nil {
		t.Fatal(err)
	}
	finds(s, 1)
	if _, err := chief.Exec(t.Context(), "CREATE EXTENSION pg_trgm"); err != nil {
		t.Fatal(err)
	}
	finds(open(), 0)
}
