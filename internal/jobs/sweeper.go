package jobs

import (
	"context"
	"log/slog"
	"time"
)

// Sweepable is what a sweeper needs of a backend: see store.JobQueue.
type Sweepable interface {
	SweepJobs(ctx context.Context, now time.Time, limit int) (int, error)
}

// sweepEvery is how often expired jobs are deleted, sweepAtOnce how many in one
// transaction.
const (
	sweepEvery  = 10 * time.Minute
	sweepAtOnce = 500
)

// NewSweeper returns a loop that deletes expired jobs, whatever runner they
// were for: a process needs one.
func NewSweeper(opened Sweepable, logger *slog.Logger) *Loop {
	return NewLoop(LoopOptions{Name: "sweep of jobs", Source: sweep{opened}, Poll: sweepEvery, Logger: logger})
}

// sweep deletes expired jobs where others claim: nothing is left to be done.
type sweep struct{ store Sweepable }

func (s sweep) Claim(ctx context.Context, _ int) ([]Work, error) {
	for {
		swept, err := s.store.SweepJobs(ctx, time.Now().UTC(), sweepAtOnce)
		if err != nil || swept < sweepAtOnce {
			return nil, err
		}
	}
}
