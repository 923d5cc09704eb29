package scim_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

// excess is a connection whose guard lets two removals an hour pass.
type excess struct {
	*bed
	ids []string
}

func newExcess(t *testing.T, opened store.Store, users int, change ...func(*scim.Options)) *excess {
	t.Helper()
	return newExcessNamed(t, opened, t.Name(), users, change...)
}

// newExcessNamed is newExcess in a tenant of its own.
func newExcessNamed(t *testing.T, opened store.Store, tenantName string, users int, change ...func(*scim.Options)) *excess {
	t.Helper()
	x := &excess{bed: newBedIn(t, opened, tenantName, change...)}
	x.policy(`{"guard":{"mode":"hold","armedFrom":1,"floor":2,"percent":0}}`)
	for i := range users {
		x.ids = append(x.ids, x.create(x.idp, fmt.Sprint("user", i)))
	}
	return x
}

func (x *excess) guarded() scim.Guarded { return scim.GuardedConnection(x.connections[x.idp]) }

// restore undoes all, and wants so many to be done, of them suspensions lifted.
func (x *excess) restore(done, suspensions int, more bool) {
	x.Helper()
	found, err := x.provider.RestoreHeld(x.Context(), x.admin, x.guarded(), "")
	if err != nil || found.Done != done || found.Suspensions != suspensions || found.More != more || len(found.Failed) != 0 {
		x.Errorf("restored %+v, %v; want %d, of them %d suspensions, more %t", found, err, done, suspensions, more)
	}
}

func (x *excess) incident(state lifecycle.IncidentState, open int) {
	x.Helper()
	found, err := x.provider.Guard(x.Context(), x.admin, x.guarded())
	if err != nil || found.Incident == nil || found.Incident.State != state || found.Open != open {
		x.Errorf("the guard says %+v, incident %+v, %v; want %s, %d open", found, found.Incident, err, state, open)
	}
}

// suspended are the indices of those that are.
func (x *excess) suspended() (list []int) {
	x.Helper()
	for i, id := range x.ids {
		if x.explain(id).Standing.Status == lifecycle.StatusSuspended {
			list = append(list, i)
		}
	}
	return list
}

func (x *excess) want(suspended ...int) {
	x.Helper()
	if got := x.suspended(); !slices.Equal(got, suspended) {
		x.Errorf("%v are suspended, want %v", got, suspended)
	}
}

// TestUndoIsExact: what a connection suspended before the window, and after the
// incident, is none of it.
func TestUndoIsExact(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		x := newExcess(t, opened, 12)
		x.active(x.idp, x.ids[0], false)
		x.clock.pass(2 * time.Hour)
		for _, id := range x.ids[1:5] {
			x.active(x.idp, id, false)
			x.clock.pass(time.Minute)
		}
		x.active(x.hr, x.ids[4], false)
		x.active(x.hr, x.ids[5], false)
		x.incident(lifecycle.IncidentOpen, 1)
		x.clock.pass(3 * time.Hour)
		x.active(x.idp, x.ids[6], false) // not too many any more
		x.clock.pass(3 * time.Hour)
		for _, id := range x.ids[7:10] { // and again
			x.active(x.idp, id, false)
		}
		x.incident(lifecycle.IncidentOpen, 2)
		x.restore(4+3, 4+3, false)
		x.want(0, 4, 5, 6)
		x.incident(lifecycle.IncidentRestored, 0)
		x.restore(0, 0, false)
		x.refuses((*scim.Provider).ReleaseHeld, "was decided already by operator ann")
		x.incident(lifecycle.IncidentRestored, 0)
		if got := x.audits(x.ids[1]); got[len(got)-1] != "user.override" {
			t.Errorf("the trail of an account says %v", got)
		}
	})
}

// TestUndoInSteps: one request does so many, and any copy of the server goes on.
// What was suspended and then deleted comes back as it was before both.
func TestUndoInSteps(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		small := func(o *scim.Options) { o.GuardStep, o.MaxPage = 3, 2 }
		x := newExcess(t, opened, 12, small)
		team := x.team("team", x.ids[10:]...)
		for _, id := range x.ids[:9] {
			x.active(x.idp, id, false)
		}
		for _, id := range []string{x.ids[0], x.ids[10], x.ids[11]} {
			x.delete(x.idp, id)
		}
		x.restore(3, 0, true)
		x.incident(lifecycle.IncidentOpen, 1)
		x.provider = scim.New(x.options) // a restart
		x.restore(3, 3, true)
		x.restore(3, 3, true)
		x.incident(lifecycle.IncidentOpen, 1)
		x.restore(3, 3, true)
		x.restore(0, 0, false)
		x.incident(lifecycle.IncidentRestored, 0)
		x.want()
		if got := x.found(`groups.value eq "`+team+`"`, "userName"); len(got) != 2 {
			t.Errorf("members %v", got)
		}
		for _, id := range x.ids {
			x.is(id, lifecycle.StatusActive)
		}
	})
}

