package scim_test

import (
	"net/http"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/store"
)

// TestDecidedForWhatWasSeen: who decides about an incident decides about the
// removals that they have seen. One that went on since is refused, and what is
// removed while the decision is carried out waits.
func TestDecidedForWhatWasSeen(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		for _, name := range []string{"restore", "release"} {
			database := &meddled{Store: opened}
			x := newExcessNamed(t, database, t.Name()+name, 8)
			decide := x.provider.RestoreHeld
			if name == "release" {
				decide = x.provider.ReleaseHeld
			}
			for _, id := range x.ids[:5] {
				x.delete(x.idp, id)
			}
			_, err := decide(t.Context(), x.admin, x.guarded().Expecting(4), "seen before")
			if told, ok := fault.As(err); !ok || told.Status != http.StatusConflict {
				t.Errorf("%s: an incident that went on: %v", name, err)
			}
			x.incident(lifecycle.IncidentOpen, 1)
			if !x.explain(x.ids[2]).Facts.Held {
				t.Errorf("%s: something was done all the same", name)
			}
			database.asked = func() {
				x.clock.pass(time.Second)
				x.delete(x.idp, x.ids[5])
			}
			found, err := decide(t.Context(), x.admin, x.guarded().Expecting(5), "seen")
			if err != nil || found.Done != 3 || len(found.Failed) != 0 {
				t.Errorf("%s: %+v, %v", name, found, err)
			}
			if !x.explain(x.ids[5]).Facts.Held {
				t.Errorf("%s: what was removed meanwhile was decided about, too", name)
			}
			x.incident(lifecycle.IncidentOpen, 1)
		}
	})
}
