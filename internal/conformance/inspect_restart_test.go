package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
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
			for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
				p.send(t.Context(), "GET", fmt.Sprintf("/scim/v2/Users?startIndex=%d", n), "")
				if strings.Contains(remembered(), fmt.Sprintf("startIndex=%d", n)) {
					return
				}
				if time.Now().After(deadline) {
					t.Fatal("nothing is remembered")
				}
			}
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
		for n, deadline := 100, time.Now().Add(30*time.Second); n < 120; time.Sleep(20 * time.Millisecond) {
			for n < 120 && strings.Contains(remembered(), fmt.Sprintf("startIndex=%d", n)) {
				n++
			}
			if time.Now().After(deadline) {
				t.Fatalf("request %d is gone after an end", n)
			}
		}
	})
}
