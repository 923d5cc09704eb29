package events

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"rollcall/internal/testdb"
	"rollcall/store"
)

// message is a webhook as a receiver reads it.
type message struct {
	Type string `json:"type"`
	Data struct {
		ID       string `json:"id"`
		Version  int    `json:"version"`
		Position int64  `json:"position"`
		Resource struct {
			N int `json:"n"`
		} `json:"resource"`
	} `json:"data"`
}

func read(t *testing.T, one call) message {
	t.Helper()
	var m message
	if err := json.Unmarshal([]byte(one.body), &m); err != nil {
		t.Fatalf("%v in %q", err, one.body)
	}
	return m
}

// wantEach checks that every version of every user was taken, in order, and
// returns how many were taken more than once.
func wantEach(t *testing.T, calls []call, users, versions int) (duplicates int) {
	t.Helper()
	seen := map[string]int{}
	for _, one := range calls {
		m := read(t, one)
		switch last := seen[m.Data.ID]; {
		case m.Data.Version == last+1:
			seen[m.Data.ID] = m.Data.Version
		case m.Data.Version <= last:
			duplicates++
		default:
			t.Errorf("version %d of %s behind version %d", m.Data.Version, m.Data.ID, last)
			seen[m.Data.ID] = m.Data.Version
		}
	}
	for n := range users {
		if got := seen[user(n).String()]; got != versions {
			t.Errorf("user %d: version %d of %d arrived", n, got, versions)
		}
	}
	return duplicates
}

func TestEachInOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	hook := listen(t, always(http.StatusNoContent))
	receiver := f.webhook(hook.URL)
	f.service.Start()
	f.service.Start() // does nothing
	const users, versions = 10, 8
	for version := 1; version <= versions; version++ {
		for n := range users {
			f.commit(n, version, "prov:put")
		}
		f.service.Wake()
	}
	eventually(t, "delivery", func() bool { return len(hook.all()) >= users*versions })
	f.close(f.service)
	f.close(f.service)
	if wantEach(t, hook.all(), users, versions) != 0 {
		t.Error("some came twice")
	}
	if log := f.log(receiver, store.DeliveryDelivered); len(log) != users*versions || log[0].Status != http.StatusNoContent {
		t.Errorf("%d rows in the log", len(log))
	}
	stored, err := f.service.Receiver(t.Context(), f.tenant, receiver.ID)
	if head, _ := f.store.Head(t.Context()); err != nil || stored.Position != head || stored.Succeeded.IsZero() {
		t.Errorf("%+v, %v", stored, err)
	}
}

