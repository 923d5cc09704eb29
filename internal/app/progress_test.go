package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestTimedOutRequestIsAnswered lets a handler wait for ever: its context ends
// at the limit, it can tell why, and what it then says still arrives.
func TestTimedOutRequestIsAnswered(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		if w.(interface{ TimedOut() bool }).TimedOut() {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, "too late")
		}
	})
	server := httptest.NewServer(progressing(handler, 50*time.Millisecond))
	defer server.Close()
	for _, sent := range []string{"", "small", strings.Repeat("large", 100_000)} {
		checkTimedOut(t, server.URL, sent)
	}
}

func checkTimedOut(t *testing.T, url, sent string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(sent))
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
