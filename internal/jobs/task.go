package jobs

import (
	"context"
	"errors"
	"time"

	"rollcall/store"
)

// Why the context of an attempt ends, beside ErrDraining. Task.Save returns
// them, too.
var (
	// ErrCancelled says that somebody wants the job to end.
	ErrCancelled = errors.New("the job was cancelled")
	// ErrLost says that another attempt may be under way.
	ErrLost = errors.New("the lease was lost")
)

// Task is one attempt at a job.
type Task struct {
	// Job is as it was claimed; Job.Attempt above 1 says that it may have been
	// done in part or in whole.
	Job store.Job
	// Input is what was enqueued, Checkpoint what was saved last; nil for none.
	Input, Checkpoint []byte

	store  store.JobLeases
	cancel context.CancelCauseFunc
}

// Save stores progress, checkpoint and outcomes together. ErrCancelled and
// ErrLost, of which the context of the attempt ends as well, say to stop; with
// ErrCancelled the save is stored.
func (t *Task) Save(ctx context.Context, save store.JobSave) error {
	cancelling, err := t.store.SaveJob(ctx, t.Job.Lease(), save)
	return t.heed(cancelling, err)
}

// heed ends the attempt where the store says so.
func (t *Task) heed(cancelling bool, err error) error {
	switch {
	case errors.Is(err, store.ErrLeaseLost):
		err = ErrLost
		t.cancel(err)
	case err == nil && cancelling:
		err = ErrCancelled
		t.cancel(err)
	}
	return err
}

// renew keeps the lease until ctx ends. While the store cannot be reached the
// attempt goes on for as long as the lease lasts: then another one may begin.
func (t *Task) renew(ctx context.Context, now func() time.Time, term time.Duration) {
	until := t.Job.LeasedUntil
	ticker := time.NewTicker(term / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		next := now().Add(term)
		limited, cancel := context.WithTimeout(ctx, term/3)
		cancelling, err := t.store.RenewJob(limited, t.Job.Lease(), next)
		cancel()
		switch err := t.heed(cancelling, err); {
		case err == nil:
			until = next
		case errors.Is(err, ErrCancelled), errors.Is(err, ErrLost):
			return
		case now().After(until):
			t.cancel(ErrLost)
			return
		}
	}
}
