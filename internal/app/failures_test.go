package app

import (
	"net/http"
	"strings"
	"testing"
)

// TestFailuresAreSlowed covers SEC-28: who fails again and again is answered
// 429, and nobody else is, at the same address either.
func TestFailuresAreSlowed(t *testing.T) {
	t.Parallel()
	t.Run("SEC-28 who fails again and again", func(t *testing.T) {
		t.Parallel()
		s, log := newTestServer(t, func(c *Config) { c.AuthFailures = 3 })
		for n, want := range []int{401, 401, 401, 429, 429} {
			token := strings.Repeat("wrong", n+1)
			if n == 1 {
				token = "wrong" // the same again
			}
			r := s.ask(t, "GET", "/scim/v2/Users", token, "")
			if r.Code != want || (want == 429) != (r.Header().Get("Retry-After") != "") || (want == 401) != (r.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("failure %d: %d %v", n+1, r.Code, r.Header())
			}
			if want == 429 && (r.Header().Get("Retry-After") != "20" || !strings.Contains(r.Body.String(), `"status":"429"`)) {
				t.Errorf("Retry-After %q, %s", r.Header().Get("Retry-After"), r.Body)
			}
		}
		for range 10 {
			if r := s.ask(t, "GET", "/scim/v2/Users", testToken, ""); r.Code != http.StatusOK {
				t.Errorf("a good token: %d", r.Code)
			}
		}
		if r := s.ask(t, "GET", "/scim/v2/Users", "", ""); r.Code != http.StatusUnauthorized {
			t.Errorf("no token: %d", r.Code)
		}
		if strings.Contains(log.String(), "wrong") {
			t.Error("the log holds a refused token")
		}
	})

	off, _ := newTestServer(t, func(c *Config) { c.AuthFailures = 0 })
	for range 200 {
		if r := off.ask(t, "GET", "/scim/v2/Users", "wrong", ""); r.Code != http.StatusUnauthorized {
			t.Fatalf("without a limit: %d", r.Code)
		}
	}
}
