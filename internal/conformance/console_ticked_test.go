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
