package storetest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"rollcall/store"
)

// number numbers everything that is committed.
func (f *fixture) number() {
	f.t.Helper()
	for {
		n, err := f.s.Number(f.ctx, 100)
		if err != nil {
			f.t.Fatalf("Number: %v", err)
		}
		if n == 0 {
			return
		}
	}
}

func (f *fixture) head() int64 {
	f.t.Helper()
	head, err := f.s.Head(f.ctx)
	if err != nil {
		f.t.Fatalf("Head: %v", err)
	}
	return head
}

func (f *fixture) eventsAfter(position int64, limit int) []store.OutboxRow {
	f.t.Helper()
	rows, err := f.s.EventsAfter(f.ctx, f.tenant, position, limit)
	if err != nil {
		f.t.Fatalf("EventsAfter: %v", err)
	}
	return rows
}

func numbering(f *fixture) {
	if f.number(); f.head() != 0 {
		f.t.Errorf("Head = %d before any event", f.head())
	}
	other := f.in(f.newTenant("other"))
	f.commit(f.create(user, 1), f.create(user, 2))
	other.commit(other.create(user, 3))
	f.commit(f.rename(1, 1, "a"), f.rename(2, 2, "b"))
	if rows := f.eventsOf(f.key(user, 1)); rows[0].Position != 0 || len(f.eventsAfter(0, 10)) != 0 {
		f.t.Errorf("events have a position before they are numbered: %+v", rows)
	}
	if n, err := f.s.Number(f.ctx, 3); n != 3 || err != nil {
		f.t.Fatalf("Number = %d, %v", n, err)
	}
	if n, err := f.s.Number(f.ctx, 3); n != 2 || err != nil {
		f.t.Fatalf("Number = %d, %v", n, err)
	}
	rows := f.eventsAfter(0, 10)
	if len(rows) != 4 || f.head() != 5 || len(other.eventsAfter(0, 10)) != 1 {
		f.t.Fatalf("%d events, head %d", len(rows), f.head())
	}
	f.inOrder(rows)
	if of := f.eventsOf(f.key(user, 1)); of[0].Position == 0 || of[1].Position <= of[0].Position {
		f.t.Errorf("positions of one subject: %+v", of)
	}
	second := f.eventsAfter(rows[0].Position, 2)
	if len(second) != 2 || second[0].Position != rows[1].Position || second[0].Version != rows[1].Version {
		f.t.Errorf("EventsAfter = %+v", second)
	}
	sameJSON(f.t, "payload", []byte(`{"n":2}`), rows[3].Payload)
	if rows[3].Type != "prov:update" || !rows[3].At.Equal(at(2)) || rows[3].Subject != f.key(user, 2) {
		f.t.Errorf("event %+v", rows[3])
	}
}

// inOrder checks that positions ascend, and versions with them in a subject.
func (f *fixture) inOrder(rows []store.OutboxRow) {
	f.t.Helper()
	versions := map[store.Key]int64{}
	for i, row := range rows {
		if i > 0 && row.Position <= rows[i-1].Position {
			f.t.Errorf("position %d behind %d", row.Position, rows[i-1].Position)
		}
		if row.Version < versions[row.Subject] {
			f.t.Errorf("version %d of %s behind %d", row.Version, row.Subject.ID, versions[row.Subject])
		}
		versions[row.Subject] = row.Version
	}
}

// concurrentNumbering reads while others commit and number: who goes on from
// the last position that was seen misses nothing.
func concurrentNumbering(f *fixture) {
	const subjects, updates = 8, 20
	var writers, numberers sync.WaitGroup
	for n := range subjects {
		writers.Go(func() {
			if _, err := f.s.Commit(f.ctx, []store.Change{f.create(user, n)}); err != nil {
				f.t.Errorf("Commit: %v", err)
			}
			for step := range updates {
				if _, err := f.s.Commit(f.ctx, []store.Change{f.rename(n, step, fmt.Sprintf("%d-%d", n, step))}); err != nil {
					f.t.Errorf("Commit: %v", err)
				}
			}
		})
	}
	done := make(chan struct{})
	for range 2 {
		numberers.Go(func() {
			for {
				if _, err := f.s.Number(f.ctx, 7); err != nil {
					f.t.Errorf("Number: %v", err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	var seen []store.OutboxRow
	read := func() {
		var last int64
		if len(seen) > 0 {
			last = seen[len(seen)-1].Position
		}
		seen = append(seen, f.eventsAfter(last, 50)...)
	}
	go func() { writers.Wait(); close(done) }()
	for range 200 {
		read()
	}
	numberers.Wait()
	f.number()
	for before := -1; len(seen) != before; {
		before = len(seen)
		read()
	}
	if len(seen) != subjects*(updates+1) {
		f.t.Errorf("saw %d events of %d", len(seen), subjects*(updates+1))
	}
	f.inOrder(seen)
}

func outboxRetention(f *fixture) {
	for n := range 6 {
		create := f.create(user, n)
		create.Trail.Audit.At = at(n)
		f.commit(create)
	}
	f.number()
	// prune removes the one event that may go now.
	prune := func(done, undone time.Time, limit int) {
		f.t.Helper()
		if n, err := f.s.PruneOutbox(f.ctx, f.tenant, done, undone, limit); n != 1 || err != nil {
			f.t.Errorf("PruneOutbox = %d, %v, want 1", n, err)
		}
	}
	waiting := f.receiver(1, store.KindWebhook)
	turn := f.claim(1)
	rows := f.eventsAfter(0, 10)
	f.advance(turn, store.Progress{Position: rows[3].Position, Deliveries: []store.Delivery{f.pending(waiting, rows[2], 1)}})
	prune(at(5), at(0), 1)
	prune(at(5), at(0), 10)
	f.advance(turn, store.Progress{Deliveries: []store.Delivery{f.finished(waiting, rows[2], store.DeliveryDelivered, 2)}})
	prune(at(3), at(0), 10)
	prune(at(5), at(0), 10)
	prune(at(9), at(5), 10) // the receiver still has to get that one
	f.check(f.s.DeleteReceiver(f.ctx, f.tenant, waiting.ID, audit(0, "receiver.delete")))
	prune(at(9), at(0), 10)
	if left := f.eventsAfter(0, 10); len(left) != 0 {
		f.t.Errorf("%d events left", len(left))
	}
	// What was removed does not give its position away.
	head := f.head()
	f.commit(f.create(user, 7))
	f.number()
	if rows := f.eventsAfter(0, 10); len(rows) != 1 || rows[0].Position != head+1 {
		f.t.Errorf("after pruning: %+v", rows)
	}
	silent := f.create(user, 8)
	f.commit(silent)
	prune(at(9), at(9), 10) // not what has no position
	if rows := f.eventsOf(f.key(user, 8)); len(rows) != 1 {
		f.t.Errorf("an event without a position was removed")
	}
}

func (f *fixture) check(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func positions(rows []store.OutboxRow) []int64 {
	list := []int64{}
	for _, row := range rows {
		list = append(list, row.Position)
	}
	slices.Sort(list)
	return list
}
