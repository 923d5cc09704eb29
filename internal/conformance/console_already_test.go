package conformance

import (
	"net/url"
	"strings"
	"testing"

	"rollcall/internal/operator"
)

// TestBatchesCountWhoIsSoAlready: who is suspended or locked as long already is no
// change, in the preview as in the job, and keeps the words for it; who is so for a
// shorter time, or by others, is one.
func TestBatchesCountWhoIsSoAlready(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		b := o.signIn(t, o.operator(t, "ada", operator.Admin))
		fresh, long, short, synced := s.user(t, "fresh"), s.user(t, "long"), s.user(t, "short"), s.user(t, "synced")
		o.act(t, 200, long, "suspend", `{"reason":"investigation 7"}`)
		o.act(t, 200, short, "suspend", `{"reason":"leave","until":"2080-01-31T00:00:00Z"}`)
		s.lenient().want(t, 200, "PATCH", "/Users/"+synced, patchOp(`{"op":"replace","path":"active","value":false}`))

		form := url.Values{"action": {"suspend"}, "whom": {"ticked"}, "id": {fresh, long, short, synced}, "reason": {"the site closes"}}
		response, body := b.submit(t, "/batches/preview", form)
		shows(t, response, body, 200, "Of 4 users: 3 would change, 1 already so")
		form.Set("users", "4")
		form.Set("form", newForm())
		response, _ = b.submit(t, "/batches", form)
		if body := b.over(t, response.Header.Get("Location")); !strings.Contains(body, "3 changed") || !strings.Contains(body, "1 already so") {
			t.Errorf("the job has done otherwise: %s", body)
		}
		for id, want := range map[string]string{long: "investigation 7", short: "the site closes", synced: "the site closes"} {
			_, body := b.open(t, "/users/"+id)
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %q", id, want)
			}
		}
		// A single one gives it other words.
		o.act(t, 200, long, "suspend", `{"reason":"investigation 8"}`)
		if _, body := b.open(t, "/users/"+long); !strings.Contains(body, "investigation 8") {
			t.Error("a single suspension kept the words")
		}

		locks := url.Values{"action": {"lock"}, "whom": {"ticked"}, "id": {fresh, long}, "reason": {"odd"}}
		o.act(t, 200, long, "lock", `{"reason":"odder"}`)
		response, body = b.submit(t, "/batches/preview", locks)
		shows(t, response, body, 200, "Of 2 users: 1 would change, 1 already so")
	})
}
