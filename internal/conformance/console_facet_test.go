package conformance

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"rollcall/internal/await"
	"rollcall/internal/operator"
)

// facetChoice is one choice of a facet that was counted.
var facetChoice = regexp.MustCompile(`<li><a href="(\?[^"]*)"[^>]*>([^<]*)</a> <span class="quiet">([\d,]+)</span></li>`)

// TestConsoleFacets: the number beside each choice is how many users the list has
// that it leads to, where it can be taken away again.
func TestConsoleFacets(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Auditor, func(t *testing.T, s *server, o *office, b *browser) {
		var members []string
		for i := range 4 {
			members = append(members, s.user(t, fmt.Sprintf("user%d", i), `"roles":[{"value":"Engineer"}]`,
				`"urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User":{"tags":["vip"]}`))
		}
		eve := s.user(t, "eve", `"roles":[{"value":"`+jsonScript+`"}]`, `"urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User":{"tags":["`+jsonScript+`"]}`)
		o.act(t, 200, eve, "suspend", `{"reason":"leave"}`)
		team := s.group(t, "Team "+jsonScript, members...)

		body := await.For(t, time.Minute, "the count", func() (string, bool) {
			response, page := b.open(t, "/users")
			shows(t, response, page, 200, "5 users", "Narrow down")
			return page, strings.Contains(page, "counted <time")
		})
		harmless(t, "/users", body)
		found := map[string]string{}
		for _, choice := range facetChoice.FindAllStringSubmatch(body, -1) {
			link, label, count := html.UnescapeString(choice[1]), choice[2], choice[3]
			found[html.UnescapeString(label)] = count
			word := " users<"
			if count == "1" {
				word = " user<"
			}
			response, page := b.open(t, "/users"+link)
			shows(t, response, page, 200, `<caption role="status">`+count+word, "✓ "+label, "Narrow down (1 chosen)")
			harmless(t, link, page)
		}
		for label, count := range map[string]string{
			"Active": "4", "Suspended": "1", "Locked": "0", "SCIM": "5", "Engineer": "4", script: "1", "vip": "4", "Team " + script: "4", "Never": "5", "Today": "0",
		} {
			if found[label] != count {
				t.Errorf("%s: %q, want %s: %v", label, found[label], count, found)
			}
		}
		for query, want := range map[string][]string{
			"status=Active&tag=vip&role=engineer&activity=never&source=scim&group=" + team: {"4 users", "(6 chosen)"},
			"status=Suspended&tag=vip":                     {"0 users", "(2 chosen)"},
			"tag=rare&role=rare":                           {"0 users", "✓ rare"},
			"group=" + eve:                                 {"0 users", "✓ a group that is gone"},
			"tag=" + url.QueryEscape(`") or (userName pr`): {"0 users"},
			"role=" + strings.Repeat("x", 900):             {"0 users"},
		} {
			response, page := b.open(t, "/users?"+query)
			shows(t, response, page, 200, want...)
			harmless(t, query, page)
		}
		response, page := b.open(t, "/users?sort=displayName&q=user&tag=vip&columns=userName&columns=tags")
		shows(t, response, page, 200, "4 users", `name="tag" value="vip"`, `href="?columns=userName%2Ctags&amp;q=user&amp;sort=displayName" aria-current="true"`)
	})
}
