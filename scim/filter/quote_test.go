package filter_test

import (
	"strings"
	"testing"

	ast "github.com/scim2/filter-parser/v2"
	"pgregory.net/rapid"

	"rollcall/scim/filter"
)

// TestQuoteIsRead: a text that is quoted is the value that the filter and the path
// compare with, whatever it is made of.
func TestQuoteIsRead(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	hostile := rapid.SampledFrom([]string{`"`, `\`, `") or (userName pr`, "\n", "\u2028", "<script>", "é", "𝄞", "]", `\u0041`, "\x7f"})
	rapid.Check(t, func(t *rapid.T) {
		want := strings.ToValidUTF8(strings.Join(rapid.SliceOf(rapid.OneOf(rapid.String(), hostile)).Draw(t, "text"), ""), "\uFFFD")
		want = strings.ReplaceAll(want, "\x00", "")
		if len(want) > filter.MaxLength/8 {
			return
		}
		// externalId compares exactly; a value filter of a path reads the same grammar.
		bound, err := bind(user, "externalId eq "+filter.Quote(want), 0)
		if err != nil {
			t.Fatalf("%q: %v", want, err)
		}
		if compare, ok := bound.(filter.Compare); !ok || compare.Value != want {
			t.Fatalf("%q was read as %#v", want, bound)
		}
		path, err := filter.ParsePath("emails[value eq " + filter.Quote(want) + "].type")
		if err != nil {
			t.Fatalf("%q in a path: %v", want, err)
		}
		if compare, ok := path.ValueExpression.(*ast.AttributeExpression); !ok || compare.CompareValue != want {
			t.Fatalf("%q was read in a path as %#v", want, path.ValueExpression)
		}
	})
}

// TestQuoteIsUTF8: what is no UTF-8 can be quoted, too, and NUL is refused.
func TestQuoteIsUTF8(t *testing.T) {
	t.Parallel()
	if got := filter.Quote("a\xffb"); got != "\"a\uFFFDb\"" {
		t.Errorf("%q", got)
	}
	if _, err := filter.Parse("userName eq " + filter.Quote("a\x00b")); err == nil {
		t.Error("a filter takes NUL")
	}
}
