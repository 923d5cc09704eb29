package conformance

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/internal/operator"
)

// heading finds the titles of the columns of a table.
var heading = regexp.MustCompile(`<th scope="col"[^>]*>(?:<a [^>]*>)?([^<]+)<`)

func headings(body string) (titles []string) {
	for _, found := range heading.FindAllStringSubmatch(body, -1) {
		titles = append(titles, found[1])
	}
	return titles
}

// rowOf is the row of a table that begins with a link to a user.
func rowOf(t *testing.T, body, id string) string {
	t.Helper()
	for row := range strings.SplitSeq(body, "<tr>") {
		if strings.Contains(row, "/users/"+id+`"`) {
			return row
		}
	}
	t.Fatalf("no row of %s: %s", id, body)
	return ""
}

// TestConsoleChoosesColumns: the address says which columns the list of users has,
// links keep them, and the row of each user says what is true.
func TestConsoleChoosesColumns(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Auditor, func(t *testing.T, s *server, o *office, b *browser) {
		eve := s.user(t, "eve", `"externalId":"`+jsonScript+`"`, `"`+lifecycleURN+`":{"tags":["contractor","`+jsonScript+`"],"linkedContact":{"display":"`+jsonScript+`","value":"c-1"}}`)
		role := s.user(t, "role", `"roles":[{"value":"engineer"}]`)
		alone, member := s.user(t, "alone"), s.user(t, "member")
		inner := s.group(t, jsonScript, member)
		s.group(t, "Outer", inner)
		for i := range 7 {
			s.group(t, fmt.Sprintf("Group %d", i), eve)
		}
		usual := []string{"Username", "Display name", "Email", "Status", "Role", "Last login", "Source"}
		for query, want := range map[string][]string{
			"":                           usual,
			"columns=":                   {"Username"},
			"columns=odd":                {"Username"},
			"columns=tags&columns=email": {"Username", "Email", "Tags"},
			"columns=id,created,status":  {"Username", "Status", "Created", "Id"},
			"columns=userName,displayName,email,status,role,lastLogin,source": usual,
		} {
			response, body := b.open(t, "/users?"+query)
			if shows(t, response, body, 200, "4 users"); !slices.Equal(headings(body), want) {
				t.Errorf("%q has the columns %q", query, headings(body))
			}
			if offered := strings.Count(body, `name="columns" value=`); offered < 14 {
				t.Errorf("%q: %d columns are offered", query, offered)
			}
		}
		response, body := b.open(t, "/users?columns=contact,groups,shared,tags,externalId,created,modified,id")
		shows(t, response, body, 200, "&lt;script&gt;")
		harmless(t, "all columns", body)
		for id, says := range map[string][]string{
			eve:    {"&lt;script&gt;", ">contractor<", "Group 0", "and 2 more", "shared", "<code>" + eve + "</code>"},
			role:   {"shared"},
			alone:  {"No shared data"},
			member: {"Outer", "(by another)", "&lt;script&gt;", "shared"},
		} {
			row := rowOf(t, body, id)
			for _, want := range says {
				if !strings.Contains(row, want) {
					t.Errorf("the row of %s does not say %q: %s", id, want, row)
				}
			}
			if strings.Contains(row, "No shared data") != (id == alone) {
				t.Errorf("%s has shared data or has none: %s", id, row)
			}
		}
		response, body = b.open(t, "/users?q=e&status=Active&sort=created&order=descending&columns=created,tags")
		shows(t, response, body, 200, `aria-sort="descending"`, "?columns=userName%2Ctags%2Ccreated&amp;q=e&amp;sort=created&amp;status=Active")
		for name, want := range map[string]string{"sort": "created", "order": "descending", "columns": "userName,tags,created", "q": "e", "status": "Active"} {
			if !slices.Contains(shownAs(body, name), want) {
				t.Errorf("no form keeps %s=%s: %v", name, want, shownAs(body, name))
			}
		}
		response, _ = b.open(t, "/users?columns=tags&cursor=made-up")
		if to := response.Header.Get("Location"); !strings.HasSuffix(to, "/users?columns="+url.QueryEscape("userName,tags")) {
			t.Errorf("a list that begins anew loses its columns: %q", to)
		}
	})
}

// TestConsoleActivityOrder: who is asked for by the last sign-in stands in that
// order, unless another one is asked for.
func TestConsoleActivityOrder(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		b := o.signIn(t, o.operator(t, "ada", operator.Auditor))
		ids := map[string]string{}
		for i, name := range []string{"bea", "cleo", "abe"} {
			ids[name] = s.user(t, name)
			o.ask(t, 200, "POST", "/sign-ins", fmt.Sprintf(`{"user":%q,"succeeded":true,"at":%q}`, ids[name], time.Now().Add(time.Duration(i-10)*time.Millisecond).UTC().Format(time.RFC3339Nano)))
		}
		s.user(t, "never")
		for query, want := range map[string]string{
			"activity=30":                     "abe cleo bea descending",
			"activity=30&sort=lastLogin":      "bea cleo abe ascending",
			"activity=30&sort=userName":       "abe bea cleo ascending",
			"activity=90":                     "ascending",
			"sort=lastLogin":                  "bea cleo abe never ascending",
			"sort=lastLogin&order=descending": "never abe cleo bea descending",
			"activity=never":                  "never ascending",
			"activity=30&q=a":                 "abe descending",
		} {
			response, body := b.open(t, "/users?"+query)
			shows(t, response, body, 200, `aria-sort="`)
			var got []string
			for _, found := range regexp.MustCompile(`/console/users/[0-9a-f-]{36}">(\w+)`).FindAllStringSubmatch(body, -1) {
				got = append(got, found[1])
			}
			got = append(got, regexp.MustCompile(`aria-sort="(\w+)"`).FindStringSubmatch(body)[1])
			if strings.Join(got, " ") != want {
				t.Errorf("%s: %v, want %s", query, got, want)
			}
		}
	})
}
