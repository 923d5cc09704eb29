package jobs

import (
	"cmp"
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// Leases is what a Sole needs of a backend: see store.Upkeep.
type Leases interface {
	Lease(ctx context.Context, name, owner string, now, until time.Time) (bool, error)
}

// ErrTakenOver is why sole work ends: another process has taken it over.
var ErrTakenOver = errors.New("another process has taken over")

// Sole is a source of work that one process at a time does, of all that serve
// one database: the one that holds the lease. When it is killed, another one
// takes over after the lease; when it ends, at once.
type Sole struct {
	// Name is that of the lease, Owner this process.
	Name, Owner string
	Leases      Leases
	// Lasts is how long the lease lasts (15 seconds).
	Lasts time.Duration
	// Every is how long a run that is over is not repeated (1 second): the loop
	// asks again at once when work is done.
	Every time.Duration
	// Run does what is due. It calls hold before each step, and ends with its
	// error: the lease is lost then, or cannot be renewed.
	Run func(ctx context.Context, hold func() error) error
	// Failed is told of what ends a run early. It may be nil.
	Failed func(error)
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	busy atomic.Bool
	// over is when the last run ended, in microseconds since 1970.
	over atomic.Int64
}

// Claim returns the work where this process has the lease and is not at it
// already.
func (s *Sole) Claim(ctx context.Context, most int) ([]Work, error) {
	rested := s.now().Sub(time.UnixMicro(s.over.Load())) >= cmp.Or(s.Every, time.Second)
	if most <= 0 || s.busy.Load() || !rested {
		return nil, nil
	}
	held, err := s.lease(ctx, cmp.Or(s.Lasts, 15*time.Second))
	if err != nil || !held {
		return nil, err
	}
	s.busy.Store(true)
	return []Work{s.work}, nil
}

func (s *Sole) work(ctx context.Context) {
	defer func() {
		s.over.Store(s.now().UnixMicro())
		s.busy.Store(false)
	}()
	err := s.Run(ctx, func() error {
		held, err := s.lease(ctx, cmp.Or(s.Lasts, 15*time.Second))
		if err == nil && !held {
			err = ErrTakenOver
		}
		return err
	})
	if err != nil && s.Failed != nil {
		s.Failed(err)
	}
}

// Release gives the lease up, so that another process need not wait for its end.
func (s *Sole) Release(ctx context.Context) error {
	_, err := s.lease(ctx, 0)
	return err
}

func (s *Sole) lease(ctx context.Context, lasts time.Duration) (bool, error) {
	at := s.now().UTC().Truncate(time.Microsecond)
	return s.Leases.Lease(ctx, s.Name, s.Owner, at, at.Add(lasts))
}

func (s *Sole) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}
