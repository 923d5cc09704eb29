package app

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// enoughBytes is what a client must send before it gets more time, so that one
// byte now and then does not hold a connection for ever.
const enoughBytes = 64 << 10

// progressing cuts a client that neither sends nor takes anything for limit. A
// fixed limit for the whole request would cut those that load a large group
// over a slow line; none would let a silent client hold a connection.
func progressing(next http.Handler, limit time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := &progress{ResponseWriter: w, control: http.NewResponseController(w), limit: limit}
		p.begin()
		if r.Body != nil && r.Body != http.NoBody {
			p.body = r.Body
			r.Body = progressBody{p}
		}
		next.ServeHTTP(p, r)
	})
}

// progress moves the deadlines of a connection while data flows.
type progress struct {
	http.ResponseWriter
	control  *http.ResponseController
	limit    time.Duration
	body     io.ReadCloser
	received int

	mu       sync.Mutex
	deadline time.Time
	next     time.Time
}

// Unwrap is for http.ResponseController.
func (p *progress) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// WriteHeader ends the connection of a request that took too long: its reader
// has failed and would fail the next request on it.
func (p *progress) WriteHeader(status int) {
	if p.TimedOut() {
		p.Header().Set("Connection", "close")
	}
	p.ResponseWriter.WriteHeader(status)
}

func (p *progress) Write(data []byte) (int, error) {
	n, err := p.ResponseWriter.Write(data)
	if err == nil {
		p.Moved()
	}
	return n, err
}

// Moved gives a request more time that has got on, in whatever way. It may be
// called from any goroutine.
func (p *progress) Moved() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); now.After(p.next) {
		p.extend(now)
	}
}

// answerTime is how long after the limit an answer may still be written: the
// one that says that the request took too long.
const answerTime = 5 * time.Second

func (p *progress) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.extend(time.Now())
}

// extend ignores errors: a writer without deadlines is one of a test. The end
// of the time to read ends the request's context, as if the client had left.
func (p *progress) extend(now time.Time) {
	p.deadline = now.Add(p.limit)
	_ = p.control.SetReadDeadline(p.deadline)
	_ = p.control.SetWriteDeadline(p.deadline.Add(answerTime))
	p.next = now.Add(p.limit / 4)
}

// TimedOut tells a request that took too long from a client that left.
func (p *progress) TimedOut() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !time.Now().Before(p.deadline)
}

type progressBody struct{ *progress }

func (b progressBody) Read(data []byte) (int, error) {
	n, err := b.body.Read(data)
	switch b.received += n; {
	case err != nil:
		// At the end of the body net/http begins to watch the connection, and
		// takes the deadline away for it.
		b.begin()
	case b.received >= enoughBytes:
		b.received = 0
		b.Moved()
	}
	return n, err
}

func (b progressBody) Close() error { return b.body.Close() }
