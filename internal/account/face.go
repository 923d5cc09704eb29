package account

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"rollcall/internal/requestid"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

// Options configures the face.
type Options struct {
	Provider *scim.Provider
	Tenants  store.Tenants
	// Product is how the service calls itself.
	Product string
	// Forgot notes that somebody has forgotten a password; it takes as long
	// whomever the text names. nil where no mail is set up.
	Forgot func(ctx context.Context, tenant store.TenantID, requestID, text string) error
	// Asked is told the remote address of who asks for a link; true answers 429.
	// nil answers all.
	Asked  func(remote string) (retryAfter time.Duration, tooOften bool)
	Logger *slog.Logger
}

// Root is where the face is served.
const Root = "/t/:tenant/account"

type face struct{ Options }

// Register adds the pages, and the error pages for all paths below their root,
// to an echo instance.
func Register(e *echo.Echo, options Options) {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	f := &face{options}
	other := e.HTTPErrorHandler
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		if isPage(c.Request().URL.EscapedPath()) {
			f.fail(c, err)
			return
		}
		other(err, c)
	}
	g := e.Group(Root)
	for _, kind := range []string{scim.LetterInvite, scim.LetterReset} {
		page := f.linked(kind)
		g.GET("/"+kind, page.show)
		g.HEAD("/"+kind, page.show)
		g.POST("/"+kind, page.follow)
	}
	g.GET("/forgot", f.forgot)
	g.HEAD("/forgot", f.forgot)
	g.POST("/forgot", f.forgotten)
}

// isPage reports whether a path is below the root.
func isPage(path string) bool {
	parts := strings.SplitN(path, "/", 5)
	return len(parts) > 3 && parts[1] == "t" && parts[3] == "account"
}

// tenant is whose pages are asked for.
func (f *face) tenant(c echo.Context) (store.TenantID, error) {
	found, err := f.Tenants.Tenant(c.Request().Context(), c.Param("tenant"))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return 0, echo.ErrNotFound
	}
	return found.ID, err
}

// fail answers an error with a page.
func (f *face) fail(c echo.Context, err error) {
	if c.Response().Committed {
		return
	}
	status := http.StatusInternalServerError
	var routing *echo.HTTPError
	switch told, ok := fault.As(err); {
	case errors.As(err, &routing):
		status = routing.Code
	case ok:
		status = told.Status
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, store.ErrVersion), errors.Is(err, store.ErrTooMany):
		status = http.StatusServiceUnavailable
	}
	id := requestid.From(c.Request().Context())
	if status >= http.StatusInternalServerError {
		f.Logger.ErrorContext(c.Request().Context(), "a page could not be shown", "route", c.Path(), "request_id", id, "error", err)
	}
	if err := f.render(c, status, problem(status, id)); err != nil {
		f.Logger.DebugContext(c.Request().Context(), "an error page was not written", "error", err)
	}
}
