package scim

import (
	"context"
	"time"
)

// refusalStep is how long a refused check of a credential takes at least, the
// derivation of the key and the wait for it apart. It covers the look-ups and
// the note of the failure many times, so that which of them there were cannot be
// told from the time. What takes longer all the same takes a multiple of it.
const refusalStep = 200 * time.Millisecond

// refusalTime makes refusals take as long whatever was done for them.
type refusalTime struct {
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
	begin time.Time
	// apart is the time that does not count: it is the same for all.
	apart time.Duration
}

func (p *Provider) refusalTime() *refusalTime {
	return &refusalTime{now: p.clock, sleep: p.sleep, begin: p.clock()}
}

// aside begins what does not count, and returns what ends it.
func (p *refusalTime) aside() (over func()) {
	begin := p.now()
	return func() { p.apart += p.now().Sub(begin) }
}

// keep waits until the next whole step.
func (p *refusalTime) keep(ctx context.Context) error {
	took := p.now().Sub(p.begin) - p.apart
	if took <= 0 {
		return p.sleep(ctx, refusalStep)
	}
	return p.sleep(ctx, (refusalStep-took%refusalStep)%refusalStep)
}

func sleep(ctx context.Context, long time.Duration) error {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
