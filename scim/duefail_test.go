package scim_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/store"
)

// trapped is a database that a bug is met in: who reads a certain record panics.
type trapped struct {
	store.Store
	trap store.Key
}

func (t *trapped) Get(ctx context.Context, key store.Key, with store.Relations) (store.Record, error) {
	if key == t.trap {
		panic("a bug")
	}
	return t.Store.Get(ctx, key, with)
}

// beginner makes a user whose first day is in an hour.
func (b *bed) beginner(name string) string {
	b.Helper()
	return b.create(b.idp, name, fmt.Sprintf(`"%s":{"validFrom":%q}`, lifecycleURN, b.clock.now().Add(time.Hour).Format(time.RFC3339)))
}

// poison makes the facts of a beginner unreadable, and returns what cures that.
func (b *bed) poison(id string) (cure func()) {
	b.Helper()
	record, err := b.store.Get(b.Context(), b.key(id), 0)
	if err != nil {
		b.Fatal(err)
	}
	due := b.clock.now().Add(time.Hour)
	write := func(state []byte) {
		b.Helper()
		facts := record.Facts
		facts.State, facts.Due = state, due // which no read returns
		_, err := b.store.Commit(b.Context(), []store.Change{&store.Update{
			Key: record.Key, Facts: &facts, Noted: true, Modified: b.clock.now(), Trail: store.Trail{Audit: store.Audit{At: b.clock.now()}},
		}})
		if err != nil {
			b.Fatal(err)
		}
	}
	state := record.Facts.State
	write([]byte(`{"settled":"never"}`))
	return func() { write(state) }
}

// failures fires what is due, in which some fail, and counts them.
func (b *bed) failures() map[store.Key]int {
	b.Helper()
	var mutex sync.Mutex
	failed := map[store.Key]int{}
	for more := true; more; {
		var err error
		more, err = b.provider.FireDue(b.Context(), func(key store.Key, _ error) {
			mutex.Lock()
			defer mutex.Unlock()
			failed[key]++
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return failed
}

// TestPoisonedTimersHoldUpNobody: what fails is tried more and more seldom, at
// least once an hour, and what comes after it is done in time.
func TestPoisonedTimersHoldUpNobody(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		t.Run("one and many", func(t *testing.T) { onePoisoned(t, opened) })
		t.Run("more than are looked at", func(t *testing.T) { manyPoisoned(t, opened) })
	})
}

func onePoisoned(t *testing.T, opened store.Store) {
	database := &trapped{Store: opened}
	b := newBedIn(t, database, "one")
	unreadable, trap := b.beginner("unreadable"), b.beginner("trap")
	cure := b.poison(unreadable)
	var good []string
	for i := range 40 {
		b.clock.pass(time.Millisecond) // they are due later
		good = append(good, b.beginner(fmt.Sprint("good", i)))
	}
	database.trap = b.key(trap)
	b.clock.pass(time.Hour)
	failed := b.failures()
	if len(failed) != 2 || failed[b.key(unreadable)] != 1 || failed[b.key(trap)] != 1 {
		t.Errorf("failed %v", failed)
	}
	for _, id := range good {
		if events := b.events(id); len(events) < 2 {
			t.Fatalf("a good one was not told: %v", events)
		}
	}
	tries, last := map[string]int{unreadable: 0, trap: 0}, b.clock.now()
	for range 6 * 60 {
		b.clock.pass(time.Minute)
		failed := b.failures()
		for _, id := range []string{unreadable, trap} {
			tries[id] += failed[b.key(id)]
		}
		if failed[b.key(unreadable)] > 0 {
			if pause := b.clock.now().Sub(last); pause > 62*time.Minute {
				t.Errorf("tried after %s", pause)
			}
			last = b.clock.now()
		}
	}
	for id, n := range tries {
		if n < 8 || n > 20 {
			t.Errorf("%s was tried %d times in six hours", id, n)
		}
	}
	cure()
	database.trap = store.Key{}
	b.clock.pass(62 * time.Minute)
	b.fire()
	for _, id := range []string{unreadable, trap} {
		b.is(id, lifecycle.StatusActive)
		if events := b.events(id); len(events) < 2 {
			t.Errorf("one that is well again was not told: %v", events)
		}
	}
}

func manyPoisoned(t *testing.T, opened store.Store) {
	b := newBedIn(t, opened, "many")
	for i := range 200 {
		b.poison(b.beginner(fmt.Sprint("bad", i)))
	}
	b.clock.pass(time.Second)
	good := b.beginner("good")
	b.clock.pass(time.Hour)
	if failed := b.failures(); len(failed) != 200 {
		t.Errorf("%d failed", len(failed))
	}
	if events := b.events(good); len(events) < 2 {
		t.Errorf("the good one waits for the others: %v", events)
	}
}
