package scim_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

type decision func(*scim.Provider, context.Context, *scim.Caller, scim.Guarded, string) (*scim.Held, error)

// refuses wants a decision to be a conflict that says something.
func (x *excess) refuses(decide decision, says string) {
	x.Helper()
	_, err := decide(x.provider, x.Context(), x.admin, x.guarded(), "too late")
	if told, ok := fault.As(err); !ok || told.Status != http.StatusConflict || !strings.Contains(told.Detail, says) {
		x.Errorf("the other decision: %v, want %q", err, says)
	}
}

// TestDecidedBothWaysAtOnce: of two who decide otherwise at the same time, at two
// copies of the server, one wins and the other is told; what is held goes one way.
func TestDecidedBothWaysAtOnce(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		x := newExcess(t, opened, 22)
		for _, id := range x.ids {
			x.delete(x.idp, id)
		}
		both := []decision{(*scim.Provider).RestoreHeld, (*scim.Provider).ReleaseHeld}
		errs := make([]error, len(both))
		var all sync.WaitGroup
		for i, decide := range both {
			copied := scim.New(x.options)
			all.Go(func() { _, errs[i] = decide(copied, t.Context(), x.admin, x.guarded(), "at once") })
		}
		all.Wait()
		won := 0
		if errs[0] != nil {
			won = 1
		}
		if told, ok := fault.As(errs[1-won]); errs[won] != nil || !ok || told.Status != http.StatusConflict {
			t.Fatalf("they are told %v", errs)
		}
		active := 0
		for _, id := range x.ids[2:] {
			found := x.explain(id)
			if found.Facts.Held {
				t.Errorf("%s is held still", id)
			}
			if found.Standing.Status == lifecycle.StatusActive {
				active++
			}
		}
		if want := []int{20, 0}[won]; active != want {
			t.Errorf("%d are back, want %d", active, want)
		}
		x.incident([]lifecycle.IncidentState{lifecycle.IncidentRestored, lifecycle.IncidentReleased}[won], 0)
		x.refuses(both[1-won], "was decided already by operator ann")
	})
}

// TestDecisionCutOff: what was begun goes on after a restart, by the same decision
// alone.
func TestDecisionCutOff(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		for name, order := range map[string][2]decision{
			"restore": {(*scim.Provider).RestoreHeld, (*scim.Provider).ReleaseHeld},
			"release": {(*scim.Provider).ReleaseHeld, (*scim.Provider).RestoreHeld},
		} {
			database := &meddled{Store: opened}
			x := newExcessNamed(t, database, t.Name()+name, 8, func(o *scim.Options) { o.GuardStep = 2 })
			for _, id := range x.ids {
				x.delete(x.idp, id)
			}
			killed, kill := context.WithCancel(t.Context())
			database.asked = kill
			if done, err := order[0](x.provider, killed, x.admin, x.guarded(), "begun"); err == nil {
				t.Fatalf("%s: it was not cut off: %+v", name, done)
			}
			x.provider = scim.New(x.options)
			x.refuses(order[1], "operator ann has begun")
			for done, more := 0, true; more; {
				found, err := order[0](x.provider, t.Context(), x.admin, x.guarded(), "begun")
				if err != nil || len(found.Failed) != 0 || done > 6 {
					t.Fatalf("%s: %+v, %v", name, found, err)
				}
				if done, more = done+found.Done, found.More; more {
					x.refuses(order[1], "operator ann has begun")
				} else if done != 6 {
					t.Errorf("%s: %d were done", name, done)
				}
			}
			x.refuses(order[1], "was decided already by operator ann")
			if found, err := order[0](x.provider, t.Context(), x.admin, x.guarded(), "again"); err != nil || found.Done != 0 {
				t.Errorf("%s: the same again: %+v, %v", name, found, err)
			}
			// What comes next is decided anew.
			x.clock.pass(lifecycle.DefaultPolicy().Guard.Window * 2)
			var next []string
			for _, user := range []string{"a", "b", "c", "d"} {
				next = append(next, x.create(x.idp, "next-"+user))
			}
			for _, id := range next {
				x.delete(x.idp, id)
			}
			x.incident(lifecycle.IncidentOpen, 1)
			if found, err := order[1](x.provider, t.Context(), x.admin, x.guarded(), "the next"); err != nil || found.Done != 2 {
				t.Errorf("%s: the next incident: %+v, %v", name, found, err)
			}
		}
	})
}
