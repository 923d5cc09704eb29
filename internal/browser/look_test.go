package browser

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"rollcall/internal/operator"
)

// furnish gives a tenant something to see on every page, and lists one of each.
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
	hr := s.ask(t, 201, "POST", "/connections", map[string]any{"name": "hr", "kind": "okta"})["id"].(string)
	s.ask(t, 201, "POST", "/tokens", map[string]any{"connection": "hr", "scopes": []string{"scim:read"}})
	receiver := "/receivers/" + s.ask(t, 201, "POST", "/receivers", map[string]any{"name": "crm", "kind": "webhook", "url": "http://127.0.0.1:9"})["id"].(string)
	user, connection := "/users/"+ada, "/connections/"+hr
	return []string{
		"", "/users", "/users?q=nobody", "/users/new", user, user + "/edit", user + "/groups", user + "/sign-ins", user + "/timeline", user + "/schedule",
		"/users/" + alan, "/users/" + alan + "/schedule", "/users/" + gone, user + "/actions/suspend", user + "/actions/mark", user + "/actions/schedule", "/users/" + gone + "/actions/purge",
		"/groups", "/groups/" + group, "/deleted", "/deleted?type=Group", "/batches", "/batches/" + done,
		"/connections", connection, connection + "/tokens", connection + "/guard", "/timers/guard",
		"/receivers", "/receivers/new?kind=webhook", "/receivers/new?kind=set-push", "/receivers/new?kind=set-poll", receiver, receiver + "/edit", "/policies",
		"/imports/new", user + "/danger",
		"/audit", "/operators", "/operators/" + other, "/sessions", "/nothing",
	}
}

// pagesAreFit looks at each page in the light and in the dark, on a small screen
// and magnified: text can be read, nothing hangs over the edge, and everything
// leads somewhere.
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
		targets := map[string]string{}
		for _, page := range pages {
			b.visit(page)
			if status := b.watch.answered(); status >= 400 && page != "/nothing" {
				t.Errorf("%s: status %d", page, status)
			}
			if over := script[int](b, "wide()"); over > 0 {
				t.Errorf("%s, %s: the page is %d pixels too wide: %s", page, look.name, over, script[string](b, "widest()"))
			}
			for _, wrong := range script[[]string](b, "faint()") {
				t.Errorf("%s, %s: %s", page, look.name, wrong)
			}
			if look.options == nil {
				b.places(page, targets)
			}
		}
		for target, page := range targets {
			if got := b.status(target); got >= 400 {
				t.Errorf("%s: a link leads to %s: status %d", page, target, got)
			}
		}
	}
}

// place is where a page can lead.
type place struct {
	Method, URL, Name string
	Download          bool
}

// places tries what the forms of a page send to, and notes where its links lead.
func (b *tab) places(page string, targets map[string]string) {
	b.t.Helper()
	for _, to := range script[[]place](b, "places()") {
		target, inside := strings.CutPrefix(strings.SplitN(to.URL, "#", 2)[0], b.site.path(""))
		switch {
		case to.Method == "none":
			b.t.Errorf("%s: the button %q sends nothing", page, to.Name)
		case !inside:
			b.t.Errorf("%s: %q leads to %s", page, to.Name, to.URL)
		case target == page: // the link over the header
		case to.Method == "get":
			targets[target] = page
		default:
			// Who has not signed in is asked to, and for what is not there gets 404.
			if got := b.site.probe(b.t, to.URL); got != http.StatusSeeOther {
				b.t.Errorf("%s: a form sends to %s: status %d", page, target, got)
			}
		}
	}
}

// status is that of a page for who has signed in with the tab.
func (b *tab) status(target string) int {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.site.path(target), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	cookies, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{b.site.path("")}})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, cookie := range cookies.Cookies {
		request.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value}) //nolint:gosec // a request's has no attributes
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = response.Body.Close()
	if to := response.Header.Get("Location"); strings.Contains(to, "/sign-in") {
		b.t.Errorf("%s asks to sign in", target)
	}
	return response.StatusCode
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
