package storetest

import (
	"sync"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"rollcall/store"
)

func claimAt(step int) store.Claim {
	return store.Claim{Lease: uuid.New(), Now: at(step), Until: at(step + 10), Limit: 10}
}

func (f *fixture) claims(step int) []store.Turn {
	f.t.Helper()
	turns, err := f.s.ClaimReceivers(f.ctx, claimAt(step))
	if err != nil {
		f.t.Fatalf("ClaimReceivers: %v", err)
	}
	return turns
}

// claim takes the one receiver that has something to do.
func (f *fixture) claim(step int) store.Turn {
	f.t.Helper()
	turns := f.claims(step)
	if len(turns) != 1 {
		f.t.Fatalf("ClaimReceivers: %d turns, want 1", len(turns))
	}
	return turns[0]
}

// idle checks that no receiver has something to do.
func (f *fixture) idle(step int) {
	f.t.Helper()
	if turns := f.claims(step); len(turns) != 0 {
		f.t.Errorf("ClaimReceivers at %d: %d turns, want none", step, len(turns))
	}
}

func (f *fixture) advance(turn store.Turn, progress store.Progress) {
	f.t.Helper()
	if err := f.s.Record(f.ctx, turn, progress); err != nil {
		f.t.Fatalf("Record: %v", err)
	}
}

func (f *fixture) pendingOf(turn store.Turn) []store.Delivery {
	f.t.Helper()
	list, err := f.s.Pending(f.ctx, turn, 100)
	if err != nil {
		f.t.Fatalf("Pending: %v", err)
	}
	return list
}

func (f *fixture) pending(receiver store.Receiver, event store.OutboxRow, due int) store.Delivery {
	event.Payload = nil
	return store.Delivery{
		Receiver: receiver.ID, Event: event, State: store.DeliveryPending, Ordered: true, Attempts: 1, First: at(1), Last: at(1), Due: at(due),
		Status: 503, Error: "HTTP status 503",
	}
}

func (f *fixture) finished(receiver store.Receiver, event store.OutboxRow, state string, step int) store.Delivery {
	event.Payload = nil
	return store.Delivery{Receiver: receiver.ID, Event: event, State: state, Attempts: 1, First: at(step), Last: at(step), Status: 200}
}

func leases(f *fixture) {
	one := f.receiver(1, store.KindWebhook)
	poll := f.receiver(2, store.KindPoll)
	f.idle(0) // there is nothing to do
	f.commit(f.create(user, 1))
	f.idle(0) // nothing that has a position
	f.number()
	turn := f.claim(1)
	f.sameReceiver(one, turn.Receiver)
	f.idle(2)
	f.check(f.s.RenewLease(f.ctx, turn, at(20)))
	f.idle(12)
	second := f.claim(20) // it ended
	f.wantError("RenewLease", f.s.RenewLease(f.ctx, turn, at(40)), store.ErrLease)
	f.wantError("Record", f.s.Record(f.ctx, turn, store.Progress{Position: 1}), store.ErrLease)
	f.check(f.s.ReleaseReceiver(f.ctx, turn)) // does not release the second
	f.idle(21)
	if list := f.pendingOf(turn); len(list) != 0 {
		f.t.Errorf("Pending of a lost turn: %+v", list)
	}
	f.check(f.s.ReleaseReceiver(f.ctx, second))
	third := f.claim(22)
	f.advance(third, store.Progress{Position: f.head(), Health: store.Health{Due: at(40)}})
	f.check(f.s.ReleaseReceiver(f.ctx, third))
	f.idle(50) // all done
	f.commit(f.create(user, 2))
	f.number()
	f.idle(39) // not yet due
	f.claim(40)

	polled, err := f.s.ClaimReceiver(f.ctx, f.tenant, poll.ID, claimAt(1))
	f.check(err)
	f.sameReceiver(poll, polled.Receiver)
	_, err = f.s.ClaimReceiver(f.ctx, f.tenant, poll.ID, claimAt(2))
	f.wantError("ClaimReceiver", err, store.ErrLease)
	_, err = f.s.ClaimReceiver(f.ctx, f.tenant, id(9), claimAt(2))
	f.wantError("ClaimReceiver", err, store.ErrNotFound)
}

// concurrentClaims: nobody gets what somebody else has.
func concurrentClaims(f *fixture) {
	for n := range 12 {
		f.receiver(n, store.KindWebhook)
	}
	f.commit(f.create(user, 1))
	f.number()
	var mutex sync.Mutex
	taken := map[uuid.UUID]int{}
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			for range 12 {
				claim := claimAt(1)
				claim.Limit = 1
				turns, err := f.s.ClaimReceivers(f.ctx, claim)
				if err != nil {
					f.t.Errorf("ClaimReceivers: %v", err)
				}
				mutex.Lock()
				for _, turn := range turns {
					taken[turn.Receiver.ID]++
				}
				mutex.Unlock()
			}
		})
	}
	group.Wait()
	for n := range 12 {
		if taken[id(n)] != 1 {
			f.t.Errorf("receiver %d was claimed %d times", n, taken[id(n)])
		}
	}
}

