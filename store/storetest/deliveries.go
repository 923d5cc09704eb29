package storetest

import (
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"rollcall/store"
)

// delivered records the events of n users as delivered, in a turn that goes on.
func (f *fixture) delivered(n int) (store.Receiver, store.Turn, []store.OutboxRow) {
	f.t.Helper()
	one := f.receiver(1, store.KindWebhook)
	for i := range n {
		f.commit(f.create(user, i))
	}
	f.number()
	rows, turn := f.eventsAfter(0, n), f.claim(0)
	progress := store.Progress{Position: rows[n-1].Position}
	for i, row := range rows {
		progress.Deliveries = append(progress.Deliveries, f.finished(one, row, store.DeliveryDelivered, i))
	}
	f.advance(turn, progress)
	return one, turn, rows
}

func (f *fixture) log(query store.DeliveryQuery) []int64 {
	f.t.Helper()
	query.Tenant = f.tenant
	list, err := f.s.Deliveries(f.ctx, query)
	if err != nil {
		f.t.Fatalf("Deliveries: %v", err)
	}
	got := []int64{}
	for _, one := range list {
		got = append(got, one.Event.Position)
	}
	return got
}

// inTimes are the positions of events of from and later but before until, newest
// first.
func inTimes(rows []store.OutboxRow, from, until time.Time) []int64 {
	got := []int64{}
	for _, row := range slices.Backward(rows) {
		if !row.At.Before(from) && row.At.Before(until) {
			got = append(got, row.Position)
		}
	}
	return got
}

func deliveryLog(f *fixture) {
	one, turn, rows := f.delivered(5)
	failed := f.finished(one, rows[2], store.DeliveryFailed, 9)
	failed.Status, failed.Error, failed.Attempts = 400, "invalid_request", 3
	f.advance(turn, store.Progress{Deliveries: []store.Delivery{failed}})
	p := positions(rows)
	for _, test := range []struct {
		query store.DeliveryQuery
		want  []int64
	}{
		{store.DeliveryQuery{Limit: 10}, []int64{p[4], p[3], p[2], p[1], p[0]}},
		{store.DeliveryQuery{Limit: 2}, []int64{p[4], p[3]}},
		{store.DeliveryQuery{Limit: 2, Before: p[3]}, []int64{p[2], p[1]}},
		{store.DeliveryQuery{Limit: 9, State: store.DeliveryDelivered, Before: p[3]}, []int64{p[1], p[0]}},
		{store.DeliveryQuery{Limit: 9, State: store.DeliveryFailed}, []int64{p[2]}},
		{store.DeliveryQuery{Limit: 9, State: store.DeliveryPending}, []int64{}},
		{store.DeliveryQuery{Limit: 9, After: p[2]}, []int64{p[4], p[3]}},
		{store.DeliveryQuery{Limit: 1, After: p[0], Before: p[3]}, []int64{p[2]}},
		{store.DeliveryQuery{Limit: 9, From: rows[1].At, Until: rows[3].At}, inTimes(rows, rows[1].At, rows[3].At)},
		{store.DeliveryQuery{Limit: 9, From: rows[4].At.Add(time.Microsecond)}, []int64{}},
		{store.DeliveryQuery{Limit: 9, Until: rows[0].At}, []int64{}},
		{store.DeliveryQuery{Limit: 9, SubjectType: user, Subject: rows[3].Subject.ID}, []int64{p[3]}},
		{store.DeliveryQuery{Limit: 9, SubjectType: user, Subject: rows[2].Subject.ID, State: store.DeliveryFailed, From: rows[2].At}, []int64{p[2]}},
		{store.DeliveryQuery{Limit: 9, SubjectType: group, Subject: rows[3].Subject.ID}, []int64{}},
	} {
		test.query.Receiver = one.ID
		if diff := cmp.Diff(test.want, f.log(test.query)); diff != "" {
			f.t.Errorf("%+v (-want +got):\n%s", test.query, diff)
		}
	}
	list, err := f.s.Deliveries(f.ctx, store.DeliveryQuery{Tenant: f.tenant, Receiver: one.ID, State: store.DeliveryFailed, Limit: 1})
	f.check(err)
	if diff := cmp.Diff([]store.Delivery{failed}, list); diff != "" {
		f.t.Errorf("delivery (-want +got):\n%s", diff)
	}
	if got := f.in(f.newTenant("other")).log(store.DeliveryQuery{Receiver: one.ID, Limit: 9}); len(got) != 0 {
		f.t.Errorf("another tenant sees %v", got)
	}
}

