package conformance

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"rollcall/internal/console"
	"rollcall/internal/operator"
)

// TestConsoleFormSentTwice: a form that is sent twice at once, as by a double
// click, is one job, which is undone as a whole.
func TestConsoleFormSentTwice(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		b := o.signIn(t, o.operator(t, "ada", operator.Admin))
		var ids []string
		for i := range 40 {
			ids = append(ids, s.user(t, fmt.Sprintf("double%d", i)))
		}
		form := b.looked(t, url.Values{"action": {"suspend"}, "whom": {"matching"}, "q": {"double"}, "users": {"40"}, "reason": {"double"}})
		locations := make([]string, 4)
		var all sync.WaitGroup
		for i := range locations {
			all.Go(func() {
				response, _ := b.submit(t, "/batches", form)
				locations[i] = response.Header.Get("Location")
				if response.StatusCode != http.StatusSeeOther {
					t.Errorf("it is %d", response.StatusCode)
				}
			})
		}
		all.Wait()
		for _, location := range locations[1:] {
			if location != locations[0] {
				t.Fatalf("it is several jobs: %v", locations)
			}
		}
		if body := b.over(t, locations[0]); !strings.Contains(body, "40 changed") {
			t.Errorf("it was not all done: %s", body)
		}
		if jobs := o.ask(t, 200, "GET", "/batches", "")["batches"].([]any); len(jobs) != 1 {
			t.Errorf("there are %d jobs", len(jobs))
		}
		response, _ := b.submit(t, strings.TrimPrefix(locations[0], console.Root)+"/undo", nil)
		b.over(t, response.Header.Get("Location"))
		for _, id := range ids {
			if status := o.status(t, id); status != "Active" {
				t.Fatalf("undone, somebody is %s", status)
			}
		}
		form.Set("action", "lock")
		response, body := b.submit(t, "/batches", form)
		shows(t, response, body, 422, "The form was sent before, for something else")
	})
}
