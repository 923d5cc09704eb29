package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/store"
)

// journal is a log that a test reads while the server writes it.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(data []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(data)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

const testToken = "a-bootstrap-token-of-a-test"

// defaults is a Config as the flags make it.
func defaults(t *testing.T, args ...string) Config {
	t.Helper()
	var config Config
	parser, err := kong.New(&config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		t.Fatal(err)
	}
	return config
}

// newTestServer is a server on an empty SQLite file, whose default tenant and
// connection exist.
func newTestServer(t *testing.T, change func(*Config)) (*server, *journal) {
	t.Helper()
	config := defaults(t)
	config.Database, config.BootstrapToken = "sqlite:"+filepath.Join(t.TempDir(), "rollcall.db"), testToken
	if change != nil {
		change(&config)
	}
	log := &journal{}
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	types, err := config.types()
	if err != nil {
		t.Fatal(err)
	}
	opened, err := OpenStore(t.Context(), config.Database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	if err := config.prepare(t.Context(), opened, logger); err != nil {
		t.Fatal(err)
	}
	if err := config.firstStart(t.Context(), opened, io.Discard, "", logger); err != nil {
		t.Fatal(err)
	}
	authenticator, err := auth.NewAuthenticator(auth.Options{Store: opened, Bootstrap: testToken, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(authenticator.Close)
	s, err := newServer(config, opened, "http://localhost", types, authenticator, logger)
	if err != nil {
		t.Fatal(err)
	}
	return s, log
}

func (s *server) ask(t *testing.T, method, target, token, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for pair := range slices.Chunk(header, 2) {
		request.Header.Set(pair[0], pair[1])
	}
	recorder := httptest.NewRecorder()
	s.http.Handler.ServeHTTP(recorder, request)
	return recorder
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	s, log := newTestServer(t, nil)
	for sent, kept := range map[string]bool{"abc-1": true, "a b": false, strings.Repeat("x", 65): false, "": false} {
		got := s.ask(t, "GET", "/healthz", "", "", "X-Request-Id", sent).Header().Get("X-Request-Id")
		if (got == sent) != kept || got == "" {
			t.Errorf("%q becomes %q", sent, got)
		}
	}
	if !strings.Contains(log.String(), "request_id=abc-1") {
		t.Error("the log does not name the request")
	}
}

func TestLogHoldsNothingPersonal(t *testing.T) {
	t.Parallel()
	t.Run("SEA-09 SEC-20,30 no filter, token or body", func(t *testing.T) {
		s, log := newTestServer(t, nil)
		body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"zaphod@example.com","password":"Pa55-of-zaphod"}`
		if r := s.ask(t, "POST", "/scim/v2/Users", testToken, body, "Content-Type", "application/scim+json"); r.Code != http.StatusCreated {
			t.Errorf("create: %d %s", r.Code, r.Body)
		}
		s.ask(t, "GET", `/scim/v2/Users?filter=userName+eq+"zaphod@example.com"`, testToken, "")
		s.ask(t, "GET", `/scim/v2/Users?filter=zaphod+eq`, testToken, "")
		s.ask(t, "GET", `/scim/v2/Users/zaphod`, testToken, "")
		s.ask(t, "GET", `/zaphod?access_token=zaphod`, testToken, "")
		s.ask(t, "PUT", `/scim/v2/Users/x`, testToken, "zaphod{", "Content-Type", "application/scim+json", "User-Agent", "zaphod")
		for _, secret := range []string{"zaphod", "Pa55", testToken} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("the log holds %q: %s", secret, log)
			}
		}
		for _, want := range []string{"route=/scim/v2/Users/:id", "tenant=default", "connection=default", "route=none"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %q", want)
			}
		}
	})
}

func TestPanic(t *testing.T) {
	t.Parallel()
	t.Run("ERR-17 internals stay inside", func(t *testing.T) {
		s, log := newTestServer(t, nil)
		router := echo.New()
		router.HTTPErrorHandler = plainError
		router.Use(observed(newMetrics(s.store), nil, s.logger), withoutPanics(s.logger))
		router.GET("/panic", func(echo.Context) error { panic("secret detail") })
		router.GET("/abort", func(echo.Context) error { panic(http.ErrAbortHandler) })
		recorder := httptest.NewRecorder()
		router.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), "GET", "/panic", http.NoBody))
		id := recorder.Header().Get("X-Request-Id")
		if body := recorder.Body.String(); recorder.Code != 500 || strings.Contains(body, "secret") || !strings.Contains(body, id) {
			t.Errorf("%d %s", recorder.Code, body)
		}
		if text := log.String(); strings.Contains(text, "secret detail") || !strings.Contains(text, "cause=string") || !strings.Contains(text, "goroutine") || !strings.Contains(text, "status=500") {
			t.Errorf("the log does not tell what happened: %s", text)
		}
		defer func() {
			if recover() == nil {
				t.Error("the request to cut the connection is swallowed")
			}
			if !strings.Contains(log.String(), "cut=true") {
				t.Error("the log does not tell that the connection was cut")
			}
		}()
		router.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/abort", http.NoBody))
	})
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	s, _ := newTestServer(t, nil)
	s.ask(t, "GET", "/scim/v2/Users", testToken, "")
	s.ask(t, "GET", "/scim/v2/Users", "wrong-token-of-a-test", "")
	for _, path := range []string{"/a", "/b", "/c/d"} {
		s.ask(t, "GET", path, "", "")
		s.ask(t, "X"+strings.ToUpper(path[1:2]), path, "", "")
	}
	body := s.ask(t, "GET", "/metrics", "", "").Body.String()
	for _, want := range []string{
		`rollcall_http_requests_total{method="GET",route="/scim/v2/Users",status="200"} 1`,
		`rollcall_http_requests_total{method="GET",route="/scim/v2/Users",status="401"} 1`,
		`rollcall_http_requests_total{method="GET",route="none",status="404"} 3`,
		`rollcall_http_requests_total{method="other",route="none",status="404"} 3`,
		`rollcall_http_request_seconds_count{method="GET",route="/scim/v2/Users"} 2`,
		`rollcall_authentication_failures_total{reason="invalid_token"} 1`,
		`rollcall_store_seconds_count{operation="query"} 1`,
		`rollcall_http_requests_in_flight 1`, `rollcall_store_connections_open`, `go_goroutines`, `process_open_fds`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	t.Run("ERR-19 Retry-After", func(t *testing.T) {
		s, _ := newTestServer(t, func(c *Config) { c.RateLimit = 0.5 })
		if r := s.ask(t, "GET", "/scim/v2/Users", testToken, ""); r.Code != http.StatusOK {
			t.Errorf("first: %d", r.Code)
		}
		r := s.ask(t, "GET", "/scim/v2/Users", testToken, "")
		if r.Code != http.StatusTooManyRequests || r.Header().Get("Retry-After") != "2" {
			t.Errorf("second: %d, Retry-After %q", r.Code, r.Header().Get("Retry-After"))
		}
		if r := s.ask(t, "GET", "/readyz", "", ""); r.Code != http.StatusOK {
			t.Errorf("readyz: %d", r.Code)
		}
	})
}

func TestNotReadyWithoutDatabase(t *testing.T) {
	t.Parallel()
	s, _ := newTestServer(t, nil)
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	if r := s.ask(t, "GET", "/readyz", "", ""); r.Code != http.StatusServiceUnavailable {
		t.Errorf("readyz: %d", r.Code)
	}
	if r := s.ask(t, "GET", "/healthz", "", ""); r.Code != http.StatusOK {
		t.Errorf("healthz: %d", r.Code)
	}
}

// TestSilentClientIsCut: a client that stops in the middle of a body, and one
// that takes nothing of an answer, lose the connection; one that is slow keeps
// it.
func TestSilentClientIsCut(t *testing.T) {
	t.Parallel()
	const limit = 200 * time.Millisecond
	ended := make(chan error, 1)
	server := httptest.NewServer(progressing(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(w, r.Body)
		ended <- err
	}), limit))
	t.Cleanup(server.Close)
	dial := func() net.Conn {
		connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { connection.Close() })
		return connection
	}
	silent := dial()
	if _, err := io.WriteString(silent, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("a silent client is waited for")
	}
	slow := dial()
	go io.Copy(io.Discard, slow) //nolint:errcheck // takes the answer
	if _, err := io.WriteString(slow, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1310720\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	for range 10 {
		if _, err := slow.Write(make([]byte, 128<<10)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(limit / 4)
	}
	if err := <-ended; err != nil || time.Since(started) < 2*limit {
		t.Errorf("a slow client is cut: %v", err)
	}
}

func TestPatience(t *testing.T) {
	t.Parallel()
	tries, warned := 0, 0
	err := patiently(t.Context(), time.Minute, func(context.Context) error {
		if tries++; tries < 3 {
			return store.ErrUnavailable
		}
		return nil
	}, func(error) { warned++ })
	if err != nil || tries != 3 || warned != 2 {
		t.Errorf("%v after %d tries", err, tries)
	}
	broken := errors.New("broken")
	if err := patiently(t.Context(), time.Minute, func(context.Context) error { return broken }, func(error) {}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if err := patiently(t.Context(), 0, func(context.Context) error { return store.ErrUnavailable }, func(error) {}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}
