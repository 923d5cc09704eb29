package events

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/recovered"
	"rollcall/store"
)

const (
	// leastLease outlasts one round by far: roundTime, a call and recordTime.
	leastLease = time.Minute
	// turnTime is how long one receiver is served before others that wait.
	turnTime = 20 * time.Second
	// recordTime bounds the writing of what was done, also while closing.
	recordTime = 10 * time.Second
)

// dispatch serves receivers that have something to get, several at once. calls
// is the context of calls, which outlives ctx until they are to be broken off.
func (s *Service) dispatch(ctx, calls context.Context) {
	var turns sync.WaitGroup
	defer turns.Wait()
	free := make(chan struct{}, s.options.Turns)
	for failures := 0; ; {
		var claimed []store.Turn
		err := recovered.Call(func() (err error) {
			claimed, err = s.claim(ctx, cap(free)-len(free))
			return err
		})
		switch {
		case ctx.Err() != nil:
			// What was claimed is free again when its lease ends; give it back now.
		case err != nil:
			failures++
			s.options.Logger.Warn("receivers not claimed", "error", err)
		default:
			failures = 0
		}
		for _, turn := range claimed {
			free <- struct{}{}
			turns.Go(func() {
				worked := s.serve(ctx, calls, turn)
				full := len(free) == cap(free)
				<-free
				if worked || full {
					signal(s.ready)
				}
			})
		}
		if !pause(ctx, s.ready, s.backoff(failures, s.options.Interval)) {
			return
		}
	}
}

func (s *Service) claim(ctx context.Context, limit int) ([]store.Turn, error) {
	if limit == 0 {
		return nil, nil
	}
	now := s.now()
	return s.store.ClaimReceivers(ctx, store.Claim{Lease: uuid.New(), Now: now, Until: now.Add(s.leaseFor), Limit: limit})
}

// serve works for one receiver until there is nothing left, it is out of reach,
// its time is over or the service closes. It reports whether it did anything.
func (s *Service) serve(ctx, calls context.Context, turn store.Turn) (worked bool) {
	end := s.now().Add(turnTime)
	defer s.release(turn)
	for more := true; more && ctx.Err() == nil && s.now().Before(end); {
		err := recovered.Call(func() (err error) {
			more, err = s.round(ctx, calls, &turn)
			return err
		})
		if err != nil {
			// A lost lease is how a replay and a deletion show.
			if ctx.Err() == nil && !errors.Is(err, store.ErrLease) {
				s.options.Logger.Warn("receiver not served", "tenant", turn.Receiver.Tenant, "receiver", turn.Receiver.ID, "error", err)
			}
			return false
		}
		worked = worked || more
	}
	return worked
}

func (s *Service) release(turn store.Turn) {
	ctx, cancel := context.WithTimeout(context.Background(), recordTime)
	defer cancel()
	if err := s.store.ReleaseReceiver(ctx, turn); err != nil {
		s.options.Logger.Warn("receiver not released", "tenant", turn.Receiver.Tenant, "receiver", turn.Receiver.ID, "error", err)
	}
}
