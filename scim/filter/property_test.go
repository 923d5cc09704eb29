package filter_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	ast "github.com/scim2/filter-parser/v2"
	"pgregory.net/rapid"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

var (
	names    = rapid.SampledFrom([]string{"userName", "title", "name.givenName", "emails", "emails.type", "active", "urn:ietf:params:scim:schemas:core:2.0:User:nickName", "not", "nope"})
	subs     = rapid.SampledFrom([]string{"type", "value", "primary", "display"})
	literals = rapid.SampledFrom([]string{`"x"`, `"work"`, `"W@x.org"`, `""`, `true`, `false`, `null`, `1`, `-2.5`, `1e3`, `"a\"b"`, `"\u00e9"`})
	ops      = rapid.SampledFrom([]string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ"})
)

// text draws the text of a filter.
func text(t *rapid.T, depth int, names *rapid.Generator[string], brackets bool) string {
	kind := rapid.IntRange(0, 6).Draw(t, "kind")
	if depth == 0 {
		kind %= 2
	}
	below := func() string { return text(t, depth-1, names, brackets) }
	switch {
	case kind == 0:
		return names.Draw(t, "name") + " pr"
	case kind == 2:
		return below() + " and " + below()
	case kind == 3:
		return below() + " or " + below()
	case kind == 4:
		return "(" + below() + ")"
	case kind == 5:
		return "not (" + below() + ")"
	case kind == 6 && brackets:
		return "emails[" + text(t, depth-1, subs, false) + "]"
	}
	return names.Draw(t, "name") + " " + ops.Draw(t, "op") + " " + literals.Draw(t, "literal")
}

func TestPrintIsStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		source := text(t, 5, names, true)
		if len(source) > filter.MaxLength {
			return
		}
		e, err := filter.Parse(source)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		printed := filter.Print(e)
		again, err := filter.Parse(printed)
		if diff := cmp.Diff(e, again); err != nil || diff != "" {
			t.Fatalf("%s, printed %s: %v %s", source, printed, err, diff)
		}
	})
}

func TestNotNegates(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	objects := []*schema.Object{object(t, user, someUser), object(t, user, `"userName":"x"`), object(t, user, `"userName":"x","emails":[{"type":"work"}]`)}
	rapid.Check(t, func(t *rapid.T) {
		source := text(t, 4, names, true)
		f, err := bind(user, source, 0)
		if err != nil {
			if _, ok := fault.As(err); !ok {
				t.Fatal(err)
			}
			return
		}
		negated, err := bind(user, "not("+source+")", 0)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range objects {
			if filter.Match(f, o) == filter.Match(negated, o) || filter.Match(filter.Not{Filter: f}, o) == filter.Match(f, o) {
				t.Fatalf("%s and its negation agree on object %d", source, i)
			}
		}
	})
}

// The library that the syntax tree comes from reads the same trees, where it
// can: it decodes no escapes, takes one blank, and fails on deep value filters.
func TestAgreesWithLibrary(t *testing.T) {
	t.Parallel()
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		source := text(t, 3, names, true)
		if strings.Contains(source, `\`) || strings.Contains(source, "not eq") {
			return
		}
		want, err := ast.ParseFilter([]byte(source))
		if err != nil {
			return
		}
		got, err := filter.Parse(source)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		if diff := cmp.Diff(floats(want), got); diff != "" {
			t.Fatalf("%s: %s", source, diff)
		}
		compared++
	})
	if compared < 10 {
		t.Errorf("only %d filters were compared", compared)
	}
}

// floats replaces the library's whole numbers.
func floats(e ast.Expression) ast.Expression {
	switch e := e.(type) {
	case *ast.LogicalExpression:
		return &ast.LogicalExpression{Left: floats(e.Left), Right: floats(e.Right), Operator: e.Operator}
	case *ast.NotExpression:
		return &ast.NotExpression{Expression: floats(e.Expression)}
	case *ast.ValuePath:
		return &ast.ValuePath{AttributePath: e.AttributePath, ValueFilter: floats(e.ValueFilter)}
	case *ast.AttributeExpression:
		if n, ok := e.CompareValue.(int); ok {
			return &ast.AttributeExpression{AttributePath: e.AttributePath, Operator: e.Operator, CompareValue: float64(n)}
		}
	}
	return e
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`userName eq "bjensen"`, `name.familyName co "O'Malley"`, `urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"`, `title pr and userType eq "Employee"`,
		`userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")`, `userType ne "Employee" and not (emails co "x")`,
		`emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]`, `meta.lastModified gt "2011-05-13T04:42:34Z"`,
		`emails[type eq "work"].value eq "x"`, `schemas eq "urn:x"`, `a eq "\ud83d\ude00"`, `((((`, `not(not(a pr))`, `active eq -1.5e10`, `emails[`, `urn:`,
	} {
		f.Add(seed)
	}
	types := registry(f).Types()
	bob := object(f, types[0], someUser)
	f.Fuzz(func(t *testing.T, source string) {
		e, err := filter.Parse(source)
		if err != nil {
			wantFault(t, err, fault.InvalidFilter)
			return
		}
		printed := filter.Print(e)
		if len(printed) <= filter.MaxLength {
			again, err := filter.Parse(printed)
			if diff := cmp.Diff(e, again); err != nil || diff != "" {
				t.Fatalf("printed %q: %v %s", printed, err, diff)
			}
		}
		l := &schema.Leniency{Allowed: schema.AllNormalisations}
		bound, err := filter.Bind(e, types[0], l)
		if err == nil {
			filter.Match(bound, bob)
		} else {
			wantFault(t, err, fault.InvalidFilter)
		}
		if _, err := filter.BindEach(e, types, l); err != nil {
			wantFault(t, err, fault.InvalidFilter)
		}
	})
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{`members`, `name.familyName`, `addresses[type eq "work"]`, `members[value eq "2819c223"].displayName`, enterprise, enterprise + `:manager.value`, `emails[0]`, `a[`, `urn:a:b[c pr].d`} {
		f.Add(seed)
	}
	user := resourceType(f, "User")
	f.Fuzz(func(t *testing.T, source string) {
		path, err := filter.ParsePath(source)
		if err == nil {
			_, err = filter.BindPath(path, user, &schema.Leniency{Allowed: schema.AllNormalisations})
		}
		if refused, ok := fault.As(err); err != nil && (!ok || refused.Type != fault.InvalidPath && refused.Type != fault.InvalidFilter) {
			t.Fatalf("%q: %v", source, err)
		}
	})
}
