package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// The names of the leases under which one copy of the server at a time does what
// is due by itself.
const (
	timersLease    = "timers"
	erasuresLease  = "erasures"
	retentionLease = "retention"
)

const (
	// holdFor is how long servers are kept off after a process that held them off
	// is killed, holdEvery how often it holds anew.
	holdFor   = 30 * time.Second
	holdEvery = 10 * time.Second
)

// ErrServing says that a server works on the database.
var ErrServing = errors.New("a server works on this database, or was killed a moment ago: stop it first")

// HoldOff keeps servers from what they do by themselves, such as firing timers, until
// release: for who lets time pass in the database that is long over for them.
// ErrServing where one is at it.
func HoldOff(ctx context.Context, s store.Upkeep) (release func(), err error) {
	self := uuid.NewString() // a server of this process is none of it
	hold := func(ctx context.Context, lasts time.Duration) error {
		now := time.Now()
		for _, name := range []string{timersLease, erasuresLease, retentionLease} {
			held, err := s.Lease(ctx, name, self, now, now.Add(lasts))
			if err != nil {
				return err
			}
			if !held {
				return ErrServing
			}
		}
		return nil
	}
	giveUp := func() { _ = hold(context.WithoutCancel(ctx), 0) } // what is not given up runs out
	if err := hold(ctx, holdFor); err != nil {
		giveUp()
		return nil, err
	}
	renewing, stop := context.WithCancel(ctx)
	var renewal sync.WaitGroup
	renewal.Go(func() {
		ticker := time.NewTicker(holdEvery)
		defer ticker.Stop()
		for {
			select {
			case <-renewing.Done():
				return
			case <-ticker.C:
				_ = hold(renewing, holdFor) // a lease outlasts two that fail
			}
		}
	})
	return func() {
		stop()
		renewal.Wait()
		giveUp()
	}, nil
}