// TestPoisonedSubject: while one event of a user fails, those behind it wait
// and all others go on; afterwards they come, in order.
func TestPoisonedSubject(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	bad := func(one call) int {
		if strings.Contains(one.body, `"n":2`) && strings.Contains(one.body, user(3).String()) {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	}
	hook := listen(t, bad)
	receiver := f.webhook(hook.URL)
	f.service.Start()
	const users, versions = 6, 5
	for version := 1; version <= versions; version++ {
		for n := range users {
			f.commit(n, version, "prov:put")
		}
	}
	f.service.Wake()
	eventually(t, "the others", func() bool { return len(hook.taken()) >= (users-1)*versions+1 })
	for _, one := range hook.taken() {
		if m := read(t, one); m.Data.ID == user(3).String() && m.Data.Version > 1 {
			t.Errorf("version %d overtook version 2", m.Data.Version)
		}
	}
	var pending []store.Delivery
	eventually(t, "one is pending", func() bool { pending = f.log(receiver, store.DeliveryPending); return len(pending) == 1 })
	if pending[0].Attempts == 0 || pending[0].Status != http.StatusInternalServerError || !strings.Contains(pending[0].Error, "500") {
		t.Errorf("pending: %+v", pending)
	}
	// A user who comes later is not held up.
	f.commit(users, 1, "prov:create")
	f.service.Wake()
	eventually(t, "another user", func() bool { return len(hook.taken()) >= (users-1)*versions+2 })

	hook.become(always(http.StatusOK))
	eventually(t, "the rest", func() bool { return len(hook.taken()) >= users*versions+1 })
	if duplicates := wantEach(t, hook.taken(), users, versions); duplicates != 0 {
		t.Errorf("%d came twice", duplicates)
	}
	eventually(t, "nothing is pending", func() bool { return len(f.log(receiver, store.DeliveryPending)) == 0 })
}

// TestOutOfReach: a receiver that is down costs a few attempts and a few rows,
// not one for each event, and gets everything in order when it is back.
func TestOutOfReach(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	hook := listen(t, always(http.StatusBadGateway))
	receiver, healthy := f.webhook(hook.URL), listen(t, always(http.StatusOK))
	f.webhook(healthy.URL)
	const users, versions = 500, 1
	for version := 1; version <= versions; version++ {
		for n := range users {
			f.commit(n, version, "prov:put")
		}
	}
	f.service.Start()
	eventually(t, "the healthy receiver", func() bool { return len(healthy.all()) == users*versions })
	eventually(t, "the breaker", func() bool {
		stored, err := f.service.Receiver(t.Context(), f.tenant, receiver.ID)
		return err == nil && stored.Failures >= 3 && !stored.Failing.IsZero()
	})
	if n := len(f.log(receiver, store.DeliveryPending)); n == 0 || n > atOnce+100 {
		t.Errorf("%d rows are pending", n)
	}
	hook.become(always(http.StatusOK))
	eventually(t, "the rest", func() bool { return len(hook.taken()) >= users*versions })
	if duplicates := wantEach(t, hook.taken(), users, versions); duplicates != 0 {
		t.Errorf("%d came twice", duplicates)
	}
	eventually(t, "health", func() bool {
		stored, err := f.service.Receiver(t.Context(), f.tenant, receiver.ID)
		return err == nil && stored.Failures == 0 && stored.Failing.IsZero()
	})
}

func TestDeadAndRevived(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	hook := listen(t, always(http.StatusServiceUnavailable))
	receiver := f.webhook(hook.URL)
	for n := range 8 {
		f.commit(n, 1, "prov:create")
	}
	f.service.Start()
	state := func() Receiver {
		got, err := f.service.Receiver(t.Context(), f.tenant, receiver.ID)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	eventually(t, "failing", func() bool { return !state().Failing.IsZero() })
	f.clock.forward(5 * day)
	eventually(t, "dead", func() bool { return state().State == store.ReceiverDead })
	if got := state(); got.Reason == "" || got.Since.Before(got.Created.Add(5*day-time.Minute)) {
		t.Errorf("dead: %+v", got)
	}
	rows, err := f.store.AuditOf(t.Context(), store.Key{Tenant: f.tenant, Type: auditType(f.store), ID: receiver.ID}, 1)
	if err != nil || len(rows) != 1 || rows[0].Action != "receiver.dead" || rows[0].ActorKind != "system" {
		t.Errorf("audit: %+v, %v", rows, err)
	}
	hook.become(always(http.StatusOK))
	if err := f.service.ResumeReceiver(t.Context(), f.tenant, receiver.ID, someone); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the rest", func() bool { return len(hook.taken()) >= 8 })
	if duplicates := wantEach(t, hook.taken(), 8, 1); duplicates != 0 {
		t.Errorf("%d came twice", duplicates)
	}
}

// auditType is what the store calls a receiver in its audit.
func auditType(store.Store) string { return "$receiver" }

// TestGivenUp: an event that fails for days at a receiver that takes others is
// given up, the next one of its subject comes, and it can be sent again.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	hook := listen(t, func(one call) int {
		if strings.Contains(one.body, `"n":1`) {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	})
	receiver := f.webhook(hook.URL)
	f.commit(1, 1, "prov:create")
	f.commit(1, 2, "prov:put")
	f.service.Start()
	eventually(t, "an attempt", func() bool { return len(hook.all()) > 0 })
	f.commit(2, 1, "prov:create")
	f.commit(2, 2, "prov:put")
	hook.become(func(one call) int {
		if strings.Contains(one.body, user(1).String()) && strings.Contains(one.body, `"n":1`) {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	})
	// Recorded, not only taken: the jump of the clock ends the lease of a round that is
	// under way, and what it delivered comes again.
	eventually(t, "another user", func() bool { return len(f.log(receiver, store.DeliveryDelivered)) == 2 })
	f.clock.forward(3 * day)
	eventually(t, "given up", func() bool { return len(f.log(receiver, store.DeliveryFailed)) == 1 })
	eventually(t, "the next one", func() bool { return len(hook.taken()) == 3 })
	hook.become(always(http.StatusOK))
	failed := f.log(receiver, store.DeliveryFailed)[0]
	if err := f.service.Resend(t.Context(), f.tenant, receiver.ID, failed.Event.Position, someone); err != nil {
		t.Fatal(err)
	}
	eventually(t, "sent again", func() bool { return len(hook.taken()) == 4 && len(f.log(receiver, store.DeliveryDelivered)) == 4 })
}

// TestLies: what is no 2xx is no delivery, wherever it leads.
func TestLies(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"redirect inside": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusPermanentRedirect)
		},
		"huge body": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			for range 1000 {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		},
		"never": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"broken off": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := http.NewResponseController(w).Hijack()
			_ = conn.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, testdb.OpenSQLite(t))
			hook := listen(t, always(http.StatusOK))
			lying := make(chan struct{}, 100)
			liar := serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
				select {
				case lying <- struct{}{}:
				default:
				}
				handler(w, r)
			})
			receiver := f.webhook(liar)
			f.webhook(hook.URL)
			f.commit(1, 1, "prov:create")
			f.service.Start()
			<-lying
			<-lying
			eventually(t, "the honest one", func() bool { return len(hook.taken()) == 1 })
			if log := f.log(receiver, store.DeliveryDelivered); len(log) != 0 {
				t.Errorf("delivered: %+v", log)
			}
		})
	}
}

