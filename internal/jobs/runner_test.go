package jobs_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/jobs"
	"rollcall/internal/testdb"
	"rollcall/store"
	"rollcall/store/sqlite"
)

const kind = "test.kind"

// bench is a store with a tenant, and runners on it.
type bench struct {
	t      *testing.T
	store  *sqlite.Store
	tenant store.TenantID
}

// onBench runs a test on a real store under a clock that jumps.
func onBench(t *testing.T, test func(b *bench)) {
	t.Helper()
	path := testdb.File(t)
	synctest.Test(t, func(t *testing.T) {
		opened, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = opened.Close() }()
		tenant, err := opened.CreateTenant(t.Context(), store.Tenant{Name: "main", Created: time.Now()}, store.Audit{At: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		test(&bench{t, opened, tenant.ID})
	})
}

// enqueue stores a job that is due.
func (b *bench) enqueue() uuid.UUID {
	b.t.Helper()
	id := uuid.Must(uuid.NewV7())
	job := store.NewJob{Job: store.Job{Tenant: b.tenant, ID: id, Kind: kind, RunAfter: time.Now(), Created: time.Now()}, Input: []byte("input")}
	if err := b.store.Enqueue(b.t.Context(), job); err != nil {
		b.t.Fatal(err)
	}
	return id
}

func (b *bench) job(id uuid.UUID) store.Job {
	b.t.Helper()
	job, err := b.store.Job(b.t.Context(), b.tenant, id)
	if err != nil {
		b.t.Fatal(err)
	}
	return job
}

// want waits a while and compares the state.
func (b *bench) want(id uuid.UUID, state store.JobState, after time.Duration) store.Job {
	b.t.Helper()
	time.Sleep(after)
	synctest.Wait()
	job := b.job(id)
	if job.State != state {
		b.t.Errorf("job is %s after %s, want %s: %+v", job.State, after, state, job)
	}
	return job
}

// start starts a runner of one kind; the test closes it.
func (b *bench) start(k jobs.Kind) *jobs.Runner {
	b.t.Helper()
	k.Name = kind
	runner := jobs.New(jobs.Options{Store: b.store, Kinds: []jobs.Kind{k}, Owner: "copy", Lease: 30 * time.Second, Grace: 5 * time.Second})
	runner.Start()
	runner.Start()
	return runner
}

// leave does nothing but to wait for the end of the attempt.
func leave(ctx context.Context, _ *jobs.Task) (jobs.Outcome, error) {
	<-ctx.Done()
	return jobs.Outcome{}, ctx.Err()
}

// TestRunnerFinishes runs jobs to their end, with what comes of it.
func TestRunnerFinishes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		outcome jobs.Outcome
		state   store.JobState
	}{
		"done":    {jobs.Outcome{Result: []byte("result")}, store.JobSucceeded},
		"refused": {jobs.Outcome{Result: []byte("refusal"), Failed: true, Reason: "no"}, store.JobFailed},
		"too large": {
			jobs.Outcome{Result: make([]byte, store.MaxJobResult+1)}, store.JobDead,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBench(t, func(b *bench) {
				runner := b.start(jobs.Kind{Keep: time.Hour, Run: func(_ context.Context, task *jobs.Task) (jobs.Outcome, error) {
					if string(task.Input) != "input" || task.Job.Attempt != 1 {
						b.t.Errorf("task = %+v", task)
					}
					return test.outcome, nil
				}})
				defer runner.Close()
				sweeper := jobs.NewSweeper(b.store, nil)
				sweeper.Start()
				defer sweeper.Close()
				synctest.Wait()
				id := b.enqueue()
				runner.Wake()
				job := b.want(id, test.state, 0)
				if !job.Expires.Equal(job.Finished.Add(time.Hour)) {
					b.t.Errorf("expires at %s, finished at %s", job.Expires, job.Finished)
				}
				result, err := b.store.JobResult(b.t.Context(), b.tenant, id)
				if err != nil || test.state != store.JobDead && string(result) != string(test.outcome.Result) {
					b.t.Errorf("result = %q, %v", result, err)
				}
				time.Sleep(2 * time.Hour)
				if _, err := b.store.Job(b.t.Context(), b.tenant, id); !errors.Is(err, store.ErrNotFound) {
					b.t.Errorf("after it expired: %v", err)
				}
			})
		})
	}
}

