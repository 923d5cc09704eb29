package scim_test

import (
	"strings"
	"testing"

	"rollcall/internal/testdb"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

// TestCrowdOfChecks: of a crowd of checks in one tenant as many as there are
// places wait, and the others are refused before anything is derived or noted.
// Checks of another tenant and passwords that are written wait for their turn.
func TestCrowdOfChecks(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		here := newBed(t, opened)
		there := newBedIn(t, opened, "neighbour")
		there.provider = here.provider
		const right = "correct horse"
		ada := here.create(here.idp, "ada", `"password":"`+right+`"`)
		there.create(there.idp, "ada", `"password":"`+right+`"`)
		gate := make(chan struct{})
		here.provider.WatchDerivations(func() { <-gate })

		check := func(b *bed, into chan<- error) {
			answer, err := b.provider.VerifyCredential(t.Context(), b.idp, "ada", right, scim.SignIn{})
			if err == nil && !answer.Verified {
				t.Error("a right password is refused")
			}
			into <- err
		}
		const more = 5
		crowd := make(chan error, scim.ChecksOfTenant+more)
		for range cap(crowd) {
			go check(here, crowd)
		}
		for range more {
			refused, ok := fault.As(<-crowd)
			if !ok || refused.Status != 429 || refused.RetryAfter <= 0 {
				t.Fatalf("a check too many is answered %+v", refused)
			}
		}
		others := make(chan error, 2)
		go check(there, others)
		go func() {
			_, err := here.provider.Create(t.Context(), here.idp, here.user,
				strings.NewReader(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bob","password":"`+right+`"}`), scim.View{})
			others <- err
		}()
		close(gate)
		for range cap(others) {
			if err := <-others; err != nil {
				t.Errorf("another tenant, or a write: %v", err)
			}
		}
		for range scim.ChecksOfTenant {
			if err := <-crowd; err != nil {
				t.Errorf("a check that had a place: %v", err)
			}
		}
		rows, err := here.provider.SignIns(t.Context(), here.admin, ada, store.TimePosition{}, 1000)
		if err != nil || len(rows) != scim.ChecksOfTenant {
			t.Errorf("%d sign-ins are noted: %v", len(rows), err)
		}
		// The places are free again.
		go check(here, crowd)
		if err := <-crowd; err != nil {
			t.Error(err)
		}
	})
}
