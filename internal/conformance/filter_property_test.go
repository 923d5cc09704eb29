package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/schemas"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// TestFilterInDatabaseEqualsMatcher holds the databases against the matcher in
// memory on random people and random filters.
func TestFilterInDatabaseEqualsMatcher(t *testing.T) {
	t.Parallel()
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	kind, _ := types.Type("User")
	onEachStore(t, func(t *testing.T, s *server) {
		people := randomPeople(t, s, kind)
		rapid.Check(t, func(r *rapid.T) {
			text := filterText(r, 3)
			expression, err := filter.Parse(text)
			if err != nil {
				r.Fatalf("%s: %v", text, err)
			}
			bound, err := filter.Bind(expression, kind, &schema.Leniency{Allowed: schema.AllNormalisations})
			if err != nil {
				r.Fatalf("%s: %v", text, err)
			}
			var want []string
			for name, object := range people {
				if filter.MatchElement(bound, nil, object) {
					want = append(want, name)
				}
			}
			var got []string
			status, _, list := s.do(t, "GET", "/Users?count=1000&"+filterQuery(text), "")
			if status != http.StatusOK {
				r.Fatalf("%s: %d %s", text, status, brief(list))
			}
			for _, resource := range list["Resources"].([]any) {
				got = append(got, resource.(map[string]any)["userName"].(string))
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				r.Fatalf("%s: the database finds %v, the matcher %v", text, got, want)
			}
		})
	})
}

// words are few, so that values meet, and awkward.
var words = []string{"a", "A", "ab", "b%", "_", "é", "É", "z'", `q\"`, "10", "9", "😀", "ß"}

// randomPeople creates users with random attributes and returns what each
// body decodes to.
func randomPeople(t *testing.T, s *server, kind *schema.ResourceType) map[string]*schema.Object {
	t.Helper()
	people := map[string]*schema.Object{}
	pick := func(seed, n int) string { return words[(seed*7+n*13+seed*n)%len(words)] }
	for i := range 40 {
		members := []string{userSchemas, fmt.Sprintf(`"userName":"p%02d"`, i)}
		add := func(bit int, member string, args ...any) {
			if i>>bit&1 == 1 {
				members = append(members, fmt.Sprintf(member, args...))
			}
		}
		add(0, `"title":"%s"`, pick(i, 1))
		add(1, `"nickName":"%s"`, pick(i, 2))
		add(2, `"name":{"givenName":"%s","familyName":"%s"}`, pick(i, 3), pick(i, 4))
		add(3, `"emails":[{"value":"%s","type":"work","primary":true},{"value":"%s","type":"home"}]`, pick(i, 5), pick(i, 6))
		add(4, `"externalId":"%s"`, pick(i, 7))
		add(5, `"%s":{"department":"%s","manager":{"value":"%s"}}`, enterprise, pick(i, 8), pick(i, 9))
		if i%3 == 0 {
			members = append(members, fmt.Sprintf(`"roles":[{"value":"%s"},{"display":"%s"}]`, pick(i, 10), pick(i, 11)))
		}
		body := "{" + strings.Join(members, ",") + "}"
		s.want(t, http.StatusCreated, "POST", "/Users", body)
		decoded, err := kind.Decode(strings.NewReader(body), &schema.Leniency{Allowed: schema.AllNormalisations})
		if err != nil {
			t.Fatal(err)
		}
		people[fmt.Sprintf("p%02d", i)] = decoded
	}
	return people
}

// filterText draws a filter over the attributes of randomPeople.
func filterText(r *rapid.T, depth int) string {
	if depth > 0 {
		switch rapid.IntRange(0, 5).Draw(r, "node") {
		case 0:
			return "(" + filterText(r, depth-1) + ") and (" + filterText(r, depth-1) + ")"
		case 1:
			return filterText(r, depth-1) + " or " + filterText(r, depth-1)
		case 2:
			return "not (" + filterText(r, depth-1) + ")"
		case 3:
			multi := rapid.SampledFrom([]string{"emails", "roles"}).Draw(r, "multi")
			join := rapid.SampledFrom([]string{"%s and %s", "%s or %s", "%s and not (%s)", "not (%s or %s)"}).Draw(r, "join")
			return multi + "[" + fmt.Sprintf(join, elementText(r), elementText(r)) + "]"
		}
	}
	return comparison(r, rapid.SampledFrom([]string{
		"userName", "title", "nickName", "name.givenName", "name.familyName", "emails.value", "emails.type", "emails", "roles", "roles.display",
		"externalId", enterprise + ":department", enterprise + ":manager.value",
	}).Draw(r, "attribute"))
}

func elementText(r *rapid.T) string {
	return comparison(r, rapid.SampledFrom([]string{"value", "type", "display"}).Draw(r, "sub"))
}

func comparison(r *rapid.T, attribute string) string {
	op := rapid.SampledFrom([]string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"}).Draw(r, "op")
	if op == "pr" {
		return attribute + " pr"
	}
	return attribute + " " + op + ` "` + rapid.SampledFrom(words).Draw(r, "word") + `"`
}