func freshEvents(f *fixture) {
	f.receiver(1, store.KindWebhook, "prov:update", "caep:*")
	odd := f.create(user, 1)
	odd.Trail.Events = []store.Event{{Type: "prov:create"}, {Type: "caep:session-revoked"}, {Type: "caep"}, {Type: "caepx:y"}}
	f.commit(odd)
	f.in(f.newTenant("other")).commit(f.in(f.tenant+1).create(user, 1))
	f.commit(f.rename(1, 1, "a"), f.rename(1, 2, "b"))
	f.number()
	turn := f.claim(1)
	fresh := func(after int64, scan int, wantThrough int64, types ...string) {
		f.t.Helper()
		events, through, err := f.s.Fresh(f.ctx, turn, after, scan)
		f.check(err)
		var got []string
		for _, event := range events {
			got = append(got, event.Type)
		}
		if diff := cmp.Diff(types, got); diff != "" || through != wantThrough {
			f.t.Errorf("Fresh(%d, %d): through %d, want %d; types (-want +got):\n%s", after, scan, through, wantThrough, diff)
		}
		f.inOrder(events)
	}
	all := positions(f.eventsAfter(0, 100))
	last := all[len(all)-1]
	fresh(0, 100, last, "caep:session-revoked", "prov:update", "prov:update")
	fresh(0, 1, all[0])
	fresh(all[0], 2, all[2], "caep:session-revoked")
	fresh(last, 100, last)
	turn.Lease = uuid.New()
	fresh(0, 100, 0) // a lost turn sees nothing
}

func progress(f *fixture) {
	one := f.receiver(1, store.KindWebhook)
	f.commit(f.create(user, 1), f.create(user, 2), f.create(user, 3))
	f.number()
	rows := f.eventsAfter(0, 10)
	turn := f.claim(1)
	health := store.Health{Failures: 2, Failing: at(1), Succeeded: at(2), Due: at(3)}
	waiting := f.pending(one, rows[1], 5)
	f.advance(turn, store.Progress{
		Position: rows[1].Position, Health: health,
		Deliveries: []store.Delivery{f.finished(one, rows[0], store.DeliveryDelivered, 2), waiting},
	})
	got := f.stored(one)
	if got.Position != rows[1].Position || got.Health != health {
		f.t.Errorf("receiver after Record: %+v", got)
	}
	waiting.Event.Payload = rows[1].Payload
	if diff := cmp.Diff([]store.Delivery{waiting}, f.pendingOf(turn)); diff != "" {
		f.t.Errorf("pending (-want +got):\n%s", diff)
	}
	// The position never moves back, and a pending one becomes due.
	f.advance(turn, store.Progress{Position: 1, Deliveries: []store.Delivery{f.finished(one, rows[2], store.DeliveryFailed, 2)}})
	if got := f.stored(one).Position; got != rows[1].Position {
		f.t.Errorf("Position = %d", got)
	}
	f.advance(turn, store.Progress{Position: rows[2].Position})
	f.check(f.s.ReleaseReceiver(f.ctx, turn))
	f.idle(4)
	f.claim(5)
	bad := waiting
	bad.Error = "a\x00"
	f.wantError("NUL", f.s.Record(f.ctx, turn, store.Progress{Deliveries: []store.Delivery{bad}}), store.ErrInvalid)
}

// resumption: what waits behind a delivery of its subject comes next, of the
// types that are asked for, up to the position of the receiver.
func resumption(f *fixture) {
	one := f.receiver(1, store.KindWebhook, "prov:*")
	f.commit(f.create(user, 1), f.create(user, 2))
	other := f.rename(1, 1, "a")
	other.Trail.Events = []store.Event{{Type: "life:x"}}
	f.commit(other)
	f.commit(f.rename(2, 1, "x"), f.rename(1, 2, "b"), f.rename(1, 3, "c"))
	f.commit(f.rename(1, 4, "d"))
	f.number()
	var rows []store.OutboxRow
	for _, row := range f.eventsAfter(0, 100) {
		if row.Subject == f.key(user, 1) && row.Type != "life:x" {
			rows = append(rows, row)
		}
	}
	turn := f.claim(1)
	f.advance(turn, store.Progress{Position: rows[2].Position, Deliveries: []store.Delivery{f.pending(one, rows[0], 5)}})
	resume := func(n int, state string) {
		f.t.Helper()
		done := f.finished(one, rows[n], state, 7)
		done.Ordered, done.Resume = true, true
		f.advance(turn, store.Progress{Deliveries: []store.Delivery{done}})
	}
	waits := func(n int) {
		f.t.Helper()
		list := f.pendingOf(turn)
		if len(list) != 1 || list[0].Event.Position != rows[n].Position || !list[0].Ordered || list[0].Attempts != 0 || !list[0].Due.Equal(at(7)) {
			f.t.Fatalf("pending: %+v, want the event at %d", list, rows[n].Position)
		}
	}
	resume(0, store.DeliveryDelivered)
	waits(1)
	resume(1, store.DeliveryFailed)
	waits(2)
	resume(2, store.DeliveryDelivered)
	if list := f.pendingOf(turn); len(list) != 0 {
		f.t.Errorf("beyond the position of the receiver: %+v", list)
	}
	if fresh, _, err := f.s.Fresh(f.ctx, turn, rows[2].Position, 10); err != nil || len(fresh) != 1 || fresh[0].Position != rows[3].Position {
		f.t.Errorf("Fresh = %+v, %v", fresh, err)
	}
}
