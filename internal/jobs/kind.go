package jobs

import (
	"cmp"
	"context"
	"math/rand/v2"
	"time"

	"rollcall/store"
)

// Kind is how jobs of one kind are run.
type Kind struct {
	// Name is store.Job.Kind.
	Name string
	// Run does a job or goes on with it from its checkpoint. It may be run again
	// after whatever point it got to, by another process and, where this one is
	// halted for longer than the lease, even at the same time: what it does
	// between two saves must be harmless when it is done twice. An error, or a
	// panic, means that another attempt is made later. Run returns soon after
	// its context ends.
	Run func(ctx context.Context, task *Task) (Outcome, error)
	// Dead words the end of a job that failed too often; nil for an end without
	// a result.
	Dead func(ctx context.Context, task *Task) Outcome
	// Failures is how many failed attempts make a job dead (8).
	Failures int
	// Keep is for how long a finished job is kept (24 hours).
	Keep time.Duration
}

func (k Kind) withDefaults() Kind {
	k.Failures = cmp.Or(k.Failures, 8)
	k.Keep = cmp.Or(k.Keep, 24*time.Hour)
	return k
}

// Outcome is what became of a job that was done.
type Outcome struct {
	// Failed says that it came to nothing for a reason that stays.
	Failed bool
	Reason string
	Result []byte
	Events []store.Event
	// Progress is the last one; nil leaves what was saved.
	Progress *store.JobProgress
}

func (o Outcome) end(state store.JobState) store.JobEnd {
	return store.JobEnd{State: state, Result: o.Result, Reason: o.Reason, Events: o.Events, Progress: o.Progress}
}

const (
	firstPause   = time.Second
	longestPause = 5 * time.Minute
)

// backoff is the pause after a number of failures: twice as long each time,
// half of it at random, so that what failed together does not come back
// together.
func backoff(failures int) time.Duration {
	pause := longestPause
	if shift := max(failures-1, 0); shift < 9 {
		pause = min(firstPause<<shift, longestPause)
	}
	return pause/2 + rand.N(pause/2+1) //nolint:gosec // jitter
}
