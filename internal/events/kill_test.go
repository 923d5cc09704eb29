package events

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/testdb"
	"rollcall/store"
)

// mortal is the store as a process sees it that is killed after a number of
// writes: what it had not written then is never written, and leases stay.
type mortal struct {
	store.Store
	lives atomic.Int64
}

// write runs a write, or does not. The last one is done, but its outcome gets
// lost.
func (m *mortal) write(do func() error) error {
	switch left := m.lives.Add(-1); {
	case left > 0:
		return do()
	case left == 0:
		_ = do()
	}
	return store.ErrUnavailable
}

func (m *mortal) dead() bool { return m.lives.Load() <= 0 }

// Number and ClaimReceivers mostly find nothing to do; that is no write.
func (m *mortal) Number(ctx context.Context, limit int) (int, error) {
	if m.dead() {
		return 0, store.ErrUnavailable
	}
	n, err := m.Store.Number(ctx, limit)
	if err == nil && n > 0 && m.lives.Add(-1) <= 0 {
		return 0, store.ErrUnavailable
	}
	return n, err
}

func (m *mortal) ClaimReceivers(ctx context.Context, claim store.Claim) ([]store.Turn, error) {
	if m.dead() {
		return nil, store.ErrUnavailable
	}
	turns, err := m.Store.ClaimReceivers(ctx, claim)
	if err == nil && len(turns) > 0 && m.lives.Add(-1) <= 0 {
		return nil, store.ErrUnavailable
	}
	return turns, err
}

func (m *mortal) RenewLease(ctx context.Context, turn store.Turn, until time.Time) error {
	return m.write(func() error { return m.Store.RenewLease(ctx, turn, until) })
}

func (m *mortal) ReleaseReceiver(ctx context.Context, turn store.Turn) error {
	return m.write(func() error { return m.Store.ReleaseReceiver(ctx, turn) })
}

func (m *mortal) Record(ctx context.Context, turn store.Turn, progress store.Progress) error {
	return m.write(func() error { return m.Store.Record(ctx, turn, progress) })
}

func (m *mortal) SetReceiverState(ctx context.Context, tenant store.TenantID, id uuid.UUID, from []string, to string, since time.Time, reason string, audit store.Audit) error {
	return m.write(func() error { return m.Store.SetReceiverState(ctx, tenant, id, from, to, since, reason, audit) })
}

// TestKilledAtRandomPoints: copies are killed again and again, between and in
// the middle of writes, while the receiver fails now and then: each event
// arrives, and those of each user in order.
func TestKilledAtRandomPoints(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		f := newFixture(t, opened)
		var calls atomic.Int64
		hook := listen(t, func(one call) int {
			if calls.Add(1)%7 == 0 || strings.Contains(one.body, `"n":3`) && rand.IntN(3) == 0 {
				return http.StatusInternalServerError
			}
			return http.StatusOK
		})
		receiver := f.webhook(hook.URL)
		const users, versions = 12, 10
		for round, version := 0, 1; version <= versions || !f.caughtUp(receiver); round++ {
			if round > 300 {
				t.Fatal("it does not come to an end")
			}
			if version <= versions {
				for n := range users {
					f.commit(n, version, "prov:put")
				}
				version++
			}
			f.liveAndDie(receiver, 2+rand.Int64N(12))
		}
		if duplicates := wantEach(t, hook.taken(), users, versions); duplicates > 0 {
			t.Logf("%d came twice", duplicates)
		}
	})
}

// liveAndDie runs a copy until it is killed or there is nothing left to do.
func (f *fixture) liveAndDie(receiver Receiver, writes int64) {
	f.t.Helper()
	process := &mortal{Store: f.store}
	process.lives.Store(writes)
	service := f.newService(func(o *Options) { o.Store, o.Logger = process, nil })
	service.Start()
	eventually(f.t, "an end", func() bool { return process.dead() || f.caughtUp(receiver) })
	process.lives.Store(0)
	killed, cancel := context.WithCancel(context.Background())
	cancel()
	service.Close(killed)
	f.clock.forward(service.leaseFor)
}
