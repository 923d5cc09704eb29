package events

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/await"
	"rollcall/internal/outbound"
	"rollcall/internal/testpg"
	"rollcall/store"
	"rollcall/store/postgres"
)

func TestMain(m *testing.M) { os.Exit(testpg.Main(m)) }

// patience is how long a test waits for what has to happen.
const patience = 30 * time.Second

func openPostgres(t *testing.T, dsn string) store.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), dsn, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// clock can be moved forward.
type clock struct {
	mutex sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) forward(d time.Duration) {
	c.mutex.Lock()
	c.ahead += d
	c.mutex.Unlock()
}

// fixture is a tenant with a service, in a store.
type fixture struct {
	t       *testing.T
	store   store.Store
	tenant  store.TenantID
	clock   *clock
	service *Service
	// events counts what was committed.
	events *atomic.Int64
}

func newFixture(t *testing.T, s store.Store, change ...func(*Options)) *fixture {
	t.Helper()
	tenant, err := s.CreateTenant(t.Context(), store.Tenant{Name: "main", Created: time.Now()}, someone)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, store: s, tenant: tenant.ID, clock: &clock{}, events: &atomic.Int64{}}
	f.service = f.newService(change...)
	return f
}

var someone = store.Audit{At: time.Unix(1, 0), ActorKind: "operator", ActorID: "o1", Action: "x", RequestID: "r1"}

// newService is one copy of the server. It is quick to try again.
func (f *fixture) newService(change ...func(*Options)) *Service {
	f.t.Helper()
	options := Options{
		Store: f.store, Issuer: "https://rollcall.example", Now: f.clock.now,
		Client: outbound.NewClient(outbound.Options{
			Plain: true, Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Timeout: 2 * time.Second,
		}),
		Interval: 20 * time.Millisecond, Backoff: 10 * time.Millisecond, BackoffLimit: 50 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(f.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	for _, one := range change {
		one(&options)
	}
	service := New(options)
	f.t.Cleanup(func() { service.Close(context.Background()) })
	return service
}

func (f *fixture) close(service *Service) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	service.Close(ctx)
	if ctx.Err() != nil {
		f.t.Error("the service did not close in time")
	}
}

func (f *fixture) create(spec ReceiverSpec) (Receiver, string) {
	f.t.Helper()
	receiver, secret, err := f.service.CreateReceiver(f.t.Context(), f.tenant, spec, someone)
	if err != nil {
		f.t.Fatal(err)
	}
	return receiver, secret
}

func (f *fixture) webhook(url string) Receiver {
	f.t.Helper()
	receiver, _ := f.create(ReceiverSpec{Name: "hook " + uuid.NewString(), Kind: store.KindWebhook, URL: url})
	return receiver
}

func user(n int) uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "user %d", n)) }

// commit makes the version-th change of a user, with events of the given types.
func (f *fixture) commit(n, version int, types ...string) {
	f.t.Helper()
	if err := f.tryCommit(n, version, types...); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) tryCommit(n, version int, types ...string) error {
	key := store.Key{Tenant: f.tenant, Type: "User", ID: user(n)}
	audit := someone
	audit.At = f.clock.now()
	trail := store.Trail{Audit: audit}
	for _, typ := range types {
		trail.Events = append(trail.Events, store.Event{Type: typ, Payload: fmt.Appendf(nil,
			`{"uri":"/Users/%s","data":{"schemas":["x"],"userName":"u%d","externalId":"e%d","n":%d}}`, key.ID, n, n, version)})
	}
	record := store.Record{
		Key: key, Label: "u", Document: fmt.Appendf(nil, `{"n":%d}`, version), Index: []byte("{}"), Created: audit.At, Modified: audit.At,
	}
	var change store.Change = &store.Create{Record: record, Trail: trail}
	if version > 1 {
		change = &store.Update{Key: key, Record: &record, Modified: audit.At, Trail: trail}
	}
	_, err := f.store.Commit(context.Background(), []store.Change{change})
	if err == nil {
		f.events.Add(int64(len(types)))
	}
	return err
}

func (f *fixture) log(receiver Receiver, state string) []store.Delivery {
	f.t.Helper()
	page, err := f.service.Deliveries(f.t.Context(), f.tenant, receiver.ID, DeliveryFilter{State: state, Limit: 500})
	if err != nil {
		f.t.Fatal(err)
	}
	return page.Deliveries
}

// caughtUp reports whether the receiver has all events and that is recorded.
func (f *fixture) caughtUp(receiver Receiver) bool {
	f.t.Helper()
	stored, err := f.service.Receiver(f.t.Context(), f.tenant, receiver.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	head, err := f.store.Head(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	return head == f.events.Load() && stored.Position == head && len(f.log(receiver, store.DeliveryPending)) == 0
}

// eventually waits for what other goroutines bring about.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	await.That(t, patience, what, holds)
}

// call is one call that a receiver got.
type call struct {
	header http.Header
	body   string
	status int
}

// listener is a receiver: a real server that notes its calls.
type listener struct {
	URL    string
	mutex  sync.Mutex
	calls  []call
	answer func(call) int
}

// listen starts a receiver; answer tells the status of a call, 0 hangs.
func listen(t *testing.T, answer func(call) int) *listener {
	t.Helper()
	l := &listener{answer: answer}
	server := httptest.NewServer(l)
	l.URL = server.URL
	t.Cleanup(server.Close)
	return l
}

func always(status int) func(call) int { return func(call) int { return status } }

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	one := call{header: r.Header, body: string(body)}
	l.mutex.Lock()
	answer := l.answer
	l.mutex.Unlock()
	one.status = answer(one)
	l.mutex.Lock()
	l.calls = append(l.calls, one)
	l.mutex.Unlock()
	if one.status == 0 {
		<-r.Context().Done()
		return
	}
	w.WriteHeader(one.status)
}

func (l *listener) become(answer func(call) int) {
	l.mutex.Lock()
	l.answer = answer
	l.mutex.Unlock()
}

func (l *listener) all() []call {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return append([]call(nil), l.calls...)
}

// taken are the calls that the receiver answered with 2xx.
func (l *listener) taken() []call {
	var list []call
	for _, one := range l.all() {
		if one.status/100 == 2 {
			list = append(list, one)
		}
	}
	return list
}

func serveFunc(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	// A server notices that its client is gone only once it has read the body.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
