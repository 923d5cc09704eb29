package events

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"rollcall/internal/recovered"
)

// gather is for how long commits are waited for that can be numbered with the
// one that woke the relay: under load a round costs much more than a row.
const gather = 20 * time.Millisecond

// numberAtOnce is how many events one transaction numbers.
const numberAtOnce = 1000

// relay numbers what is committed, when it is woken and now and then.
func (s *Service) relay(ctx context.Context) {
	for failures := 0; ; {
		var numbered int
		err := recovered.Call(func() (err error) {
			numbered, err = s.number(ctx)
			return err
		})
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			failures++
			s.options.Logger.Warn("events not numbered", "error", err)
		default:
			failures = 0
		}
		if numbered > 0 {
			signal(s.ready)
			s.news.publish()
		}
		if !pause(ctx, s.woken, s.backoff(failures, s.options.Interval)) || !pause(ctx, nil, gather) {
			return
		}
	}
}

func (s *Service) number(ctx context.Context) (total int, err error) {
	for {
		n, err := s.store.Number(ctx, numberAtOnce)
		total += n
		if err != nil || n < numberAtOnce {
			return total, err
		}
	}
}

// pause waits for a signal or some time, with jitter so that copies that were
// started together do not ask together. It returns false when ctx ended.
func pause(ctx context.Context, signal <-chan struct{}, atMost time.Duration) bool {
	timer := time.NewTimer(jitter(atMost))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-signal:
	case <-timer.C:
	}
	return ctx.Err() == nil
}

// jitter is d, a fifth more or less.
func jitter(d time.Duration) time.Duration {
	fifth := int64(d) / 5
	if fifth <= 0 {
		return d
	}
	return d - time.Duration(fifth) + time.Duration(rand.Int64N(2*fifth)) //nolint:gosec // jitter
}

// backoff is the pause after a number of failures; calm is that after none.
func (s *Service) backoff(failures int, calm time.Duration) time.Duration {
	if failures == 0 {
		return calm
	}
	// Beyond 30 doublings every limit is reached, and nothing overflows.
	delay := s.options.Backoff << min(failures-1, 30)
	if delay <= 0 || delay > s.options.BackoffLimit {
		delay = s.options.BackoffLimit
	}
	return delay
}

// news tells all who wait that there are events.
type news struct {
	mutex sync.Mutex
	next  chan struct{}
}

func newNews() *news { return &news{next: make(chan struct{})} }

// wait returns a channel that is closed with the next news.
func (n *news) wait() <-chan struct{} {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	return n.next
}

func (n *news) publish() {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	close(n.next)
	n.next = make(chan struct{})
}
