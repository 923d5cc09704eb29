package conformance

import (
	"net/url"
	"strings"
	"testing"

	"rollcall/internal/console"
	"rollcall/internal/operator"
)

// TestConsoleKeepsTheListWhereNobodyIsTicked: who forgot to tick somebody finds the
// list as it was.
func TestConsoleKeepsTheListWhereNobodyIsTicked(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, _ *office, b *browser) {
		s.user(t, "eve")
		_, page := b.open(t, "/users?q=eve&status=Active&columns=userName&columns=id")
		_, body, _ := strings.Cut(page, `id="bulk"`)
		fields := url.Values{"action": {"suspend"}, "whom": {"ticked"}}
		for _, name := range []string{"q", "status", "columns"} {
			fields[name] = shownAs(body, name)
		}
		for _, path := range []string{"/batches/ask", "/batches/preview"} {
			response, _ := b.submit(t, path, fields)
			u, err := response.Location()
			if err != nil || u.Path != console.Root+"/users" {
				t.Fatalf("%s: %d to %v", path, response.StatusCode, u)
			}
			if back := u.Query(); back.Get("q") != "eve" || back.Get("status") != "Active" || back.Get("done") != "nobody-ticked" || len(back["columns"]) == 0 {
				t.Errorf("%s leads to %v", path, back)
			}
		}
	})
}

// TestConsoleTakesNoMoreThanItSays: who sends more than a form takes is told how much
// that is, and what to do instead.
func TestConsoleTakesNoMoreThanItSays(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, _ *office, b *browser) {
		eve := s.user(t, "eve")
		ticked := func(many int) url.Values {
			ids := []string{eve}
			for range many - 1 {
				ids = append(ids, newForm())
			}
			return url.Values{"action": {"suspend"}, "reason": {"r"}, "whom": {"ticked"}, "q": {"eve"}, "users": {"1"}, "form": {newForm()}, "id": ids}
		}
		response, body := b.submit(t, "/batches/ask", ticked(10_000))
		shows(t, response, body, 200, "10000 ticked users")
		for _, path := range []string{"/batches/ask", "/batches/preview", "/batches"} {
			b.done(t, path, ticked(10_001), "Nothing was done: at most 10,000 users can be ticked. Narrow the list down to whom you mean, and choose all that match.")
			response, _ := b.submit(t, path, ticked(10_001))
			if to := response.Header.Get("Location"); !strings.Contains(to, "q=eve") {
				t.Errorf("%s leads to %s", path, to)
			}
			response, body := b.submit(t, path, ticked(30_000))
			shows(t, response, body, 413, "Too much at once", "at most 1 MiB", "up to 10,000 users can be ticked", "choose all that match")
		}
		for _, path := range []string{"/users", "/users/" + eve + "/actions/suspend", "/views"} {
			response, body := b.submit(t, path, url.Values{"reason": {strings.Repeat("x", 64<<10)}})
			if shows(t, response, body, 413, "Too much at once", "at most 64 KiB", "Nothing was changed", "Go back"); strings.Contains(body, "ticked") {
				t.Errorf("%s speaks of the ticked: %s", path, body)
			}
		}
	})
}
