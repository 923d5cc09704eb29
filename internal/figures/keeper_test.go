package figures_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/internal/figures"
	"rollcall/scim"
	"rollcall/store"
)

// directory is a provider of users that nobody has to store.
type directory struct {
	figures.Provider
	mu     sync.Mutex
	counts map[store.TenantID]int
	lasts  time.Duration
	fails  error
}

func (d *directory) Statistics(ctx context.Context, c *scim.Caller) (*scim.Statistics, error) {
	d.mu.Lock()
	d.counts[c.Tenant]++
	n, lasts, fails := d.counts[c.Tenant], d.lasts, d.fails
	d.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(lasts):
	}
	return &scim.Statistics{At: time.Now(), Total: n}, fails
}

func (d *directory) Accounts(context.Context, *scim.Caller, scim.Search) (*scim.AccountPage, error) {
	return &scim.AccountPage{}, nil
}

func (d *directory) Guard(context.Context, *scim.Caller, scim.Guarded) (*scim.GuardState, error) {
	return &scim.GuardState{}, nil
}

func (d *directory) set(lasts time.Duration, fails error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lasts, d.fails = lasts, fails
}

func (d *directory) of(tenant store.TenantID) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counts[tenant]
}

// noConnections is a store without any.
type noConnections struct{}

func (noConnections) Connections(context.Context, store.TenantID) ([]store.Connection, error) {
	return nil, nil
}

func kept(t *testing.T, test func(t *testing.T, d *directory, k *figures.Keeper)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &directory{counts: map[store.TenantID]int{}}
		k := figures.New(figures.Options{Provider: d, Connections: noConnections{}})
		defer k.Close()
		test(t, d, k)
	})
}

// total is what the keeper says of a tenant.
func total(t *testing.T, k *figures.Keeper, tenant store.TenantID) int {
	t.Helper()
	found, err := k.Of(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	return found.Total
}

// TestKeeperCountsOnce: many who ask are one count, which is good for a while and
// then shown until there is another one.
func TestKeeperCountsOnce(t *testing.T) {
	kept(t, func(t *testing.T, d *directory, k *figures.Keeper) {
		d.set(100*time.Millisecond, nil)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if found, err := k.Of(t.Context(), 1); err != nil || found.Total != 1 {
					t.Errorf("%+v, %v", found, err)
				}
			})
		}
		all.Wait()
		time.Sleep(59 * time.Second)
		if n := total(t, k, 1); n != 1 || d.of(1) != 1 {
			t.Errorf("count %d of %d after a minute", n, d.of(1))
		}
		time.Sleep(2 * time.Second)
		if n := total(t, k, 1); n != 1 {
			t.Errorf("count %d while it is counted anew", n)
		}
		time.Sleep(time.Second)
		if n := total(t, k, 1); n != 2 || d.of(1) != 2 {
			t.Errorf("count %d of %d", n, d.of(1))
		}
		if n := total(t, k, 2); n != 1 || d.of(1) != 2 {
			t.Errorf("another tenant has count %d", n)
		}
	})
}

// TestKeeperDoesNotWait longer than a second, and counts less often what takes
// long.
func TestKeeperDoesNotWait(t *testing.T) {
	kept(t, func(t *testing.T, d *directory, k *figures.Keeper) {
		d.set(30*time.Second, nil)
		begun := time.Now()
		if _, err := k.Of(t.Context(), 1); !errors.Is(err, figures.ErrCounting) || time.Since(begun) != time.Second {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := k.Of(ended, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("who has left waits: %v", err)
		}
		time.Sleep(30 * time.Second)
		total(t, k, 1)
		time.Sleep(9 * time.Minute)
		if total(t, k, 1); d.of(1) != 1 {
			t.Errorf("%d counts in nine minutes", d.of(1))
		}
		time.Sleep(time.Minute)
		total(t, k, 1)
		synctest.Wait()
		if d.of(1) != 2 {
			t.Errorf("%d counts in ten minutes", d.of(1))
		}
	})
}

// TestKeeperPauses after a failure, and shows what it has.
func TestKeeperPauses(t *testing.T) {
	kept(t, func(t *testing.T, d *directory, k *figures.Keeper) {
		broken := errors.New("broken")
		d.set(0, broken)
		for range 5 {
			if _, err := k.Of(t.Context(), 1); !errors.Is(err, broken) {
				t.Fatal(err)
			}
		}
		if d.of(1) != 1 {
			t.Errorf("%d tries at once", d.of(1))
		}
		d.set(0, nil)
		time.Sleep(10 * time.Second)
		if n := total(t, k, 1); n != 2 {
			t.Errorf("count %d", n)
		}
		d.set(0, broken)
		time.Sleep(time.Minute)
		total(t, k, 1)
		synctest.Wait()
		if n := total(t, k, 1); n != 2 || d.of(1) != 3 {
			t.Errorf("what is there is not shown: count %d of %d", n, d.of(1))
		}
	})
}

// TestKeeperCloses in the midst of a count.
func TestKeeperCloses(t *testing.T) {
	kept(t, func(t *testing.T, d *directory, k *figures.Keeper) {
		d.set(time.Hour, nil)
		if _, err := k.Of(t.Context(), 1); !errors.Is(err, figures.ErrCounting) {
			t.Fatal(err)
		}
		begun := time.Now()
		k.Close()
		if _, err := k.Of(t.Context(), 2); time.Since(begun) > 0 || !errors.Is(err, figures.ErrCounting) || d.of(2) != 0 {
			t.Errorf("after %s: %v, %d counts", time.Since(begun), err, d.of(2))
		}
	})
}
