package scim_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

// aging is five accounts whose time comes, under a guard that lets two go.
type aging struct {
	*bed
	ids    []string
	alerts atomic.Int64
}

// stands counts the accounts that are not purged by status, and those that the
// guard holds.
func (a *aging) stands() (living, suspended, gone, held int) {
	a.Helper()
	for _, id := range a.ids {
		switch found := a.explain(id); found.Standing.Status {
		case lifecycle.StatusDeprovisioned:
			gone++
			if found.Facts.Held {
				held++
			}
		case lifecycle.StatusSuspended:
			suspended++
		case lifecycle.StatusPurged:
		default:
			living++
		}
	}
	return living, suspended, gone, held
}

// want compares the accounts as they stand, the guard and the alerts.
func (a *aging) want(living, suspended, gone, held, removals, alerts int) {
	a.Helper()
	if l, s, g, h := a.stands(); l != living || s != suspended || g != gone || h != held {
		a.Errorf("%d living, %d suspended, %d gone, %d held; want %d, %d, %d, %d", l, s, g, h, living, suspended, gone, held)
	}
	state, err := a.provider.Guard(a.Context(), a.admin, scim.GuardedTimers())
	if err != nil || state.Removals != removals || int(a.alerts.Load()) != alerts {
		a.Errorf("the guard says %+v, %v, and %d alerts; want %d removals, %d alerts", state, err, a.alerts.Load(), removals, alerts)
	}
	state, err = a.provider.Guard(a.Context(), a.admin, scim.GuardedConnection(a.connections[a.hr]))
	if err != nil || state.Removals != 0 {
		a.Errorf("a connection is charged with it: %+v, %v", state, err)
	}
}

func newAging(t *testing.T, opened store.Store, mode, policy string, more ...string) *aging {
	t.Helper()
	a := &aging{}
	a.bed = newBedIn(t, opened, t.Name(), func(o *scim.Options) {
		o.Alert = func(found scim.Alert) {
			// What is due is due in the tenants of the other tests, too.
			if found.Tenant == a.admin.Tenant {
				a.alerts.Add(1)
			}
		}
	})
	a.policy(`{` + policy + `,"guard":{"mode":"` + mode + `","armedFrom":1,"floor":2,"percent":0}}`)
	for i := range 5 {
		a.ids = append(a.ids, a.create(a.hr, fmt.Sprint("aging", i), more...))
	}
	return a
}

const (
	escalates = `"escalation":{"suspended":"30d","expired":"30d"}`
	grows     = `"stale":{"after":"90d","warnAfter":"76d","suspend":true}`
)

// TestTimersPassTheMassGuard: a policy that ends or suspends many accounts at
// once is as likely a mistake as a connection that does.
func TestTimersPassTheMassGuard(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		for name, test := range map[string]func(*testing.T, store.Store){
			"escalation is held and released": escalationReleased, "escalation is held and restored": escalationRestored,
			"escalation is refused": escalationRefused, "escalation is told": escalationTold, "escalation passes": escalationPasses,
			"blocked": escalationBlocked, "offboarding": offboarding, "expiry": expiry, "stale": staleOnes, "stale is refused": staleRefused,
		} {
			t.Run(name, func(t *testing.T) { test(t, opened) })
		}
	})
}

func suspendedOnes(t *testing.T, opened store.Store, mode string) *aging {
	t.Helper()
	a := newAging(t, opened, mode, escalates, `"active":false`)
	a.clock.pass(31 * day)
	a.fire()
	return a
}

func escalationReleased(t *testing.T, opened store.Store) {
	a := newAging(t, opened, "hold", escalates, `"active":false`)
	team := a.team("team", a.ids...)
	a.clock.pass(31 * day)
	a.fire()
	a.want(0, 0, 5, 3, 5, 1)
	done, err := a.provider.RestoreHeld(t.Context(), a.admin, scim.GuardedConnection(a.connections[a.hr]), "not its own")
	if err != nil || done.Done != 0 {
		t.Errorf("a connection holds %+v, %v", done, err)
	}
	done, err = a.provider.ReleaseHeld(t.Context(), a.admin, scim.GuardedTimers(), "meant")
	if err != nil || done.Done != 3 || len(done.Failed) != 0 {
		t.Errorf("released %+v, %v", done, err)
	}
	a.want(0, 0, 5, 0, 0, 1)
	a.clock.pass(31 * day)
	a.fire()
	for _, id := range a.ids {
		a.is(id, lifecycle.StatusPurged)
	}
	if groups := a.found(`groups.value eq "`+team+`"`, ""); len(groups) != 0 {
		t.Errorf("members %v", groups)
	}
}

