package jobs_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

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
