package jobs

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"rollcall/internal/recovered"
)

// Source hands out what is due.
type Source interface {
	// Claim takes up to most pieces of work that are due, so that nobody else
	// does them; fewer say that there are no more. It is never called twice at
	// a time. What it has taken is done even if the loop is about to end.
	Claim(ctx context.Context, most int) ([]Work, error)
}

// Work does one claimed piece of work and settles it, whatever comes of it.
// Its context ends with ErrDraining as the cause when the loop waits no longer.
type Work func(ctx context.Context)

// ErrDraining is why the context of work ends: the process stops.
var ErrDraining = errors.New("the process stops")

// LoopOptions configures a Loop. Zero values take the defaults.
type LoopOptions struct {
	// Name is for the log.
	Name   string
	Source Source
	// Concurrency is how much is done at a time (4).
	Concurrency int
	// Poll is about how often the source is asked when nobody wakes the loop
	// (1 second). Failures of the source make it rarer.
	Poll time.Duration
	// Grace is how long work may go on after Close (10 seconds).
	Grace  time.Duration
	Logger *slog.Logger
}

const (
	// claimTime bounds a claim, which is not cut by Close: it might have taken
	// something by then.
	claimTime = 15 * time.Second
	// rarest is the longest pause after failures of the source.
	rarest = 30 * time.Second
	// abandonAfter is how long work may take to notice that its context ended.
	abandonAfter = 5 * time.Second
)

// Loop claims work that is due and does it, at once when it is woken and from
// time to time otherwise. It is safe for concurrent use.
type Loop struct {
	options LoopOptions
	wake    chan struct{}
	slots   chan struct{}
	working sync.WaitGroup
	// work is the context of all work.
	work   context.Context
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	stop    chan struct{}
	started bool
	closed  bool
	done    chan struct{}
}

// NewLoop returns a loop that Start starts.
func NewLoop(options LoopOptions) *Loop {
	options.Concurrency = cmp.Or(options.Concurrency, 4)
	options.Poll = cmp.Or(options.Poll, time.Second)
	options.Grace = cmp.Or(options.Grace, 10*time.Second)
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	l := &Loop{
		options: options, wake: make(chan struct{}, 1), slots: make(chan struct{}, options.Concurrency),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	l.work, l.cancel = context.WithCancelCause(context.Background())
	return l
}

// Start begins. A second Start, and one after Close, does nothing.
func (l *Loop) Start() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.started || l.closed {
		return
	}
	l.started = true
	go l.run()
}

// Wake has the source asked at once. It never waits.
func (l *Loop) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Close takes no more work, waits for what is being done, and cuts it after
// the grace. Every call returns when that is over.
func (l *Loop) Close() {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.stop)
		if !l.started {
			close(l.done)
		}
	}
	l.mu.Unlock()
	<-l.done
}

func (l *Loop) run() {
	defer close(l.done)
	defer l.drain()
	pause := l.options.Poll
	for {
		if err := l.claim(); err == nil {
			pause = l.options.Poll
		} else {
			l.options.Logger.Warn("due work could not be claimed", "loop", l.options.Name, "error", err)
			pause = min(2*pause, max(rarest, l.options.Poll))
		}
		timer := time.NewTimer(spread(pause))
		select {
		case <-l.stop:
			timer.Stop()
			return
		case <-l.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// claim fills the free slots. Whoever frees one wakes the loop.
func (l *Loop) claim() error {
	free := cap(l.slots) - len(l.slots)
	select {
	case <-l.stop:
		return nil
	default:
	}
	if free == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), claimTime)
	defer cancel()
	claimed, err := l.options.Source.Claim(ctx, free)
	for _, work := range claimed {
		l.slots <- struct{}{}
		l.working.Go(func() {
			defer func() {
				<-l.slots
				l.Wake()
			}()
			l.perform(work)
		})
	}
	return err
}

// perform keeps a panic from ending the process.
func (l *Loop) perform(work Work) {
	defer func() {
		if cause := recover(); cause != nil {
			l.options.Logger.Error("panic", "loop", l.options.Name, "cause", recovered.Cause(cause), "stack", string(debug.Stack()))
		}
	}()
	work(l.work)
}
