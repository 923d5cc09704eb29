package conformance

import (
	"net/http"
	"testing"
	"time"

	"rollcall/internal/await"
)

// TestPush pushes tokens as RFC 8935 says, to a receiver that refuses first.
func TestPush(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o, h := s.desk(), newHook(t)
		h.answer(http.StatusBadRequest, `{"err":"invalid_audience","description":"who is that?"}`)
		at := "/receivers/" + o.ask(t, 201, "POST", "/receivers", `{"name":"siem","kind":"set-push","url":"`+h.URL+`","events":["prov:create"],"audience":"siem","bearer":"of-the-siem"}`)["id"].(string)
		user := "/Users/" + s.user(t, "ada")
		first := h.until(t, time.Minute, func(calls []hookCall) bool { return len(calls) == 1 })[0]
		keys := s.keys(t)
		t.Run("SET-04,08 a token with what authenticates the server", func(t *testing.T) {
			for name, want := range map[string]string{"Content-Type": "application/secevent+jwt", "Accept": "application/json", "Authorization": "Bearer of-the-siem"} {
				if got := first.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			report(t, map[string]any{"aud": "siem", "sub_id": map[string]any{"uri": user}}, claims(t, keys, string(first.Body)))
		})
		t.Run("SET-06 a refusal is read", func(t *testing.T) {
			o.logged(t, at, map[string]any{"state": "pending", "status": 400.0, "error": "refused: invalid_audience"})
		})
		t.Run("SET-05,07 tried again until it is accepted, under the same id", func(t *testing.T) {
			h.answer(http.StatusOK, "")
			h.until(t, time.Minute, func(calls []hookCall) bool { return len(calls) == 2 })
			o.logged(t, at, map[string]any{"state": "pending", "status": 200.0})
			h.answer(http.StatusAccepted, "")
			calls := h.until(t, time.Minute, func(calls []hookCall) bool { return len(calls) == 3 })
			o.logged(t, at, map[string]any{"state": "delivered", "attempts": 3.0})
			for _, call := range calls {
				report(t, map[string]any{"jti": claims(t, keys, string(first.Body))["jti"]}, claims(t, keys, string(call.Body)))
			}
		})
	})
}

// logged waits until the only delivery of a receiver is logged so.
func (o *office) logged(t *testing.T, at string, want map[string]any) {
	t.Helper()
	await.For(t, time.Minute, "the delivery", func() (wrong []string, so bool) {
		rows := o.ask(t, 200, "GET", at+"/deliveries", "")["deliveries"].([]any)
		wrong = mismatches([]any{want}, rows, "$")
		return wrong, len(wrong) == 0
	})
}