// TestGone: 410 ends it at once (Standard Webhooks).
func TestGone(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	hook := listen(t, always(http.StatusGone))
	receiver := f.webhook(hook.URL)
	f.commit(1, 1, "prov:create")
	f.service.Start()
	eventually(t, "dead", func() bool {
		got, err := f.service.Receiver(t.Context(), f.tenant, receiver.ID)
		return err == nil && got.State == store.ReceiverDead
	})
	if n := len(hook.all()); n != 1 {
		t.Errorf("%d calls", n)
	}
}

// TestRestart: a service that ends in the middle, with calls in flight, leaves
// all that was not recorded to the next one.
func TestRestart(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	var hold sync.WaitGroup
	hold.Add(1)
	hook := listen(t, func(one call) int {
		if strings.Contains(one.body, `"n":2`) {
			hold.Wait()
		}
		return http.StatusOK
	})
	receiver := f.webhook(hook.URL)
	const users, versions = 30, 4
	for version := 1; version <= versions; version++ {
		for n := range users {
			f.commit(n, version, "prov:put")
		}
	}
	f.service.Start()
	eventually(t, "some", func() bool { return len(hook.all()) > 0 })
	broken, cancel := context.WithCancel(context.Background())
	cancel()
	f.service.Close(broken) // does not wait for those in flight
	hold.Done()
	second := f.newService()
	second.Start()
	eventually(t, "all", func() bool { return f.caughtUp(receiver) })
	f.close(second)
	wantEach(t, hook.taken(), users, versions)
}

