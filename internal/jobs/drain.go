package jobs

import (
	"math/rand/v2"
	"time"
)

// drain waits for the work in hand.
func (l *Loop) drain() {
	over := make(chan struct{})
	go func() {
		l.working.Wait()
		close(over)
	}()
	defer l.cancel(ErrDraining)
	if within(over, l.options.Grace) {
		return
	}
	l.cancel(ErrDraining)
	if !within(over, abandonAfter) {
		l.options.Logger.Error("work that does not end was left behind", "loop", l.options.Name, "pieces", len(l.slots))
	}
}

// within waits for a signal, but not for ever.
func within(signal <-chan struct{}, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-signal:
		return true
	case <-timer.C:
		return false
	}
}

// spread varies a pause by a quarter, so that copies do not ask in step.
func spread(pause time.Duration) time.Duration {
	return pause*3/4 + rand.N(pause/2+1) //nolint:gosec // jitter
}
