package filter_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	ast "github.com/scim2/filter-parser/v2"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
)

func TestParsePrintsBack(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`userName eq "x"`:                                            ``,
		`  userName   EQ   "x"  `:                                    `userName eq "x"`,
		`title Pr`:                                                   `title pr`,
		`a pr or b pr and c pr`:                                      ``,
		`(a pr or b pr) and c pr`:                                    ``,
		`a pr and (b pr and c pr)`:                                   ``,
		`((a pr))`:                                                   `a pr`,
		`a pr and b pr and c pr or d pr or e pr`:                     ``,
		`not (a pr) AND NOT(b pr) and nOt  ( c pr )`:                 `not(a pr) and not(b pr) and not(c pr)`,
		`not eq "x"`:                                                 ``,
		`and pr and or pr or not pr`:                                 ``,
		`emails[type eq "work" and value co "@x"]`:                   ``,
		`emails[not (type eq "work") or (value pr)]`:                 `emails[not(type eq "work") or value pr]`,
		`emails[type eq "work"].value eq "x"`:                        `emails[type eq "work" and value eq "x"]`,
		`emails[type eq "a" or type eq "b"].value pr`:                `emails[(type eq "a" or type eq "b") and value pr]`,
		`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"`: ``,
		`urn:example:Gadget_v1-x:2.0:Gadget:a.b eq 1`:                ``,
		`URN:x:(y):a pr`:                                             ``,
		`urn:x:a:1.0 pr`:                                             ``,
		`members.$ref eq "x"`:                                        ``,
		`a-b_c$1 eq "x"`:                                             ``,
		`a eq true or b eq FALSE or c eq Null`:                       `a eq true or b eq false or c eq null`,
		`a eq -0.5e2`:                                                `a eq -50`,
		`a eq 0 and b eq 10 and c eq 1E+3`:                           `a eq 0 and b eq 10 and c eq 1000`,
		`a eq 123456789012345678901`:                                 `a eq 1.2345678901234568e+20`,
		`a eq "\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00é"`:                `a eq "\"\\/\b\f\n\r\tAé😀é"`,
		`a eq ""`: ``,
	} {
		if want == "" {
			want = text
		}
		e, err := filter.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := filter.Print(e); got != want {
			t.Errorf("%s: got %s", text, got)
		}
		again, err := filter.Parse(filter.Print(e))
		if diff := cmp.Diff(e, again); err != nil || diff != "" {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
}

func TestParsePrecedence(t *testing.T) {
	t.Parallel()
	e, err := filter.Parse(`a pr or b pr and c pr`)
	if err != nil {
		t.Fatal(err)
	}
	or, ok := e.(*ast.LogicalExpression)
	if !ok || or.Operator != ast.OR {
		t.Fatalf("got %v", e)
	}
	if and, ok := or.Right.(*ast.LogicalExpression); !ok || and.Operator != ast.AND {
		t.Errorf("got %v", or.Right)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `   `, `userName`, `userName eq`, `userName eq `, `userName eq "x`, `userName eq "x" ` + "\t",
		`userName eq bob`, `userName eq 'bob'`, `userName regex "x"`, `userName eqq "x"`, `userName eq"x"`, `userName eq "x"y`,
		`userName eq "x" and`, `userName eq "x" or `, `and userName eq "x"`, `userName eq "x" userName eq "y"`,
		`(userName eq "x"`, `userName eq "x")`, `()`, `not`, `not ()`, `not userName eq "x"`, `not not (a pr)`,
		`(a pr)and(b pr)`, `a pr and(b pr)`, `emails[`, `emails[]`, `emails[type eq "x"`, `emails[type eq "x"]]`,
		`emails[type eq "x"].`, `emails[type eq "x"].value`, `emails[type eq "x"].value zz "x"`, `emails[type eq "x"] eq "y"`,
		`emails[parts[value eq "x"]]`, `emails[(parts[value eq "x"])]`, `emails [type pr]`,
		`1a eq "x"`, `a..b eq "x"`, `a.b.c eq "x"`, `.a pr`, `a. pr`, `a:b pr`, `urn: pr`, `urn:a: pr`, `é pr`, `$x pr`,
		`a eq 01`, `a eq +1`, `a eq .5`, `a eq 1.`, `a eq 1e`, `a eq 1e999`, `a eq -`, `a eq 1x`, `a eq 0x1`, `a eq truex`, `a eq NaN`,
		`a eq "\x"`, `a eq "\u12"`, `a eq "\u12g4"`, `a eq "\ud83d"`, `a eq "\ud83dx"`, `a eq "\ud83d\u0041"`, `a eq "\ude00"`, `a eq "\u+123"`,
		"a eq \"\x01\"", "a eq \"\\n\n\"", "a eq \"\xff\"", "a eq \"\\n\xff\"", "a\x00 pr", `a eq "\`, `a eq "x" && b pr`, `a eq {}`, `a eq ["x"]`,
	} {
		_, err := filter.Parse(text)
		wantFault(t, err, fault.InvalidFilter)
	}
}

func TestParseBounds(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"(", "not(", "not (", "emails[", "emails[(", "a eq (", "a pr or ("} {
		_, err := filter.Parse(strings.Repeat(part, 100_000))
		wantFault(t, err, fault.InvalidFilter)
		_, err = filter.Parse(strings.Repeat(part, filter.MaxLength/len(part)))
		wantFault(t, err, fault.InvalidFilter)
		_, err = filter.ParsePath("emails[" + strings.Repeat(part, 500) + "]")
		wantFault(t, err, fault.InvalidFilter)
	}
	nested := func(n int) string { return strings.Repeat("(", n) + "a pr" + strings.Repeat(")", n) }
	if _, err := filter.Parse(nested(filter.MaxDepth)); err != nil {
		t.Error(err)
	}
	_, err := filter.Parse(nested(filter.MaxDepth + 1))
	wantFault(t, err, fault.InvalidFilter)

	// A chain is as long as the text allows and binds, prints and matches.
	chain := strings.Repeat("title pr or ", filter.MaxLength/12-1) + "title pr"
	e, err := filter.Parse(chain)
	if err != nil {
		t.Fatal(err)
	}
	if filter.Print(e) != chain {
		t.Error("the chain prints differently")
	}
	if _, err := bind(resourceType(t, "User"), chain, 0); err != nil {
		t.Error(err)
	}
	_, err = filter.Parse(strings.Repeat(" ", filter.MaxLength) + "a pr")
	wantFault(t, err, fault.InvalidFilter)
}

func TestErrorsKeepLiteralsToThemselves(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	for _, text := range []string{
		`userName eq "hush" x`, `userName eq "hush`, `userName eq hush`, `userName eq 'hush'`, `active eq "hush"`, `name eq "hush"`,
		`password eq "hush"`, `meta.created gt "hush"`, `meta.version eq "hush"`, `nope eq "hush"`, `photos.value eq "hush"`, `meta.created co "hush"`,
	} {
		_, err := bind(user, text, 0)
		wantFault(t, err, fault.InvalidFilter)
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := filter.Parse(`userName eq "x"`); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseAndBind(b *testing.B) {
	user := resourceType(b, "User")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bind(user, `userName eq "x"`, 0); err != nil {
			b.Fatal(err)
		}
	}
}
