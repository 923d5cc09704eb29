package events

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"rollcall/internal/outbound"
	"rollcall/store"
)

// Store is what a Service reads and writes.
type Store interface {
	store.Tenants
	store.OutboxReader
	store.OutboxKeeper
	store.Receivers
	store.Dispatcher
	store.DeliveryLog
	store.SigningKeys
}

// Options make a Service. What is zero gets its default.
type Options struct {
	Store Store
	// Client calls receivers.
	Client *outbound.Client
	// Issuer is the "iss" of tokens: the public URL of the server.
	Issuer string
	Logger *slog.Logger
	// Now is the clock; nil for time.Now. Leases compare the clocks of all copies
	// of the server, which have to agree to a few seconds.
	Now func() time.Time
	// Interval is how often the outbox is looked at without being woken, one
	// second by default.
	Interval time.Duration
	// Backoff is the pause after the first failure, two seconds by default; it
	// doubles with each further one up to BackoffLimit, 30 minutes by default.
	Backoff, BackoffLimit time.Duration
	// DeadAfter is how long a receiver may fail without one success before it is
	// given up, five days by default.
	DeadAfter time.Duration
	// GiveUpAfter is how long one event may fail at a receiver that takes others,
	// three days by default.
	GiveUpAfter time.Duration
	// Parallel is how many calls run at once for one receiver, eight by default;
	// Turns is how many receivers are served at once, sixteen by default.
	Parallel, Turns int
	// KeepEvents, KeepUndelivered, KeepDelivered and KeepFailed are how long
	// events that everybody has, events that somebody still has to get,
	// deliveries and failed deliveries are kept: 30, 90, 7 and 30 days.
	KeepEvents, KeepUndelivered, KeepDelivered, KeepFailed time.Duration
}

const day = 24 * time.Hour

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Client == nil {
		o.Client = outbound.NewClient(outbound.Options{})
	}
	o.Interval = cmp.Or(o.Interval, time.Second)
	o.Backoff, o.BackoffLimit = cmp.Or(o.Backoff, 2*time.Second), cmp.Or(o.BackoffLimit, 30*time.Minute)
	o.DeadAfter, o.GiveUpAfter = cmp.Or(o.DeadAfter, 5*day), cmp.Or(o.GiveUpAfter, 3*day)
	o.Parallel, o.Turns = cmp.Or(o.Parallel, 8), cmp.Or(o.Turns, 16)
	o.KeepEvents, o.KeepUndelivered = cmp.Or(o.KeepEvents, 30*day), cmp.Or(o.KeepUndelivered, 90*day)
	o.KeepDelivered, o.KeepFailed = cmp.Or(o.KeepDelivered, 7*day), cmp.Or(o.KeepFailed, 30*day)
	return o
}

// Service delivers events. All methods are safe for concurrent use; those that
// manage, poll and publish keys work without Start.
type Service struct {
	options Options
	store   Store
	keys    *keyring
	// leaseFor is how long a receiver belongs to one copy of the server that does
	// not say otherwise.
	leaseFor time.Duration

	// woken and ready hold one signal each: there may be events to number, there
	// may be receivers to serve.
	woken, ready chan struct{}
	news         *news
	// closing ends the waiting of those that poll.
	closing atomic.Bool

	// life guards the fields below.
	life   sync.Mutex
	stop   context.CancelFunc
	abort  context.CancelFunc
	ending chan struct{}
}

// New makes a Service that is not yet started.
func New(options Options) *Service {
	options = options.withDefaults()
	return &Service{
		options: options, store: options.Store, keys: newKeyring(options.Store, options.now),
		leaseFor: max(leastLease, 3*options.Client.Timeout()),
		woken:    make(chan struct{}, 1), ready: make(chan struct{}, 1), news: newNews(),
	}
}

// now is the time in the precision of the store.
func (o *Options) now() time.Time { return o.Now().UTC().Truncate(time.Microsecond) }

func (s *Service) now() time.Time { return s.options.now() }

// Start begins to number, deliver and tidy up. A second Start does nothing.
func (s *Service) Start() {
	s.life.Lock()
	defer s.life.Unlock()
	if s.stop != nil {
		return
	}
	running, stop := context.WithCancel(context.Background())
	calls, abort := context.WithCancel(context.Background())
	var loops sync.WaitGroup
	loops.Go(func() { s.relay(running) })
	loops.Go(func() { s.dispatch(running, calls) })
	loops.Go(func() { s.tidy(running) })
	ending := make(chan struct{})
	go func() { loops.Wait(); close(ending) }()
	s.stop, s.abort, s.ending = stop, abort, ending
	s.closing.Store(false)
}

// Close begins no further call and waits until those in flight have ended and
// are recorded. When ctx ends before, they are broken off. A second Close, and
// one without Start, does nothing.
func (s *Service) Close(ctx context.Context) {
	s.life.Lock()
	defer s.life.Unlock()
	if s.stop == nil {
		return
	}
	s.stop()
	s.closing.Store(true)
	s.news.publish()
	select {
	case <-s.ending:
	case <-ctx.Done():
		s.abort()
		<-s.ending
	}
	s.abort()
	s.stop, s.abort, s.ending = nil, nil, nil
}

// Wake says that events were committed. It never waits.
func (s *Service) Wake() { signal(s.woken) }

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