// TestUndoWhileItGoesOn: what a connection does meanwhile is told, and waits.
func TestUndoWhileItGoesOn(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		database := &meddled{Store: opened}
		x := newExcess(t, database, 6)
		for _, id := range x.ids[:4] {
			x.active(x.idp, id, false)
		}
		database.before = func() {
			x.clock.pass(time.Second)
			x.active(x.idp, x.ids[5], false)
		}
		x.restore(4, 4, true)
		x.incident(lifecycle.IncidentOpen, 1)
		x.want(5)
		x.restore(1, 1, false)
		x.incident(lifecycle.IncidentRestored, 0)
	})
}

// meddled lets something happen before an administrator decides, and after what is
// held was read.
type meddled struct {
	store.Store
	// asked comes before the first page of what is gone, read behind it, before
	// comes before a decision is stored.
	before, read, asked func()
}

func (m *meddled) DepartedPage(ctx context.Context, query store.DepartedQuery) ([]store.Departed, bool, error) {
	if meddle := m.asked; meddle != nil {
		m.asked = nil
		meddle()
	}
	page, more, err := m.Store.DepartedPage(ctx, query)
	if meddle := m.read; meddle != nil && len(page) > 0 {
		m.read = nil
		meddle()
	}
	return page, more, err
}

func (m *meddled) Commit(ctx context.Context, changes []store.Change) ([]store.Committed, error) {
	if set, ok := changes[0].(*store.SetTally); ok && strings.HasPrefix(set.Audit.Action, "guard.re") && m.before != nil {
		meddle := m.before
		m.before = nil
		meddle()
	}
	return m.Store.Commit(ctx, changes)
}

// TestUndoOfTimers: accounts that the policy suspends because nobody uses them
// are given back, and stay so.
func TestUndoOfTimers(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		a := newAging(t, opened, "hold", grows)
		a.active(a.hr, a.ids[0], false)
		a.clock.pass(91 * day)
		a.fire()
		a.want(0, 5, 0, 0, 4, 1)
		done, err := a.provider.RestoreHeld(t.Context(), a.admin, scim.GuardedConnection(a.connections[a.hr]), "")
		if err != nil || done.Done != 0 {
			t.Errorf("a connection undid it: %+v, %v", done, err)
		}
		done, err = a.provider.RestoreHeld(t.Context(), a.admin, scim.GuardedTimers(), "")
		if err != nil || done.Suspensions != 4 {
			t.Errorf("%+v, %v", done, err)
		}
		a.clock.pass(time.Minute)
		a.fire()
		a.want(4, 1, 0, 0, 4, 1)
	})
}

// TestRepeatedMemberRemoval: to take out who is no member removes nothing, however
// often it is said.
func TestRepeatedMemberRemoval(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		x := newExcess(t, opened, 5)
		team := x.team("team", x.ids[:4]...)
		remove := func(ids ...string) error {
			named := make([]string, len(ids))
			for i, id := range ids {
				named[i] = `value eq \"` + id + `\"`
			}
			body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"members[` + strings.Join(named, " or ") + `]"}]}`
			_, err := x.provider.Patch(t.Context(), x.idp, x.group, team, scim.Precondition{}, strings.NewReader(body), scim.View{})
			return err
		}
		for range 5 {
			if err := remove(x.ids[0], x.ids[3], x.ids[4], x.ids[0]); err != nil {
				t.Fatal(err)
			}
		}
		state, err := x.provider.Guard(t.Context(), x.admin, x.guarded())
		if err != nil || state.Removals != 2 {
			t.Errorf("%+v, %v", state, err)
		}
		if err := remove(x.ids[1], x.ids[2]); err == nil {
			t.Error("two more are removed")
		}
		if err := remove(x.ids[1]); err != nil {
			t.Error(err)
		}
		if got := x.found(`groups.value eq "`+team+`"`, "userName"); !slices.Equal(got, []string{"user2"}) {
			t.Errorf("members %v", got)
		}
	})
}
