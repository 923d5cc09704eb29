package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/internal/await"
)

// TestRememberedRequestsSurvive the end of the server: what was stored always, and
// all of it where it ends by itself.
func TestRememberedRequestsSurvive(t *testing.T) {
	t.Parallel()
	onEachProcess(t, func(t *testing.T, p *process) {
		p.start(t)
		remembered := func() string {
			_, data := p.send(t.Context(), "GET", "/api/v1/connections/default/requests", "")
			return string(data)
		}
		if status, data := p.send(t.Context(), "PATCH", "/api/v1/connections/default", `{"options":{"inspect":true}}`, "Content-Type", "application/json"); status != http.StatusOK {
			t.Fatalf("switched on: %s", data)
		}
		ask := func(n int) {
			await.That(t, 30*time.Second, "something is remembered", func() bool {
				p.send(t.Context(), "GET", fmt.Sprintf("/scim/v2/Users?startIndex=%d", n), "")
				return strings.Contains(remembered(), fmt.Sprintf("startIndex=%d", n))
			})
		}
		ask(11) // within ten seconds
		p.end(t, 0)
		p.start(t)
		if !strings.Contains(remembered(), "startIndex=11") {
			t.Error("what was stored is gone after a kill")
		}
		for n := 100; n < 120; n++ {
			p.send(t.Context(), "GET", fmt.Sprintf("/scim/v2/Users?startIndex=%d", n), "")
		}
		p.end(t, 1)
		p.start(t)
		// The one that ends may write while the next one starts.
		for n := 100; n < 120; n++ {
			one := fmt.Sprintf("startIndex=%d", n)
			await.That(t, 30*time.Second, one+" after an end", func() bool { return strings.Contains(remembered(), one) })
		}
	})
}
