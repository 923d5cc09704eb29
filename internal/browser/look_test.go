package browser

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"rollcall/internal/operator"
)

// fill a tenant with something to see on every page, and lists one of each.
func furnish(t *testing.T, s *site) []string {
	t.Helper()
	ada := s.user(t, "Ada Lovelace", "title", "Analyst")
	alan := s.user(t, "Alan Turing")
	gone := s.user(t, "Grace Hopper")
	s.user(t, "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft Hubert")
	s.ask(t, 200, "POST", "/users/"+alan+"/actions/suspend", map[string]any{"reason": "On leave", "until": "2035-01-01T00:00:00Z"})
	s.ask(t, 200, "POST", "/users/"+gone+"/actions/deprovision", map[string]any{"reason": "Has left"})
	group := s.group(t, "Engineers", ada, alan)
	s.scim(t, 204, "DELETE", "/Groups/"+s.group(t, "Old team", ada), nil)
	for i := range 3 {
		s.ask(t, 200, "POST", "/sign-ins", map[string]any{"user": ada, "succeeded": i > 0, "application": "wiki", "address": "192.0.2.1", "detail": fmt.Sprint("try ", i)})
	}
	done := s.ask(t, 202, "POST", "/batches", map[string]any{"action": "suspend", "reason": "Office closed", "selection": map[string]any{"ids": []string{ada}}, "confirm": 1})["id"].(string)
	other := s.ask(t, 201, "POST", "/operators", map[string]any{"name": "Hedy", "role": "helpdesk"})["id"].(string)
	user := "/users/" + ada
	return []string{
		"", "/users", "/users?q=nobody", "/users/new", user, user + "/edit", user + "/groups", user + "/sign-ins", user + "/timeline", user + "/schedule",
		"/users/" + alan, "/users/" + alan + "/schedule", "/users/" + gone, user + "/actions/suspend", user + "/actions/mark", user + "/actions/schedule", "/users/" + gone + "/actions/purge",
		"/groups", "/groups/" + group, "/deleted", "/deleted?type=Group", "/batches", "/batches/" + done,
		"/audit", "/operators", "/operators/" + other, "/sessions", "/nothing",
	}
}

// pagesAreFit looks at each page in the light and in the dark, on a small screen
// and magnified: text can be read, and nothing hangs over the edge.
func pagesAreFit(t *testing.T, s *site) {
	pages := furnish(t, s)
	for _, look := range []struct {
		name    string
		options []option
	}{
		{"light at 1280 pixels", nil},
		{"dark at 320 pixels", []option{inDark, window(320, 640, 1)}},
		{"magnified twice", []option{window(640, 450, 2)}},
	} {
		b := s.signIn(t, operator.Owner, look.options...)
		for _, page := range pages {
			b.visit(page)
			if over := script[int](b, "wide()"); over > 0 {
				t.Errorf("%s, %s: the page is %d pixels too wide: %s", page, look.name, over, script[string](b, "widest()"))
			}
			for _, wrong := range script[[]string](b, "faint()") {
				t.Errorf("%s, %s: %s", page, look.name, wrong)
			}
		}
	}
}

// place is where a page can lead.
type place struct {
	Method, URL, Name string
	Download          bool
}

// noControlIsDead goes to everything that a page links to, and asks for all that
// forms send to.
func noControlIsDead(t *testing.T, s *site) {
	queue := furnish(t, s)
	b := s.signIn(t, operator.Owner)
	seen := map[string]bool{}
	for i := 0; i < len(queue); i++ {
		page := queue[i]
		if seen[page] {
			continue
		}
		seen[page] = true
		b.visit(page)
		if status := b.watch.answered(); status >= 400 && page != "/nothing" {
			t.Errorf("%s: status %d", page, status)
		}
		for _, to := range script[[]place](b, "places()") {
			target, inside := strings.CutPrefix(strings.SplitN(to.URL, "#", 2)[0], s.path(""))
			switch {
			case to.Method == "none":
				t.Errorf("%s: the button %q sends nothing", page, to.Name)
			case !inside:
				t.Errorf("%s: %q leads to %s", page, to.Name, to.URL)
			case to.Method == "post":
				// Who has not signed in is asked to, and for what is not there gets 404.
				if got := s.probe(t, to.URL); got != http.StatusSeeOther {
					t.Errorf("%s: a form sends to %s: status %d", page, target, got)
				}
			case !slices.Contains(queue, target) && !to.Download && strings.Count(target, "cursor=")+strings.Count(target, "before=") == 0:
				queue = append(queue, target)
			}
		}
	}
	t.Logf("%d pages", len(seen))
}

// probe is what somebody who has not signed in gets for an empty form.
func (s *site) probe(t *testing.T, address string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}
