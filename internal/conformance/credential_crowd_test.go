package conformance

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestCrowdOfCredentialChecks checks more credentials at once in one tenant than
// wait there: some are 429 and say when to come again. Meanwhile passwords are
// written in that tenant, and another tenant checks and writes.
func TestCrowdOfCredentialChecks(t *testing.T) {
	t.Parallel()
	const clients = 100
	onEachStore(t, func(t *testing.T, s *server) {
		crowd := s.desk()
		made := crowd.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["scim:read","scim:write","credentials:verify"]}`)
		acme := *s
		acme.Token = made["token"].(map[string]any)["token"].(string)

		refused, over := make(chan struct{}), make(chan struct{})
		var first sync.Once
		var answered atomic.Int64
		var load sync.WaitGroup
		check := func() (goOn bool) {
			status, header, answer := crowd.do(t, "POST", "/credentials/verify", `{"userName":"nobody","password":"x"}`, "Content-Type", "application/json")
			switch status {
			case http.StatusOK:
				answered.Add(1)
				return true
			case http.StatusTooManyRequests:
				if seconds, err := strconv.Atoi(header.Get("Retry-After")); err != nil || seconds < 1 || answer["type"] != "urn:rollcall:problem:too-many-requests" {
					t.Errorf("Retry-After %q, %s", header.Get("Retry-After"), brief(answer))
				}
				first.Do(func() { close(refused) })
			default:
				t.Errorf("status %d: %s", status, brief(answer))
			}
			return false
		}
		for range clients {
			load.Go(func() {
				for check() {
					select {
					case <-over:
						return
					default:
					}
				}
			})
		}
		select {
		case <-refused:
		case <-time.After(time.Minute):
			t.Error("no check was refused")
		}
		begin := answered.Load()
		password := `"password":"Correct-Horse-1"`
		s.user(t, "ada", password)
		acme.user(t, "ada", password)
		body := strings.Replace(`{"userName":"ada",PASSWORD}`, "PASSWORD", password, 1)
		if found := acme.desk().ask(t, 200, "POST", "/credentials/verify", body); found["verified"] != true {
			t.Errorf("another tenant: %s", brief(found))
		}
		// In one queue each of the four keys would have come after all of the crowd.
		if n := answered.Load() - begin; n >= clients/2 {
			t.Errorf("%d checks of the crowd were answered during three requests of others", n)
		}
		close(over)
		load.Wait()
		if answered.Load() == 0 {
			t.Error("no check of the crowd was answered")
		}
		if found := crowd.ask(t, 200, "POST", "/credentials/verify", body); found["verified"] != true {
			t.Errorf("after the crowd: %s", brief(found))
		}
	})
}
