package scim

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"rollcall/scim/fault"
	"rollcall/store"
)

// maxAttempts bounds how often what met a concurrent change is tried again.
const maxAttempts = 30

// errOvertaken says that others change the same resource all the time.
var errOvertaken = fault.Plain(503, "the resource is being changed by others at this moment; try again")

// overtaken reports whether a change failed because the resource has another
// version, or other facts, than the change was decided on.
func overtaken(err error) bool { return errors.Is(err, store.ErrVersion) }

// elsewhere is overtaken for an account that is looked for among the living and
// the departed: between two looks it can go from one side to the other.
func elsewhere(attempt int, err error) bool {
	const looks = 2
	return overtaken(err) || errors.Is(err, store.ErrNotFound) && attempt <= looks
}

// untilSettled tries a change of a resource until no other one is faster. Who
// lost once queues with the other losers of this process: a crowd that only
// retries starves some of its members. lost tells from an error whether it is
// worth another attempt.
func (p *Provider) untilSettled(ctx context.Context, key store.Key, lost func(attempt int, err error) bool, try func() error) error {
	for attempt := 1; ; attempt++ {
		err := try()
		switch {
		case err == nil || !lost(attempt, err):
			return err
		case attempt == maxAttempts:
			return errOvertaken
		case attempt == 1:
			leave, err := p.queue.enter(ctx, key.ID)
			if err != nil {
				return err
			}
			defer leave()
		}
		pause := time.Duration(attempt) * rand.N(5*time.Millisecond) //nolint:gosec // jitter
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// whenOvertaken is lost for changes that have nowhere to go.
func whenOvertaken(_ int, err error) bool { return overtaken(err) }

func never(int, error) bool { return false }
