package account

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"rollcall/internal/web"
	"rollcall/scim"
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

type face struct {
	Options
	site *web.Site
}

// Register adds the pages, and the error pages for all paths below their root,
// to an echo instance.
func Register(e *echo.Echo, options Options) {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	f := &face{Options: options}
	f.site = &web.Site{Holds: isPage, Sources: sources, Referrer: "no-referrer", Problem: f.problem, Logger: options.Logger}
	f.site.Serve(e)
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

// problem answers with the page for an error.
func (f *face) problem(c echo.Context, p web.Problem) error {
	return f.render(c, p.Status, problem(p.Status, p.RequestID))
}
