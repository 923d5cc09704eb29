package scim_test

import (
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/store"
)

// TestReleaseWhileItGoesOn: what a connection deletes meanwhile is told, counts,
// and waits.
func TestReleaseWhileItGoesOn(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		database := &meddled{Store: opened}
		x := newExcess(t, database, 8)
		for _, id := range x.ids[:5] {
			x.delete(x.idp, id)
		}
		release := func(done int, more bool) {
			t.Helper()
			found, err := x.provider.ReleaseHeld(t.Context(), x.admin, x.guarded(), "meant")
			if err != nil || found.Done != done || found.More != more || len(found.Failed) != 0 {
				t.Errorf("released %+v, %v; want %d, more %t", found, err, done, more)
			}
		}
		database.before = func() {
			x.clock.pass(time.Second) // the same part of the window
			x.delete(x.idp, x.ids[5])
			x.delete(x.idp, x.ids[6])
		}
		release(3, true)
		x.incident(lifecycle.IncidentOpen, 1)
		x.removals(2)
		release(2, false)
		x.incident(lifecycle.IncidentReleased, 0)
		x.removals(0)
		x.delete(x.idp, x.ids[7])
		if x.explain(x.ids[7]).Facts.Held {
			t.Error("the guard did not begin again from nothing")
		}
	})
}

// TestDecidedTwiceAtOnce: what another request did first is no failure.
func TestDecidedTwiceAtOnce(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		for name, state := range map[string]lifecycle.IncidentState{"restore": lifecycle.IncidentRestored, "release": lifecycle.IncidentReleased} {
			database := &meddled{Store: opened}
			x := newExcessNamed(t, database, name, 5)
			decide := x.provider.RestoreHeld
			if name == "release" {
				decide = x.provider.ReleaseHeld
			}
			team := x.team("team")
			for _, id := range x.ids {
				x.delete(x.idp, id)
			}
			if err := x.tryDelete(x.idp, x.group, team); err != nil {
				t.Fatal(err)
			}
			database.read = func() {
				if found, err := decide(t.Context(), x.admin, x.guarded(), "a click"); err != nil || found.Done != 4 || len(found.Failed) != 0 {
					t.Errorf("%s: the one did %+v, %v", name, found, err)
				}
			}
			if found, err := decide(t.Context(), x.admin, x.guarded(), "a click"); err != nil || found.Done != 0 || len(found.Failed) != 0 || found.More {
				t.Errorf("%s: the other did %+v, %v", name, found, err)
			}
			x.incident(state, 0)
		}
	})
}
