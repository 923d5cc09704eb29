package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Sweepable is what a sweeper needs of a backend: see store.JobQueue and
// store.Uploads.
type Sweepable interface {
	SweepJobs(ctx context.Context, now time.Time, limit int) (int, error)
	SweepUploads(ctx context.Context, now time.Time, limit int) (int, error)
}

// sweepEvery is how often expired jobs are deleted, sweepAtOnce how many in one
// transaction; uploads are large, and go a few at a time.
const (
	sweepEvery  = 10 * time.Minute
	sweepAtOnce = 500
	uploadsOnce = 5
)

// NewSweeper returns a loop that deletes expired jobs, whatever runner they
// were for, and the uploads that jobs work on: a process needs one.
func NewSweeper(opened Sweepable, logger *slog.Logger) *Loop {
	return NewLoop(LoopOptions{Name: "sweep of jobs", Source: sweep{opened}, Poll: sweepEvery, Logger: logger})
}

// sweep deletes expired jobs where others claim: nothing is left to be done.
type sweep struct{ store Sweepable }

func (s sweep) Claim(ctx context.Context, _ int) ([]Work, error) {
	return nil, errors.Join(all(ctx, sweepAtOnce, s.store.SweepJobs), all(ctx, uploadsOnce, s.store.SweepUploads))
}

// all sweeps until nothing is left.
func all(ctx context.Context, atOnce int, some func(context.Context, time.Time, int) (int, error)) error {
	for {
		swept, err := some(ctx, time.Now().UTC(), atOnce)
		if err != nil || swept < atOnce {
			return err
		}
	}
}
