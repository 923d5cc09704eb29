package jobs

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"rollcall/internal/recovered"
	"rollcall/store"
)

// The reasons that are kept of a failure. What went wrong in particular is in
// the log alone: it may quote what nobody else is to see.
const (
	reasonFailed   = "the attempt failed"
	reasonPanicked = "the attempt panicked"
	reasonTooOften = "the attempt failed too often"
	reasonInvalid  = "the outcome could not be stored"
)

var errPanicked = errors.New(reasonPanicked)

// attempt runs a leased job and settles it.
func (r *Runner) attempt(ctx context.Context, claimed store.ClaimedJob) {
	kind := r.kinds[claimed.Kind]
	attempt, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	task := &Task{Job: claimed.Job, Input: claimed.Input, Checkpoint: claimed.Checkpoint, store: r.options.Store, cancel: cancel}
	switch {
	case claimed.Cancelling:
		r.finish(ctx, kind, task, store.JobEnd{State: store.JobCancelled})
		return
	case claimed.Failures >= kind.Failures:
		// It ended the process that ran it, again and again.
		r.bury(ctx, kind, task)
		return
	}
	outcome, err := r.run(attempt, kind, task)
	r.settle(ctx, kind, task, outcome, err, context.Cause(attempt))
}

// run calls the handler while the lease is renewed beside it.
func (r *Runner) run(ctx context.Context, kind Kind, task *Task) (outcome Outcome, err error) {
	renewing, stop := context.WithCancel(ctx)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		task.renew(renewing, r.now, r.options.Lease)
	}()
	defer func() {
		stop()
		<-renewed
	}()
	defer func() {
		if cause := recover(); cause != nil {
			r.options.Logger.Error("panic", "job", task.Job.ID, "kind", kind.Name, "cause", recovered.Cause(cause), "stack", string(debug.Stack()))
			err = errPanicked
		}
	}()
	return kind.Run(ctx, task)
}

// settle says to the store what became of an attempt. What was done counts,
// whatever was wanted of it meanwhile.
func (r *Runner) settle(ctx context.Context, kind Kind, task *Task, outcome Outcome, err, cause error) {
	logger := r.options.Logger.With("job", task.Job.ID, "kind", kind.Name, "attempt", task.Job.Attempt)
	switch {
	case errors.Is(cause, ErrLost):
		logger.Warn("a job was lost to another attempt")
	case err == nil && outcome.Failed:
		r.finish(ctx, kind, task, outcome.end(store.JobFailed))
	case err == nil:
		r.finish(ctx, kind, task, outcome.end(store.JobSucceeded))
	case errors.Is(cause, ErrCancelled):
		r.finish(ctx, kind, task, store.JobEnd{State: store.JobCancelled})
	case errors.Is(cause, ErrDraining):
		_ = r.tell(ctx, task, func(ctx context.Context) error { return r.options.Store.ReleaseJob(ctx, task.Job.Lease(), r.now()) })
	case task.Job.Failures+1 >= kind.Failures:
		logger.Error("a job failed too often", "error", err)
		r.bury(ctx, kind, task)
	default:
		logger.Warn("an attempt at a job failed", "error", err)
		reason := reasonFailed
		if errors.Is(err, errPanicked) {
			reason = reasonPanicked
		}
		runAfter := r.now().Add(backoff(task.Job.Failures + 1)).Truncate(time.Microsecond)
		_ = r.tell(ctx, task, func(ctx context.Context) error {
			return r.options.Store.RetryJob(ctx, task.Job.Lease(), runAfter, reason)
		})
	}
}

// bury ends a job that failed too often.
func (r *Runner) bury(ctx context.Context, kind Kind, task *Task) {
	outcome := Outcome{}
	if kind.Dead != nil {
		outcome = kind.Dead(ctx, task)
	}
	end := outcome.end(store.JobDead)
	if end.Reason == "" {
		end.Reason = reasonTooOften
	}
	r.finish(ctx, kind, task, end)
}

// finish ends a job. An outcome that the store cannot take would fail again
// each time: the job is dead without it.
func (r *Runner) finish(ctx context.Context, kind Kind, task *Task, end store.JobEnd) {
	end.At = r.now()
	end.Expires = end.At.Add(kind.Keep)
	err := r.tell(ctx, task, func(ctx context.Context) error { return r.options.Store.FinishJob(ctx, task.Job.Lease(), end) })
	if err == nil {
		r.options.Logger.Info("job ended", "job", task.Job.ID, "kind", kind.Name, "state", end.State, "attempt", task.Job.Attempt,
			"milliseconds", end.At.Sub(task.Job.Created).Milliseconds(), "request_id", task.Job.RequestID)
	}
	if errors.Is(err, store.ErrInvalid) {
		end = store.JobEnd{State: store.JobDead, At: end.At, Expires: end.Expires, Reason: reasonInvalid}
		_ = r.tell(ctx, task, func(ctx context.Context) error { return r.options.Store.FinishJob(ctx, task.Job.Lease(), end) })
	}
}

const (
	tellTimes = 5
	tellTime  = 5 * time.Second
)

// tell writes how an attempt ended, also when the process is about to stop, and
// tries several times. What cannot be told is told by the end of the lease.
func (r *Runner) tell(ctx context.Context, task *Task, write func(context.Context) error) error {
	ctx = context.WithoutCancel(ctx)
	for try := 1; ; try++ {
		limited, cancel := context.WithTimeout(ctx, tellTime)
		err := write(limited)
		cancel()
		if err == nil {
			return nil
		}
		if errors.Is(err, store.ErrInvalid) || errors.Is(err, store.ErrLeaseLost) || try == tellTimes {
			r.options.Logger.Error("the end of an attempt at a job was not written", "job", task.Job.ID, "kind", task.Job.Kind, "error", err)
			return err
		}
		time.Sleep(spread(time.Duration(try) * 200 * time.Millisecond))
	}
}