// TestCrash: a copy that vanishes with a lease is replaced when that ends.
func TestCrash(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	hook := listen(t, always(http.StatusOK))
	f.webhook(hook.URL)
	f.commit(1, 1, "prov:create")
	if _, err := f.store.Number(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	if turns, err := f.service.claim(t.Context(), 10); err != nil || len(turns) != 1 {
		t.Fatalf("%d turns, %v", len(turns), err)
	}
	f.service.Start()
	f.commit(2, 1, "prov:create")
	f.service.Wake()
	eventually(t, "numbering", func() bool { head, err := f.store.Head(t.Context()); return err == nil && head == 2 })
	if len(hook.all()) != 0 {
		t.Error("delivered although somebody else has the lease")
	}
	f.clock.forward(f.service.leaseFor)
	eventually(t, "delivery", func() bool { return len(hook.all()) == 2 })
}

// TestTwoCopies: two copies on one database under load deliver each event, in
// order, and hardly any twice.
func TestTwoCopies(t *testing.T) {
	t.Parallel()
	dsn := testdb.Postgres(t)
	f := newFixture(t, openPostgres(t, dsn))
	other := *f
	other.store = openPostgres(t, dsn)
	second := other.newService()
	hooks := []*listener{listen(t, always(http.StatusOK)), listen(t, always(http.StatusOK)), listen(t, always(http.StatusOK))}
	for _, hook := range hooks {
		f.webhook(hook.URL)
	}
	f.service.Start()
	second.Start()
	const users, versions = 40, 25
	var writers sync.WaitGroup
	for n := range users {
		writers.Go(func() {
			copyOf, service := f, f.service
			if n%2 == 1 {
				copyOf, service = &other, second
			}
			for version := 1; version <= versions; version++ {
				if err := copyOf.tryCommit(n, version, "prov:put"); err != nil {
					t.Errorf("commit: %v", err)
				}
				service.Wake()
			}
		})
	}
	writers.Wait()
	for i, hook := range hooks {
		eventually(t, "delivery", func() bool { return len(hook.all()) >= users*versions })
		if duplicates := wantEach(t, hook.all(), users, versions); duplicates*100 >= users*versions {
			t.Errorf("receiver %d: %d of %d came twice", i, duplicates, users*versions)
		}
	}
}

func TestReplay(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	hook := listen(t, always(http.StatusOK))
	receiver := f.webhook(hook.URL)
	for n := range 4 {
		f.commit(n, 1, "prov:create")
		f.clock.forward(time.Hour)
	}
	f.service.Start()
	eventually(t, "delivery", func() bool { return len(f.log(receiver, store.DeliveryDelivered)) == 4 })
	from, err := f.service.Replay(t.Context(), f.tenant, receiver.ID, ReplayFrom{Position: 2}, someone)
	if err != nil || from != 2 {
		t.Fatalf("Replay = %d, %v", from, err)
	}
	eventually(t, "two again", func() bool { return len(hook.all()) == 6 })
	eventually(t, "their record", func() bool { return f.caughtUp(receiver) })
	at := f.clock.now().Add(-90 * time.Minute) // between the third and the fourth
	if _, err := f.service.Replay(t.Context(), f.tenant, receiver.ID, ReplayFrom{Time: at}, someone); err != nil {
		t.Fatal(err)
	}
	eventually(t, "one again", func() bool { return len(hook.all()) == 7 })
	names := map[string]int64{}
	for _, one := range hook.all() {
		names[one.header.Get("Webhook-Id")] = read(t, one).Data.Position
	}
	if again := read(t, hook.all()[6]).Data.Position; len(names) != 4 || again != 4 {
		t.Errorf("%d ids for four events; the last one was %d", len(names), again)
	}
	// A new receiver gets what happens from now on; a replay brings the rest.
	late := listen(t, always(http.StatusOK))
	added := f.webhook(late.URL)
	f.commit(5, 1, "prov:create")
	f.service.Wake()
	eventually(t, "the new receiver", func() bool { return len(late.all()) == 1 })
	if _, err := f.service.Replay(t.Context(), f.tenant, added.ID, ReplayFrom{}, someone); err != nil {
		t.Fatal(err)
	}
	eventually(t, "its history", func() bool { return len(late.all()) == 6 })
}

func TestPause(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	hook := listen(t, always(http.StatusOK))
	receiver, control := f.webhook(hook.URL), listen(t, always(http.StatusOK))
	f.webhook(control.URL)
	if err := f.service.PauseReceiver(t.Context(), f.tenant, receiver.ID, someone); err != nil {
		t.Fatal(err)
	}
	if err := f.service.PauseReceiver(t.Context(), f.tenant, receiver.ID, someone); err != nil {
		t.Errorf("a second pause: %v", err)
	}
	f.service.Start()
	f.commit(1, 1, "prov:create")
	f.service.Wake()
	eventually(t, "the other receiver", func() bool { return len(control.all()) == 1 })
	if len(hook.all()) != 0 {
		t.Error("a paused receiver was called")
	}
	if err := f.service.ResumeReceiver(t.Context(), f.tenant, receiver.ID, someone); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what waited", func() bool { return len(hook.all()) == 1 })
}
