package conformance

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"rollcall/internal/console"
	"rollcall/internal/openid"
	"rollcall/internal/operator"
)

// TestConsoleRoutesAreKnown: what the tests know of the routes of the console is all
// of them, so that none is forgotten by TestConsoleRefuses.
func TestConsoleRoutesAreKnown(t *testing.T) {
	t.Parallel()
	e := echo.New()
	console.Register(e, console.Options{OpenID: &openid.Provider{}})
	var registered []string
	for _, route := range e.Routes() {
		if route.Method == http.MethodGet || route.Method == http.MethodPost {
			registered = append(registered, route.Method+" "+strings.TrimPrefix(route.Path, console.Root))
		} else if route.Method != http.MethodHead && route.Method != echo.RouteNotFound {
			t.Errorf("%s %s: nothing of the console is like this", route.Method, route.Path)
		}
	}
	known := slices.Clone(openRoutes)
	for _, one := range consoleRoutes() {
		known = append(known, one.call)
	}
	slices.Sort(registered)
	slices.Sort(known)
	if diff := cmp.Diff(registered, known); diff != "" {
		t.Errorf("the routes (-) and what the tests know (+):\n%s", diff)
	}
}

// TestConsoleRefuses: every page and every form of the console, for who is not
// signed in, has the wrong role, is of another tenant, or was led here by another
// site; and then that what was refused is possible.
func TestConsoleRefuses(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		own, foreign := s.desk().estate(t, "north"), s.desk().estate(t, "south")
		routes := consoleRoutes()
		before, elsewhere := own.picture(), foreign.picture()
		for _, one := range routes {
			own.refuses(t, &one, foreign)
		}
		if diff := cmp.Diff(before, own.picture()); diff != "" {
			t.Errorf("what was refused has changed something:\n%s", diff)
		}
		if diff := cmp.Diff(elsewhere, foreign.picture()); diff != "" {
			t.Errorf("what was refused has changed the other tenant:\n%s", diff)
		}
		for _, one := range routes {
			foreign.names(t, &one, own)
		}
		if diff := cmp.Diff(before, own.picture()); diff != "" {
			t.Errorf("forms that name it have changed it:\n%s", diff)
		}
		for _, one := range routes {
			own.does(t, &one)
		}
	})
}

// refuses tries a route of the estate in each way that is refused.
func (e *estate) refuses(t *testing.T, route *consoleRoute, stranger *estate) {
	t.Helper()
	path := e.path(route.call)
	try := func(b *browser, headers ...string) (*http.Response, string) {
		if route.form == nil {
			return b.send(t, http.MethodGet, path, nil, headers...)
		}
		return b.submit(t, path, route.form(e), headers...)
	}
	refused := func(who string, status int, b *browser, headers ...string) {
		response, body := try(b, headers...)
		if response.StatusCode != status {
			t.Errorf("%s, %s: status %d, want %d", route.call, who, response.StatusCode, status)
		}
		if b == stranger.owner && strings.Contains(body, e.name) {
			t.Errorf("%s, %s: the answer shows what is hidden: %s", route.call, who, body)
		}
	}
	if response, _ := try(e.browser()); response.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to(response), "/sign-in") {
		t.Errorf("%s, nobody: %d to %q", route.call, response.StatusCode, to(response))
	}
	for _, role := range operator.Roles() {
		if !role.May(route.needs) {
			refused(string(role), http.StatusForbidden, e.by[role])
		}
	}
	if strings.Contains(route.call, ":id") {
		refused("a stranger", route.stranger, stranger.owner)
	}
	if route.form != nil {
		for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
			refused("from another site", http.StatusForbidden, e.owner, header...)
		}
	}
}

// names sends the form of a route in the estate with what it names of another one.
func (e *estate) names(t *testing.T, route *consoleRoute, other *estate) {
	t.Helper()
	if route.foreign == 0 {
		return
	}
	response, body := e.owner.submit(t, e.path(route.call), route.form(other))
	if response.StatusCode != route.foreign {
		t.Errorf("%s that names what is of another tenant: status %d, want %d", route.call, response.StatusCode, route.foreign)
	}
	if location := to(response); location != "" {
		_, body = e.owner.open(t, location)
	}
	if strings.Contains(body, other.name) {
		t.Errorf("%s: the answer shows what is of another tenant: %s", route.call, body)
	}
}

// does carries out what was refused before.
func (e *estate) does(t *testing.T, route *consoleRoute) {
	t.Helper()
	path := e.path(route.call)
	if route.form == nil {
		if response, body := e.owner.open(t, path); response.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d: %s", route.call, response.StatusCode, body)
		}
		return
	}
	if response, body := e.owner.submit(t, path, route.form(e)); response.StatusCode != route.status {
		t.Errorf("%s: status %d, want %d: %s", route.call, response.StatusCode, route.status, body)
	}
}