func escalationRestored(t *testing.T, opened store.Store) {
	a := suspendedOnes(t, opened, "hold")
	done, err := a.provider.RestoreHeld(t.Context(), a.admin, scim.GuardedTimers(), "not meant")
	if err != nil || done.Done != 3 || len(done.Failed) != 0 {
		t.Errorf("restored %+v, %v", done, err)
	}
	a.want(0, 3, 2, 0, 5, 1)
	a.clock.pass(time.Minute)
	a.fire() // and not gone at once
	a.want(0, 3, 2, 0, 5, 1)
	a.clock.pass(29 * day)
	a.fire()
	a.want(0, 3, 2, 0, 0, 1)
	a.clock.pass(day)
	a.fire()
	a.want(0, 0, 3, 1, 3, 2) // those who went first are purged
}

func escalationRefused(t *testing.T, opened store.Store) {
	a := suspendedOnes(t, opened, "reject")
	a.want(0, 3, 2, 0, 2, 1)
	if _, err := a.provider.AllowRemovals(t.Context(), a.admin, scim.GuardedTimers(), 1, time.Hour, "one more"); err != nil {
		t.Fatal(err)
	}
	a.fire()
	a.want(0, 3, 2, 0, 2, 1) // it is asked again in a while
	a.clock.pass(5 * time.Minute)
	a.fire()
	a.want(0, 2, 3, 0, 3, 1)
	a.clock.pass(62 * time.Minute)
	a.fire()
	a.want(0, 0, 5, 0, 2, 1)
}

func escalationTold(t *testing.T, opened store.Store) {
	suspendedOnes(t, opened, "alert").want(0, 0, 5, 0, 5, 1)
}

func escalationPasses(t *testing.T, opened store.Store) {
	suspendedOnes(t, opened, "off").want(0, 0, 5, 0, 0, 0)
}

func escalationBlocked(t *testing.T, opened store.Store) {
	a := newAging(t, opened, "off", escalates, `"active":false`)
	a.clock.pass(31 * day)
	if _, err := a.provider.BlockRemovals(t.Context(), a.admin, scim.GuardedTimers(), time.Hour, "wait"); err != nil {
		t.Fatal(err)
	}
	a.fire()
	a.want(0, 5, 0, 0, 0, 0)
	if _, err := a.provider.BlockRemovals(t.Context(), a.admin, scim.GuardedTimers(), 0, "go on"); err != nil {
		t.Fatal(err)
	}
	a.clock.pass(5 * time.Minute)
	a.fire()
	a.want(0, 0, 5, 0, 0, 0)
}

// offboarding: the last day suspends, which an administrator has asked for; what
// follows a month later is the policy's.
func offboarding(t *testing.T, opened store.Store) {
	a := contracts(t, opened)
	a.clock.pass(31 * day)
	a.fire()
	a.want(0, 0, 5, 3, 5, 1)
}

func expiry(t *testing.T, opened store.Store) {
	contracts(t, opened).want(0, 5, 0, 0, 0, 0)
}

func contracts(t *testing.T, opened store.Store) *aging {
	t.Helper()
	a := newAging(t, opened, "hold", escalates)
	for _, id := range a.ids {
		a.act(id, lifecycle.Schedule{ValidUntil: a.clock.now().Add(10 * day)})
	}
	a.clock.pass(11 * day)
	a.fire()
	return a
}

// staleOnes: a suspension is done and told, as that of a connection is.
func staleOnes(t *testing.T, opened store.Store) {
	a := newAging(t, opened, "hold", grows)
	a.clock.pass(91 * day)
	a.fire()
	a.want(0, 5, 0, 0, 5, 1)
}

func staleRefused(t *testing.T, opened store.Store) {
	a := newAging(t, opened, "reject", grows)
	a.clock.pass(91 * day)
	a.fire()
	a.want(3, 2, 0, 0, 2, 1)
	a.clock.pass(62 * time.Minute)
	a.fire()
	a.want(1, 4, 0, 0, 2, 2)
}
