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

// TestConsoleKeepsTheFirstSuspension: who suspends somebody whom administrators have suspended
// already is told so, and gives it other words; who suspended first, and when, stays.
func TestConsoleKeepsTheFirstSuspension(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, ada *browser) {
		id, second := s.user(t, "eve"), o.operator(t, "bob", operator.Admin)
		bob := o.signIn(t, second)
		suspend := "/users/" + id + "/actions/suspend"
		if response, body := ada.open(t, suspend); response.StatusCode != 200 || strings.Contains(body, "already") {
			t.Errorf("somebody suspends her already: %d %s", response.StatusCode, body)
		}
		ada.done(t, suspend, url.Values{"reason": {"investigation " + script}}, "The account was suspended.")
		first := o.ask(t, 200, "GET", "/users/"+id, "")["suspensions"].([]any)[0].(map[string]any)
		response, body := bob.open(t, suspend)
		shows(t, response, body, 200, "It is suspended by the administrators already, since ", " by ada", "investigation &lt;script", "take the place of these")
		harmless(t, suspend, body)
		bob.done(t, suspend, url.Values{"reason": {"on leave"}}, "It was suspended already: the reason and the end are the new ones.")
		response, body = bob.open(t, "/users/"+id)
		shows(t, response, body, 200, "on leave", " by ada", "reason and end of ", " by bob")
		response, body = bob.open(t, "/users/"+id+"/timeline")
		shows(t, response, body, 200, "on leave", "investigation &lt;script", "<td>ada</td>", "<td>bob</td>")
		wants := map[string]any{"reason": "on leave", "since": first["since"], "by": first["by"], "revised": "$any", "revisedBy": "operator:" + second}
		report(t, map[string]any{"suspensions": []any{wants}}, o.ask(t, 200, "GET", "/users/"+id, ""))
		o.act(t, 200, id, "suspend", `{"reason":"left"}`)
		report(t, map[string]any{"suspensions": []any{map[string]any{"reason": "left", "since": first["since"], "by": first["by"]}}}, o.ask(t, 200, "GET", "/users/"+id, ""))
	})
}
