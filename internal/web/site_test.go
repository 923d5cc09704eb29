package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"rollcall/internal/requestid"
	"rollcall/internal/web"
	"rollcall/scim/fault"
	"rollcall/store"
)

// asked serves the page /pages/one, which ends with an error, and returns the answer
// to a request and the log.
func asked(t *testing.T, method, path string, page *template.Template, failure error) (answer *http.Response, body, log string) {
	t.Helper()
	var logged bytes.Buffer
	site := &web.Site{
		Holds: func(path string) bool { return strings.HasPrefix(path, "/pages/") }, Sources: "img-src 'self'", Referrer: "no-referrer",
		Logger: slog.New(slog.NewTextHandler(&logged, nil)),
	}
	site.Problem = func(c echo.Context, p web.Problem) error { return site.Render(c, p.Status, page, p) }
	e := echo.New()
	e.HTTPErrorHandler = func(_ error, c echo.Context) { _ = c.NoContent(http.StatusTeapot) }
	site.Serve(e)
	e.Any("/pages/one", func(echo.Context) error { return failure })
	request := httptest.NewRequestWithContext(requestid.With(t.Context(), "r-1"), method, path, http.NoBody)
	recorder := httptest.NewRecorder()
	e.ServeHTTP(recorder, request)
	return recorder.Result(), recorder.Body.String(), logged.String()
}

var told = template.Must(template.New("").Parse(`<p>{{.Status}} {{.RequestID}}</p>`))

// TestNobodyIsThere: a client that has hung up is no error of the server.
func TestNobodyIsThere(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	site := &web.Site{Holds: func(string) bool { return true }, Logger: slog.New(slog.NewTextHandler(&logged, nil))}
	site.Problem = func(echo.Context, web.Problem) error { return errors.New("a page for nobody") }
	e := echo.New()
	site.Serve(e)
	ctx, cancel := context.WithCancel(t.Context())
	e.GET("/one", func(echo.Context) error { cancel(); return fmt.Errorf("read: %w", context.Canceled) })
	recorder := httptest.NewRecorder()
	e.ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, http.MethodGet, "/one", http.NoBody))
	if logged.Len() > 0 || recorder.Code >= 500 {
		t.Errorf("status %d, the log has %q", recorder.Code, logged.String())
	}
}

// TestErrorsBecomePages: what an error means for a page, and what the log has of it.
func TestErrorsBecomePages(t *testing.T) {
	t.Parallel()
	if answer, body, _ := asked(t, http.MethodGet, "/pages/none", told, nil); answer.StatusCode != http.StatusNotFound || body != "<p>404 r-1</p>" {
		t.Errorf("no such page: %d %s", answer.StatusCode, body)
	}
	if answer, _, _ := asked(t, http.MethodGet, "/others/none", told, nil); answer.StatusCode != http.StatusTeapot {
		t.Errorf("no page at all: %d", answer.StatusCode)
	}
	for _, test := range []struct {
		failure error
		status  int
	}{
		{echo.ErrUnsupportedMediaType, http.StatusUnsupportedMediaType},
		{&web.TooLargeError{Limit: 1}, http.StatusRequestEntityTooLarge},
		{&fault.Error{Status: http.StatusConflict}, http.StatusConflict},
		{store.ErrNotFound, http.StatusNotFound},
		{store.ErrInvalid, http.StatusNotFound},
		{store.ErrUnavailable, http.StatusServiceUnavailable},
		{store.ErrVersion, http.StatusServiceUnavailable},
		{store.ErrTooMany, http.StatusBadRequest},
		{store.ErrFull, http.StatusServiceUnavailable},
		{context.DeadlineExceeded, http.StatusServiceUnavailable},
		{errors.New("secret"), http.StatusInternalServerError},
	} {
		answer, body, log := asked(t, http.MethodGet, "/pages/one", told, fmt.Errorf("read: %w", test.failure))
		if answer.StatusCode != test.status || body != fmt.Sprintf("<p>%d r-1</p>", test.status) {
			t.Errorf("%v: %d %s", test.failure, answer.StatusCode, body)
		}
		if policy := answer.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; img-src 'self'; ") || answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v: headers %v", test.failure, answer.Header)
		}
		if logged := strings.Contains(log, "request_id=r-1"); logged != (test.status >= 500) {
			t.Errorf("%v: the log has %q", test.failure, log)
		}
	}
}

// TestPagesAreWhole or not there.
func TestPagesAreWhole(t *testing.T) {
	t.Parallel()
	if answer, body, _ := asked(t, http.MethodHead, "/pages/one", told, store.ErrNotFound); answer.StatusCode != http.StatusNotFound || body != "" || answer.Header.Get("Content-Type") != "text/html; charset=UTF-8" {
		t.Errorf("HEAD: %d %q %v", answer.StatusCode, body, answer.Header)
	}
	broken := template.Must(template.New("").Parse(`<p>{{.Status}} {{.None}}</p>`))
	if _, body, _ := asked(t, http.MethodGet, "/pages/one", broken, store.ErrNotFound); body != "" {
		t.Errorf("half a page: %q", body)
	}
}
