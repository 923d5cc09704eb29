package jobs_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/jobs"
	"rollcall/store"
)

// TestSweeper: expired jobs of all kinds go by the one sweeper, and by no runner.
func TestSweeper(t *testing.T) {
	t.Parallel()
	onBench(t, func(b *bench) {
		runner := b.start(jobs.Kind{Keep: time.Hour, Run: leave})
		defer runner.Close()
		synctest.Wait()
		id := b.enqueue()
		if _, err := b.store.CancelJob(b.t.Context(), b.tenant, id, time.Now(), time.Now().Add(time.Hour)); err != nil {
			b.t.Fatal(err)
		}
		b.want(id, store.JobCancelled, 2*time.Hour)
		sweeper := jobs.NewSweeper(b.store, nil)
		sweeper.Start()
		defer sweeper.Close()
		synctest.Wait()
		if _, err := b.store.Job(b.t.Context(), b.tenant, id); !errors.Is(err, store.ErrNotFound) {
			b.t.Errorf("an expired job after the first sweep: %v", err)
		}
		id = b.enqueue()
		if _, err := b.store.CancelJob(b.t.Context(), b.tenant, id, time.Now(), time.Now().Add(time.Hour)); err != nil {
			b.t.Fatal(err)
		}
		b.want(id, store.JobCancelled, 30*time.Minute)
		time.Sleep(time.Hour)
		synctest.Wait()
		if _, err := b.store.Job(b.t.Context(), b.tenant, id); !errors.Is(err, store.ErrNotFound) {
			b.t.Errorf("an expired job after later sweeps: %v", err)
		}
	})
}

// TestSweeperOfUploads: a file goes when it expires, in one of the next rounds.
func TestSweeperOfUploads(t *testing.T) {
	t.Parallel()
	onBench(t, func(b *bench) {
		now := time.Now().UTC().Truncate(time.Microsecond)
		for i := range 7 {
			upload := store.Upload{Tenant: b.tenant, ID: uuid.UUID{15: byte(i)}, Name: "users.csv", Created: now, Expires: now.Add(30 * time.Minute)}
			if err := b.store.CreateUpload(b.t.Context(), upload); err != nil {
				b.t.Fatal(err)
			}
		}
		sweeper := jobs.NewSweeper(b.store, nil)
		sweeper.Start()
		defer sweeper.Close()
		synctest.Wait()
		found := func(i byte) error {
			_, err := b.store.Upload(b.t.Context(), b.tenant, uuid.UUID{15: i})
			return err
		}
		if err := found(0); err != nil {
			b.t.Errorf("before it expires: %v", err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		for i := range byte(7) {
			if err := found(i); !errors.Is(err, store.ErrNotFound) {
				b.t.Errorf("upload %d after it expired: %v", i, err)
			}
		}
	})
}