func resending(f *fixture) {
	one, turn, rows := f.delivered(3)
	waiting := f.pending(one, rows[1], 80)
	waiting.Attempts = 7
	f.advance(turn, store.Progress{Deliveries: []store.Delivery{waiting}, Health: store.Health{Failures: 1, Failing: at(1), Due: at(70)}})
	f.check(f.s.ReleaseReceiver(f.ctx, turn))
	f.idle(20)
	resend := func(position int64) error {
		return f.s.Resend(f.ctx, f.tenant, one.ID, position, at(20), audit(20, "delivery.resend"))
	}
	f.check(resend(rows[0].Position))
	f.check(resend(rows[1].Position))
	f.wantError("no delivery", resend(1000), store.ErrNotFound)
	list := f.pendingOf(f.claim(20))
	if len(list) != 2 || list[0].Ordered || !list[1].Ordered {
		f.t.Fatalf("pending: %+v", list)
	}
	for i, one := range list {
		if one.Attempts != 0 || !one.Due.Equal(at(20)) || one.Event.Position != rows[i].Position || len(one.Event.Payload) == 0 {
			f.t.Errorf("resent: %+v", one)
		}
	}
	other := f.newTenant("other")
	f.wantError("another tenant", f.s.Resend(f.ctx, other, one.ID, rows[0].Position, at(20), audit(20, "x")), store.ErrNotFound)
	f.check(f.s.RewindReceiver(f.ctx, f.tenant, one.ID, rows[2].Position, audit(0, "x")))
	turn = f.claim(20)
	f.advance(turn, store.Progress{Deliveries: []store.Delivery{
		f.finished(one, rows[0], store.DeliveryDelivered, 1), f.finished(one, rows[1], store.DeliveryDelivered, 1),
	}})
	if n, err := f.s.PruneOutbox(f.ctx, f.tenant, at(99), at(0), 1); n != 1 || err != nil {
		f.t.Fatalf("PruneOutbox = %d, %v", n, err)
	}
	f.wantError("the event is forgotten", resend(rows[0].Position), store.ErrNotFound)
}

func resendingFailed(f *fixture) {
	one, turn, rows := f.delivered(4)
	waiting := f.pending(one, rows[3], 80)
	waiting.Attempts = 7
	f.advance(turn, store.Progress{Deliveries: []store.Delivery{
		f.finished(one, rows[0], store.DeliveryFailed, 1), f.finished(one, rows[1], store.DeliveryFailed, 1),
		f.finished(one, rows[2], store.DeliveryFailed, 1), waiting,
	}, Health: store.Health{Failures: 1, Failing: at(1), Due: at(70)}})
	f.check(f.s.ReleaseReceiver(f.ctx, turn))
	resend := func(tenant store.TenantID, receiver uuid.UUID, limit int) (int, error) {
		return f.s.ResendFailed(f.ctx, tenant, receiver, limit, at(20), audit(20, "receiver.resend-failed"))
	}
	for step, want := range []int{2, 1, 0} {
		if n, err := resend(f.tenant, one.ID, 2); n != want || err != nil {
			f.t.Fatalf("step %d: %d, %v, want %d", step, n, err, want)
		}
	}
	trail, err := f.s.SearchAudit(f.ctx, store.AuditSearch{Tenant: f.tenant, Action: "receiver.resend-failed", Limit: 9})
	if f.check(err); len(trail.Rows) != 2 || trail.Rows[0].Subject.ID != one.ID {
		f.t.Errorf("the trail: %+v", trail.Rows)
	}
	list := f.pendingOf(f.claim(20))
	if len(list) != 4 || list[3].Attempts != 7 || !list[3].Due.Equal(at(80)) {
		f.t.Fatalf("pending: %+v", list)
	}
	for i, one := range list[:3] {
		if one.Attempts != 0 || one.Ordered || !one.First.IsZero() || !one.Due.Equal(at(20)) || one.Event.Position != rows[i].Position || len(one.Event.Payload) == 0 {
			f.t.Errorf("resent: %+v", one)
		}
	}
	_, err = resend(f.newTenant("other"), one.ID, 2)
	f.wantError("another tenant", err, store.ErrNotFound)
	_, err = resend(f.tenant, uuid.New(), 2)
	f.wantError("no receiver", err, store.ErrNotFound)
}

