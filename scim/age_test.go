package scim_test

import (
	"fmt"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/scim"
	"rollcall/store"
)

// TestRememberedForATime: what a copy of the server remembers of the policy, and
// of how many users there are, gets old by the clock that it was given.
func TestRememberedForATime(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		set := func(document string) {
			t.Helper()
			if _, _, err := scim.New(b.options).SetPolicy(t.Context(), b.admin, []byte(document), -1, "by another copy"); err != nil {
				t.Fatal(err)
			}
		}
		guard := func() *scim.GuardState {
			t.Helper()
			state, err := b.provider.Guard(t.Context(), b.admin, scim.GuardedConnection(b.connections[b.idp]))
			if err != nil {
				t.Fatal(err)
			}
			return state
		}
		set(`{"guard":{"mode":"reject","armedFrom":1,"floor":1,"percent":0}}`)
		b.create(b.idp, "first")
		if got := guard(); got.Mode != "reject" || got.Living != 1 {
			t.Fatalf("%+v", got)
		}
		set(`{"guard":{"mode":"alert","armedFrom":1,"floor":1,"percent":0}}`)
		for i := range 3 {
			b.create(b.idp, fmt.Sprintf("u%d", i))
		}
		b.clock.pass(5*time.Second - 1)
		if got := guard(); got.Mode != "reject" || got.Living != 1 {
			t.Errorf("before the policy is old: %+v", got)
		}
		b.clock.pass(1)
		if got := guard(); got.Mode != "alert" || got.Living != 1 {
			t.Errorf("after the policy is old: %+v", got)
		}
		b.clock.pass(55*time.Second - 1)
		if got := guard(); got.Living != 1 {
			t.Errorf("before the count is old: %+v", got)
		}
		b.clock.pass(1)
		if got := guard(); got.Living != 4 {
			t.Errorf("after the count is old: %+v", got)
		}
	})
}
