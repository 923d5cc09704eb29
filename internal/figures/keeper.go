package figures

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"rollcall/internal/recovered"
	"rollcall/scim"
	"rollcall/store"
)

// Provider is what figures are counted by; *scim.Provider is one.
type Provider interface {
	Statistics(ctx context.Context, c *scim.Caller) (*scim.Statistics, error)
	Accounts(ctx context.Context, c *scim.Caller, search scim.Search) (*scim.AccountPage, error)
	Guard(ctx context.Context, c *scim.Caller, whose scim.Guarded) (*scim.GuardState, error)
}

// Connections lists the connections of a tenant; a store does.
type Connections interface {
	Connections(ctx context.Context, tenant store.TenantID) ([]store.Connection, error)
}

// Options make a Keeper. What is zero gets its default.
type Options struct {
	Provider    Provider
	Connections Connections
	Logger      *slog.Logger
	// Now is the clock; nil for time.Now.
	Now func() time.Time
	// Age is how old figures get before they are counted anew, a minute by default;
	// where counting takes long, twenty times as long as that.
	Age time.Duration
	// Wait is how long who asks first waits, a second by default.
	Wait time.Duration
}

const (
	// atOnce is how many tenants are counted at once.
	atOnce = 2
	// longestCount is how long a count may take, failedPause how long none is begun
	// after one that failed.
	longestCount = 2 * time.Minute
	failedPause  = 10 * time.Second
	// keptUnused is how long figures are kept that nobody asks for.
	keptUnused = time.Hour
	// share is how much longer than they take to count figures are good for.
	share = 20
)

// Keeper counts and keeps the figures of tenants. It is safe for concurrent use.
type Keeper struct {
	Options

	running context.Context //nolint:containedctx // of what goes on beside the requests, until Close
	stop    context.CancelFunc
	counts  sync.WaitGroup
	turns   chan struct{}

	mu      sync.Mutex
	closed  bool
	entries map[store.TenantID]*entry
}

// entry is what is kept of a tenant.
type entry struct {
	figures *Figures
	err     error
	// due is when it is counted anew, used when it was last asked for.
	due, used time.Time
	// counting ends with the count that goes on; nil for none.
	counting chan struct{}
}

// New makes a keeper.
func New(options Options) *Keeper {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	options.Age, options.Wait = cmp.Or(options.Age, time.Minute), cmp.Or(options.Wait, time.Second)
	running, stop := context.WithCancel(context.Background())
	return &Keeper{Options: options, running: running, stop: stop, turns: make(chan struct{}, atOnce), entries: map[store.TenantID]*entry{}}
}

// Close breaks counts off and waits for their end. It can be called more than
// once.
func (k *Keeper) Close() {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	k.stop()
	k.counts.Wait()
}

// ErrCounting says that the figures are not there yet.
var ErrCounting = errors.New("the figures are being counted")

// Of returns the figures of a tenant as they were some time ago: old ones at once,
// while they are counted anew. ErrCounting where there are none after Wait.
func (k *Keeper) Of(ctx context.Context, tenant store.TenantID) (*Figures, error) {
	e, figures, counting, err := k.ask(tenant)
	if figures != nil {
		return figures, nil
	}
	switch {
	case counting == nil && err != nil:
		return nil, err
	case counting == nil:
		return nil, ErrCounting
	}
	timer := time.NewTimer(k.Wait)
	defer timer.Stop()
	select {
	case <-counting:
	case <-timer.C:
		return nil, ErrCounting
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return e.figures, e.err
}

// Last returns what Of would without ever waiting, nil for none.
func (k *Keeper) Last(tenant store.TenantID) *Figures {
	_, figures, _, _ := k.ask(tenant)
	return figures
}

// ask returns what is kept of a tenant, and begins to count it where that is old.
func (k *Keeper) ask(tenant store.TenantID) (e *entry, figures *Figures, counting chan struct{}, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e = k.entries[tenant]; e == nil {
		e = &entry{}
		k.entries[tenant] = e
	}
	e.used = k.Now()
	if e.counting == nil && !e.used.Before(e.due) && !k.closed {
		e.counting = make(chan struct{})
		k.counts.Go(func() { k.recount(tenant, e) })
	}
	return e, e.figures, e.counting, e.err
}

// recount counts the figures of a tenant, when it is its turn.
func (k *Keeper) recount(tenant store.TenantID, e *entry) {
	ctx, cancel := context.WithTimeout(k.running, longestCount)
	defer cancel()
	var figures *Figures
	var err error
	begun := k.Now()
	select {
	case k.turns <- struct{}{}:
		begun = k.Now()
		err = recovered.Call(func() (err error) {
			figures, err = k.count(ctx, tenant)
			return err
		})
		<-k.turns
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil && k.running.Err() == nil {
		k.Logger.Warn("the figures of a tenant could not be counted", "tenant", tenant, "error", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.Now()
	if err == nil {
		e.figures, e.err, e.due = figures, nil, now.Add(max(k.Age, share*now.Sub(begun)))
	} else {
		e.err, e.due = err, now.Add(failedPause)
	}
	close(e.counting)
	e.counting = nil
	for other, kept := range k.entries {
		if kept.counting == nil && now.Sub(kept.used) > keptUnused {
			delete(k.entries, other)
		}
	}
}