func rewinding(f *fixture) {
	one, turn, rows := f.delivered(4)
	f.advance(turn, store.Progress{Deliveries: []store.Delivery{f.pending(one, rows[0], 9), f.pending(one, rows[3], 9)}})
	f.check(f.s.RewindReceiver(f.ctx, f.tenant, one.ID, rows[1].Position, audit(1, "receiver.replay")))
	if got := f.stored(one).Position; got != rows[1].Position {
		f.t.Errorf("Position = %d, want %d", got, rows[1].Position)
	}
	f.wantError("the turn before", f.s.Record(f.ctx, turn, store.Progress{Position: rows[3].Position}), store.ErrLease)
	turn = f.claim(1)
	if list := f.pendingOf(turn); len(list) != 1 || list[0].Event.Position != rows[0].Position {
		f.t.Errorf("pending: %+v", list)
	}
	if fresh, _, err := f.s.Fresh(f.ctx, turn, turn.Receiver.Position, 10); err != nil || len(fresh) != 2 {
		f.t.Errorf("Fresh = %+v, %v", fresh, err)
	}
	// What was delivered once is recorded again in its place.
	f.advance(turn, store.Progress{Position: rows[2].Position, Deliveries: []store.Delivery{f.finished(one, rows[2], store.DeliveryFailed, 30)}})
	if got := f.log(store.DeliveryQuery{Receiver: one.ID, State: store.DeliveryFailed, Limit: 9}); len(got) != 1 {
		f.t.Errorf("failed: %v", got)
	}
}

func deliveryRetention(f *fixture) {
	one, turn, rows := f.delivered(5)
	f.advance(turn, store.Progress{Deliveries: []store.Delivery{f.pending(one, rows[0], 9), f.finished(one, rows[1], store.DeliveryFailed, 1)}})
	prune := func(state string, before, limit, want int) {
		f.t.Helper()
		if n, err := f.s.PruneDeliveries(f.ctx, f.tenant, state, at(before), limit); n != want || err != nil {
			f.t.Errorf("PruneDeliveries(%s, %d) = %d, %v, want %d", state, before, n, err, want)
		}
	}
	prune(store.DeliveryDelivered, 4, 1, 1)
	prune(store.DeliveryDelivered, 4, 10, 1)
	prune(store.DeliveryDelivered, 4, 10, 0)
	prune(store.DeliveryFailed, 1, 10, 0)
	prune(store.DeliveryFailed, 2, 10, 1)
	if got := f.log(store.DeliveryQuery{Receiver: one.ID, Limit: 9}); len(got) != 2 {
		f.t.Errorf("left: %v", got)
	}
	f.check(f.s.DeleteReceiver(f.ctx, f.tenant, one.ID, audit(0, "x")))
	if got := f.log(store.DeliveryQuery{Receiver: one.ID, Limit: 9}); len(got) != 0 {
		f.t.Errorf("deliveries of nobody: %v", got)
	}
	prune(store.DeliveryDelivered, 0, 1, 1)
	prune(store.DeliveryDelivered, 0, 10, 1)
	prune(store.DeliveryDelivered, 0, 10, 0)
}