// TestRunnerTriesAgain: later each time, from the checkpoint, whether the
// handler fails or panics, and in the end no more.
func TestRunnerTriesAgain(t *testing.T) {
	t.Parallel()
	onBench(t, func(b *bench) {
		var began []time.Time
		runner := b.start(jobs.Kind{
			Failures: 6,
			Run: func(ctx context.Context, task *jobs.Task) (jobs.Outcome, error) {
				began = append(began, time.Now())
				if want := byte(len(began) - 1); want > 0 && (len(task.Checkpoint) != 1 || task.Checkpoint[0] != want) {
					b.t.Errorf("attempt %d begins at %v", len(began), task.Checkpoint)
				}
				if err := task.Save(ctx, store.JobSave{Checkpoint: []byte{byte(len(began))}}); err != nil {
					b.t.Errorf("Save: %v", err)
				}
				if len(began)%2 == 0 {
					panic("at the disco")
				}
				return jobs.Outcome{}, errors.New("no")
			},
			Dead: func(context.Context, *jobs.Task) jobs.Outcome { return jobs.Outcome{Result: []byte("over")} },
		})
		defer runner.Close()
		id := b.enqueue()
		job := b.want(id, store.JobDead, 10*time.Minute)
		if result, err := b.store.JobResult(b.t.Context(), b.tenant, id); err != nil || string(result) != "over" || job.Reason == "" {
			b.t.Errorf("result = %q, %v, reason %q", result, err, job.Reason)
		}
		if len(began) != 6 {
			b.t.Fatalf("%d attempts", len(began))
		}
		for i := 1; i < len(began); i++ {
			least, pause := 500*time.Millisecond<<(i-1), began[i].Sub(began[i-1])
			if pause < least || pause > 2*least+2*time.Second {
				b.t.Errorf("pause %d is %s", i, pause)
			}
		}
	})
}

// TestRunnerKeepsItsLease: a job that takes long is not had by another copy.
func TestRunnerKeepsItsLease(t *testing.T) {
	t.Parallel()
	onBench(t, func(b *bench) {
		attempts := 0
		k := jobs.Kind{Run: func(ctx context.Context, _ *jobs.Task) (jobs.Outcome, error) {
			attempts++
			select {
			case <-time.After(time.Hour):
				return jobs.Outcome{}, nil
			case <-ctx.Done():
				return jobs.Outcome{}, ctx.Err()
			}
		}}
		one, other := b.start(k), b.start(k)
		defer one.Close()
		defer other.Close()
		id := b.enqueue()
		b.want(id, store.JobRunning, 59*time.Minute)
		if job := b.want(id, store.JobSucceeded, 2*time.Minute); attempts != 1 || job.Attempt != 1 {
			b.t.Errorf("%d attempts", attempts)
		}
	})
}

