package jobs

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"rollcall/store"
)

// Options configures a Runner. Zero values take the defaults.
type Options struct {
	Store store.JobLeases
	Kinds []Kind
	// Owner names this process in leases, for people who look.
	Owner string
	// Concurrency is how many jobs run at a time (4), Poll about how often the
	// store is asked for jobs of other processes (1 second), Grace how long
	// jobs may go on after Close (10 seconds).
	Concurrency int
	Poll, Grace time.Duration
	// Lease is how long a job stays with a process that says nothing (20
	// seconds): what a kill delays it by.
	Lease time.Duration
	// Now is the clock; nil means time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

// Runner runs stored jobs. NewSweeper makes what deletes them when they expire.
type Runner struct {
	options Options
	kinds   map[string]Kind
	loop    *Loop
}

// New returns a runner that Start starts.
func New(options Options) *Runner {
	options.Lease = cmp.Or(options.Lease, 20*time.Second)
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	r := &Runner{options: options, kinds: map[string]Kind{}}
	for _, kind := range options.Kinds {
		r.kinds[kind.Name] = kind.withDefaults()
	}
	r.loop = NewLoop(LoopOptions{
		Name: "jobs", Source: r, Concurrency: options.Concurrency, Poll: options.Poll, Grace: options.Grace, Logger: options.Logger,
	})
	return r
}

// Start begins to run jobs. A second Start, and one after Close, does nothing.
func (r *Runner) Start() { r.loop.Start() }

// Wake has new jobs run at once.
func (r *Runner) Wake() { r.loop.Wake() }

// Close takes no more jobs, gives those that run the grace, and releases what
// is not done by then, with its checkpoint. It may be called again.
func (r *Runner) Close() { r.loop.Close() }

// now is UTC with the precision of the store.
func (r *Runner) now() time.Time { return r.options.Now().UTC().Truncate(time.Microsecond) }

// Claim implements Source: it leases jobs that are due, one by one, because
// each may change which tenant is next.
func (r *Runner) Claim(ctx context.Context, most int) ([]Work, error) {
	var claimed []Work
	if len(r.kinds) == 0 {
		return nil, nil
	}
	kinds := slices.Sorted(maps.Keys(r.kinds))
	for len(claimed) < most {
		now := r.now()
		job, err := r.options.Store.ClaimJob(ctx, store.JobClaim{Kinds: kinds, Owner: r.options.Owner, Now: now, Until: now.Add(r.options.Lease)})
		if errors.Is(err, store.ErrNotFound) {
			break
		}
		if err != nil {
			return claimed, err
		}
		claimed = append(claimed, func(ctx context.Context) { r.attempt(ctx, job) })
	}
	return claimed, nil
}
