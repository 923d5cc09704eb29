package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestTimedOutRequestIsAnswered lets a handler wait for ever: its context ends
// at the limit, it can tell why, and what it then says still arrives.
func TestTimedOutRequestIsAnswered(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		if w.(interface{ TimedOut() bool }).TimedOut() {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, "too late")
		}
	})
	server := httptest.NewServer(progressing(handler, 50*time.Millisecond))
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusServiceUnavailable || string(body) != "too late" {
		t.Errorf("status %d, %q, %v", response.StatusCode, body, err)
	}
}
