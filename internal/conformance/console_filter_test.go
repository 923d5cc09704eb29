package conformance

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/internal/console"
	"rollcall/internal/operator"
)

// TestConsoleFilterNotUnderstood: an address whose filter is not understood shows, exports
// and changes nobody, and never everybody.
func TestConsoleFilterNotUnderstood(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, b *browser) {
		eve := s.user(t, "eve", `"roles":[{"value":" lead"}]`)
		s.user(t, "ann")
		o.act(t, 200, eve, "suspend", `{"reason":"x"}`)
		for _, query := range []string{
			"status=bogus", "status=Active,Suspended", "status=Active&status=Suspended", "activity=nosuch", "group=bogus", "stale=maybe",
			"tag=%ff", "source=%00%ff", "role=" + strings.Repeat("x", 1001), "q=" + strings.Repeat("x", 1001),
		} {
			response, body := b.open(t, "/users?"+query)
			if shows(t, response, body, 422, `role="alert"`); strings.Contains(body, "facets") || strings.Contains(body, ">ann<") || strings.Contains(body, `id="bulk"`) {
				t.Errorf("%.40s shows users", query)
			}
			response, body = b.open(t, "/users/export?"+query)
			if to := response.Header.Get("Location"); response.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, console.Root+"/users?") || strings.Contains(body, "ann") {
				t.Errorf("export of %.40s: %d to %.60s", query, response.StatusCode, to)
			}
			form, _ := url.ParseQuery(query)
			form.Set("action", "suspend")
			form.Set("whom", "matching")
			response, body = b.submit(t, "/batches/ask", form)
			shows(t, response, body, 422)
			form.Set("reason", "x")
			response, body = b.submit(t, "/batches", form)
			shows(t, response, body, 422)
		}
		for query, want := range map[string]string{"status=suspended": "1 user<", "role=+lead": "1 user<", "role=lead": "0 users", "stale=": "2 users", "status=": "2 users"} {
			response, body := b.open(t, "/users?"+query)
			shows(t, response, body, 200, want)
		}
		form := url.Values{"action": {"suspend"}, "whom": {"matching"}, "status": {"suspended"}, "role": {" lead"}}
		response, body := b.submit(t, "/batches/ask", form)
		shows(t, response, body, 200, "All users that the list shows", "status Suspended", "role  lead")
		form.Set("group", s.group(t, "Builders", eve))
		response, body = b.submit(t, "/batches/ask", form)
		shows(t, response, body, 200, "group Builders", "status Suspended")
		delete(form, "group")
		delete(form, "status")
		delete(form, "role")
		response, body = b.submit(t, "/batches/ask", form)
		shows(t, response, body, 200, "All users")
		if strings.Contains(body, "that the list shows") {
			t.Error("all users are said to be narrowed down")
		}
	})
}
