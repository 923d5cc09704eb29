package inspect

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"rollcall/internal/recovered"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Seen is a request that was answered, as it came.
type Seen struct {
	store.LoggedRequest
	// Sent and Answered are the bodies, each with whether it is whole.
	SentBody, AnsweredBody Body
}

// Body is the beginning of a body.
type Body struct {
	Data []byte
	// Over says that it goes on; Unread that it was not read at all.
	Over, Unread bool
}

// Options configures a Service. Zero values take the defaults.
type Options struct {
	Store store.RequestLogger
	Types []*schema.ResourceType
	// Most is how many requests of a connection are kept (1,000).
	Most int
	// Waiting is how many requests may wait to be stored (128); Every is how often
	// they are stored at the most (1 s). Together they bound what remembering
	// costs, however much is asked of the server.
	Waiting int
	Every   time.Duration
	Logger  *slog.Logger
}

// Service stores requests in the background. It is safe for concurrent use.
type Service struct {
	options  Options
	redactor *redactor
	queue    chan Seen
	// taken are the places in the queue that are given out.
	taken   atomic.Int64
	dropped atomic.Int64

	storing sync.Mutex // held by who stores
	started sync.Once
	once    sync.Once
	stop    chan struct{}
	done    chan struct{}
}

// storeTime bounds one write to the store.
const storeTime = 10 * time.Second

// New returns a service that Start starts.
func New(options Options) *Service {
	options.Most, options.Waiting = cmp.Or(options.Most, 1000), cmp.Or(options.Waiting, 128)
	options.Every = cmp.Or(options.Every, time.Second)
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{
		options: options, redactor: newRedactor(options.Types), queue: make(chan Seen, options.Waiting),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
}

// Admit asks whether there is room to remember a request that begins. Where there
// is none it is not remembered, and counted. Who is admitted calls Remember once.
func (s *Service) Admit() bool {
	if s.taken.Add(1) <= int64(s.options.Waiting) {
		return true
	}
	s.taken.Add(-1)
	s.dropped.Add(1)
	return false
}

// Remember takes a request that was admitted. It never waits.
func (s *Service) Remember(seen Seen) {
	select {
	case s.queue <- seen:
	default: // nobody who was admitted comes here
		s.dropped.Add(1)
	}
}

// Dropped is how many requests were not remembered since the start, because too
// many came at once or the store refused them.
func (s *Service) Dropped() int64 { return s.dropped.Load() }

// Start begins to store.
func (s *Service) Start() { s.started.Do(func() { go s.run() }) }

func (s *Service) run() {
	defer close(s.done)
	for {
		select {
		case first := <-s.queue:
			s.flush(first)
		case <-s.stop:
			return
		}
		select {
		case <-time.After(s.options.Every):
		case <-s.stop:
			return
		}
	}
}

// Close stores what waits. It may be called again for what came meanwhile.
func (s *Service) Close() {
	s.once.Do(func() { close(s.stop) })
	s.started.Do(func() { close(s.done) }) // it never ran
	<-s.done
	select {
	case first := <-s.queue:
		s.flush(first)
	default:
	}
}

// flush stores a request and all that wait behind it.
func (s *Service) flush(first Seen) {
	s.storing.Lock()
	defer s.storing.Unlock()
	admitted, batch := int64(1), s.redacted(nil, &first)
	for more := true; more && len(batch) < s.options.Waiting; {
		select {
		case next := <-s.queue:
			admitted++
			batch = s.redacted(batch, &next)
		default:
			more = false
		}
	}
	defer s.taken.Add(-admitted)
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	if len(batch) == 0 {
		return
	}
	err := recovered.Call(func() error { return s.options.Store.LogRequests(ctx, batch, s.options.Most) })
	if err != nil {
		s.dropped.Add(int64(len(batch)))
		s.options.Logger.Warn("requests could not be remembered", "requests", len(batch), "error", err)
	}
}

// redacted adds a request to others as it is kept. One that the program has a bug with
// is not remembered.
func (s *Service) redacted(others []store.LoggedRequest, seen *Seen) []store.LoggedRequest {
	err := recovered.Call(func() error {
		others = append(others, s.redactor.logged(seen))
		return nil
	})
	if err != nil {
		s.dropped.Add(1)
		s.options.Logger.Error("a request could not be remembered", "error", err)
	}
	return others
}