// TestRunnerLosesItsLease: the attempt ends and writes nothing any more.
func TestRunnerLosesItsLease(t *testing.T) {
	t.Parallel()
	onBench(t, func(b *bench) {
		var cause, saved error
		over := make(chan struct{})
		runner := b.start(jobs.Kind{Run: func(ctx context.Context, task *jobs.Task) (jobs.Outcome, error) {
			defer close(over)
			<-ctx.Done()
			cause = context.Cause(ctx)
			saved = task.Save(context.WithoutCancel(ctx), store.JobSave{Checkpoint: []byte("late")})
			return jobs.Outcome{Result: []byte("late")}, nil
		}})
		id := b.enqueue()
		b.want(id, store.JobRunning, 2*time.Second)
		// To another copy, whose clock runs ahead, the lease is over.
		future := time.Now().Add(time.Hour)
		taken, err := b.store.ClaimJob(b.t.Context(), store.JobClaim{Kinds: []string{kind}, Now: future, Until: future.Add(time.Hour)})
		if err != nil || taken.Attempt != 2 {
			b.t.Fatalf("ClaimJob = %+v, %v", taken.Job, err)
		}
		<-over
		runner.Close()
		if !errors.Is(cause, jobs.ErrLost) || !errors.Is(saved, jobs.ErrLost) {
			b.t.Errorf("the attempt ended for %v, saved %v", cause, saved)
		}
		if job := b.job(id); job.State != store.JobRunning || job.Attempt != 2 {
			b.t.Errorf("job = %+v", job)
		}
	})
}

// TestRunnerCancels ends an attempt on demand, soon.
func TestRunnerCancels(t *testing.T) {
	t.Parallel()
	onBench(t, func(b *bench) {
		runner := b.start(jobs.Kind{Run: leave})
		defer runner.Close()
		id := b.enqueue()
		b.want(id, store.JobRunning, 2*time.Second)
		if _, err := b.store.CancelJob(b.t.Context(), b.tenant, id, time.Now(), time.Now()); err != nil {
			b.t.Fatal(err)
		}
		b.want(id, store.JobCancelled, 10*time.Second+time.Millisecond)
	})
}

// TestRunnerDrains: what is not done within the grace is released, and another
// copy goes on from the checkpoint, at once and without a failure.
func TestRunnerDrains(t *testing.T) {
	t.Parallel()
	onBench(t, func(b *bench) {
		one := b.start(jobs.Kind{Run: func(ctx context.Context, task *jobs.Task) (jobs.Outcome, error) {
			if err := task.Save(ctx, store.JobSave{Checkpoint: []byte("half"), Progress: store.JobProgress{Done: 1, Total: 2}}); err != nil {
				return jobs.Outcome{}, err
			}
			return leave(ctx, task)
		}})
		id := b.enqueue()
		b.want(id, store.JobRunning, 2*time.Second)
		begin := time.Now()
		one.Close()
		one.Close()
		if took := time.Since(begin); took != 5*time.Second {
			b.t.Errorf("closing took %s", took)
		}
		if job := b.job(id); job.State != store.JobQueued || job.Failures != 0 || job.Progress.Done != 1 {
			b.t.Errorf("job = %+v", job)
		}
		other := b.start(jobs.Kind{Run: func(_ context.Context, task *jobs.Task) (jobs.Outcome, error) {
			return jobs.Outcome{Result: task.Checkpoint}, nil
		}})
		defer other.Close()
		b.want(id, store.JobSucceeded, 0)
		if result, err := b.store.JobResult(b.t.Context(), b.tenant, id); err != nil || string(result) != "half" {
			b.t.Errorf("result = %q, %v", result, err)
		}
	})
}

// TestRunnerBuriesKillers: a job that ends each process that runs it is not
// tried for ever.
func TestRunnerBuriesKillers(t *testing.T) {
	t.Parallel()
	onBench(t, func(b *bench) {
		id := b.enqueue()
		for range 4 { // claimed, and never heard of again
			if _, err := b.store.ClaimJob(b.t.Context(), store.JobClaim{Kinds: []string{kind}, Now: time.Now(), Until: time.Now().Add(time.Second)}); err != nil {
				b.t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		runner := b.start(jobs.Kind{Failures: 4, Run: func(context.Context, *jobs.Task) (jobs.Outcome, error) {
			b.t.Error("run once more")
			return jobs.Outcome{}, nil
		}})
		defer runner.Close()
		b.want(id, store.JobDead, 2*time.Second)
	})
}
