package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"rollcall/internal/events"
)

// hook is a receiver that is called: a real HTTP server that keeps what came.
type hook struct {
	URL string
	t   *testing.T

	mu      sync.Mutex
	calls   []hookCall
	status  int
	body    string
	arrived chan struct{}
}

// hookCall is one call.
type hookCall struct {
	Header http.Header
	Body   []byte
	Event  hookEvent
}

// hookEvent is the body of a webhook.
type hookEvent struct {
	Type string `json:"type"`
	Data struct {
		ID       string         `json:"id"`
		Version  int64          `json:"version"`
		Position int64          `json:"position"`
		Txn      string         `json:"txn"`
		Details  map[string]any `json:"details"`
	} `json:"data"`
}

func newHook(t *testing.T) *hook {
	t.Helper()
	h := &hook{t: t, status: http.StatusNoContent, arrived: make(chan struct{}, 1)}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.URL = server.URL
	return h
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // who called was killed
	}
	call := hookCall{Header: r.Header, Body: body}
	_ = json.Unmarshal(body, &call.Event) // a token is no JSON
	if typ := call.Event.Type; typ != "" && typ != "rollcall:ping" && !slices.Contains(events.Types(), typ) {
		h.t.Errorf("%s is told, and nobody can know that it can be asked for", typ)
	}
	h.mu.Lock()
	h.calls = append(h.calls, call)
	status, answer := h.status, h.body
	h.mu.Unlock()
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer)
	select {
	case h.arrived <- struct{}{}:
	default:
	}
}

// answer sets what calls are answered.
func (h *hook) answer(status int, body string) {
	h.mu.Lock()
	h.status, h.body = status, body
	h.mu.Unlock()
}

// all are the calls so far.
func (h *hook) all() []hookCall {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]hookCall{}, h.calls...)
}

// until waits for calls that satisfy a condition, and returns all.
func (h *hook) until(t *testing.T, within time.Duration, enough func([]hookCall) bool) []hookCall {
	t.Helper()
	deadline := time.After(within)
	for {
		if calls := h.all(); enough(calls) {
			return calls
		}
		select {
		case <-h.arrived:
		case <-deadline:
			t.Fatalf("%d calls in %s are not enough", len(h.all()), within)
		}
	}
}

// of counts the calls with an event type about a subject.
func of(calls []hookCall, typ, subject string) (found []hookCall) {
	for _, call := range calls {
		if call.Event.Type == typ && call.Event.Data.ID == subject {
			found = append(found, call)
		}
	}
	return found
}
