package storetest

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
)

// unerased are the numbers of the marked users and groups, in pages.
func (f *fixture) unerased(size int) (found []int) {
	f.t.Helper()
	var last store.Tombstone
	for {
		page, err := f.s.Unerased(f.ctx, last, size)
		if err != nil || len(page) > size {
			f.t.Fatalf("Unerased: %d of %d, %v", len(page), size, err)
		}
		for _, one := range page {
			for n := range 20 {
				if one.Key.ID == id(n) {
					found = append(found, n)
				}
			}
			if at, err := f.s.Purged(f.ctx, one.Key); err != nil || !at.Equal(one.At) || one.Version != 3 {
				f.t.Errorf("%+v was purged with version 3 at %v, %v", one, at, err)
			}
			last = one
		}
		if len(page) < size {
			return found
		}
	}
}

// tombstones: each purge marks what it leaves until the mark is taken away, and
// one that is refused marks nothing.
func tombstones(f *fixture) {
	other := f.in(f.newTenant("other"))
	for n, of := range map[int]*fixture{1: f, 2: other, 3: f, 4: f} {
		of.commit(of.create(user, n), of.delete(user, n, 10))
	}
	f.commit(f.create(group, 5), f.delete(group, 5, 10))
	want := func(when string, want ...int) {
		f.t.Helper()
		for _, size := range []int{1, 2, 100} {
			sameNumbers(f.t, when, want, f.unerased(size))
		}
	}
	refused := f.purge(user, 1, 20)
	refused.Match = 7
	f.refuse(store.ErrVersion, 0, refused)
	want("nothing is purged")
	f.commit(f.purge(user, 3, 20))
	other.commit(other.purge(user, 2, 20))
	f.commit(f.purge(group, 5, 19), f.purge(user, 1, 21))
	want("purged", 5, 3, 2, 1)
	first := store.Tombstone{Key: f.key(user, 3), At: at(20)}
	for _, wrong := range []store.Tombstone{
		{Key: first.Key, At: at(21)}, {Key: f.key(group, 3), At: at(20)}, {Key: other.key(user, 3), At: at(20)}, {Key: f.key(user, 4), At: at(20)},
	} {
		f.check(f.s.SetErased(f.ctx, wrong))
	}
	want("others are erased", 5, 3, 2, 1)
	f.check(f.s.SetErased(f.ctx, first))
	f.check(f.s.SetErased(f.ctx, first))
	want("erased", 5, 2, 1)
	// An id that begins anew and goes again has left something new.
	f.commit(f.create(user, 3), f.delete(user, 3, 30))
	f.commit(f.purge(user, 3, 31))
	want("again", 5, 2, 1, 3)
}

func sameNumbers(t *testing.T, when string, want, got []int) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%s: %v, want %v", when, got, want)
	}
	for i := range want {
		if want[i] != got[i] {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
}

// eraseEvents takes steps until there are no more, and adds up their events.
func (f *fixture) eraseEvents(key store.Key, limit int, left func([]byte) []byte) (sum int) {
	f.t.Helper()
	for after := (store.EventPlace{}); ; {
		step, err := f.s.EraseEvents(f.ctx, store.EventErasure{Subject: key, Left: left, After: after, Limit: limit})
		if err != nil {
			f.t.Fatalf("EraseEvents: %v", err)
		}
		sum += step.Events
		if !step.More {
			return sum
		}
		if step.Next == after {
			f.t.Fatal("a step that gets nowhere")
		}
		after = step.Next
	}
}

// eventErasure: the payloads of one subject go, numbered or not, and the rest of
// its events and the log of deliveries stay.
func eventErasure(f *fixture) {
	other := f.in(f.newTenant("other"))
	other.commit(other.create(user, 1))
	f.commit(f.create(user, 1), f.create(user, 2), f.create(group, 1))
	renamed := f.rename(1, 2, "b")
	renamed.Trail.Events = append(renamed.Trail.Events, store.Event{Type: "status:change", Payload: []byte(`{"stays": "é"}`)})
	f.commit(f.rename(1, 1, "a"), renamed)
	f.number()
	f.commit(f.rename(1, 3, "c"), f.delete(user, 1, 4))
	before, receiver := f.eventsOf(f.key(user, 1)), f.receiver(1, store.KindWebhook)
	turn := f.claim(1)
	f.advance(turn, store.Progress{Position: before[1].Position, Deliveries: []store.Delivery{f.pending(receiver, before[1], 1)}})
	left := func(payload []byte) []byte {
		if strings.Contains(string(payload), "stays") {
			return payload
		}
		return []byte(`{"left":true}`)
	}
	if n := f.eraseEvents(f.key(user, 1), 0, left); n != 0 {
		f.t.Errorf("a limit of nothing changed %d events", n)
	}
	if n := f.eraseEvents(f.key(user, 1), 2, left); n != 5 {
		f.t.Errorf("%d events changed, want 5", n)
	}
	after := f.eventsOf(f.key(user, 1))
	if len(after) != len(before) {
		f.t.Fatalf("%d events, want %d", len(after), len(before))
	}
	for i := range after {
		sameJSON(f.t, "left", left(before[i].Payload), after[i].Payload)
		after[i].Payload, before[i].Payload = nil, nil
		if diff := cmp.Diff(before[i], after[i]); diff != "" {
			f.t.Errorf("the event (-want +got):\n%s", diff)
		}
	}
	if pending := f.pendingOf(turn); len(pending) != 1 || string(pending[0].Event.Payload) != `{"left":true}` {
		f.t.Errorf("pending: %+v", pending)
	}
	if n := f.eraseEvents(f.key(user, 1), 100, left); n != 0 {
		f.t.Errorf("a second time: %d events", n)
	}
	for _, key := range []store.Key{f.key(user, 2), f.key(group, 1), other.key(user, 1)} {
		sameJSON(f.t, "payload of another subject", []byte(`{"n":0}`), f.eventsOf(key)[0].Payload)
	}
	if _, err := f.s.EraseEvents(f.ctx, store.EventErasure{Subject: store.Key{Tenant: f.tenant, Type: "\x00"}, Left: left, Limit: 1}); !errors.Is(err, store.ErrInvalid) {
		f.t.Errorf("a type that cannot be: %v", err)
	}
}
