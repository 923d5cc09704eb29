package events

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/store"
)

// faulty is a store whose answers the program has a bug with, each once.
type faulty struct {
	store.Store
	number, claim, record atomic.Bool
}

func once(done *atomic.Bool) {
	if done.CompareAndSwap(false, true) {
		panic("a bug")
	}
}

func (f *faulty) Number(ctx context.Context, limit int) (int, error) {
	once(&f.number)
	return f.Store.Number(ctx, limit)
}

func (f *faulty) ClaimReceivers(ctx context.Context, claim store.Claim) ([]store.Turn, error) {
	once(&f.claim)
	return f.Store.ClaimReceivers(ctx, claim)
}

func (f *faulty) Record(ctx context.Context, turn store.Turn, progress store.Progress) error {
	once(&f.record)
	return f.Store.Record(ctx, turn, progress)
}

// TestPanicsLoseNothing: a bug in any part of the work neither ends the server nor
// loses an event.
func TestPanicsLoseNothing(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		f := newFixture(t, opened)
		hook := listen(t, always(http.StatusNoContent))
		receiver := f.webhook(hook.URL)
		bugs := &faulty{Store: opened}
		service := f.newService(func(o *Options) { o.Store = bugs })
		service.Start()
		const users, versions = 3, 4
		for version := 1; version <= versions; version++ {
			for n := range users {
				f.commit(n, version, "prov:put")
			}
			service.Wake()
		}
		eventually(t, "delivery", func() bool {
			f.clock.forward(time.Second)
			return bugs.record.Load() && f.caughtUp(receiver)
		})
		f.close(service)
		wantEach(t, hook.taken(), users, versions)
		if !bugs.number.Load() || !bugs.claim.Load() || !bugs.record.Load() {
			t.Error("there was no bug")
		}
	})
}

// faultyCaller has a bug with one event.
type faultyCaller struct{ called atomic.Bool }

func (c *faultyCaller) call(context.Context, store.OutboxRow) (verdict, error) {
	once(&c.called)
	return verdict{taken: true, status: http.StatusOK}, nil
}

// TestRoundWithABug: a round of which one chain could not be gone to its end fails
// as a whole, so that none of it counts as delivered.
func TestRoundWithABug(t *testing.T) {
	t.Parallel()
	service := New(Options{Now: time.Now, Parallel: 2})
	r := &round{Service: service, turn: &store.Turn{}, caller: &faultyCaller{}, gauge: newGauge(&store.Receiver{}, nil), deadline: time.Now().Add(time.Hour)}
	chains := make([]chain, 5)
	for i := range chains {
		chains[i].deliveries = []store.Delivery{{Event: store.OutboxRow{Event: store.Event{Payload: []byte("{}")}}}}
	}
	if err := r.run(t.Context(), t.Context(), chains); err == nil || len(r.outcomes) != len(chains)-1 {
		t.Errorf("%d outcomes, %v", len(r.outcomes), err)
	}
}
