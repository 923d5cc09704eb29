package rest

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/scim"
	"rollcall/scim/async"
	"rollcall/scim/schema"
)

// Authenticator finds out who sends a request from its Authorization header.
type Authenticator interface {
	Authenticate(ctx context.Context, authorization string) (*auth.Identity, error)
}

// Limits bounds what a request may ask for. Zero values take the defaults.
type Limits struct {
	// MaxBody bounds a request body in bytes (1 MiB), MaxGroupBody one for a
	// type with members (32 MiB), MaxBulkBody one of a bulk request (8 MiB).
	MaxBody, MaxGroupBody, MaxBulkBody int64
}

func (l Limits) withDefaults() Limits {
	if l.MaxBody == 0 {
		l.MaxBody = 1 << 20
	}
	if l.MaxGroupBody == 0 {
		l.MaxGroupBody = 32 << 20
	}
	if l.MaxBulkBody == 0 {
		l.MaxBulkBody = 8 << 20
	}
	return l
}

// Options configures the face.
type Options struct {
	Provider *scim.Provider
	Auth     Authenticator
	// PublicURL is the root under which clients reach the server; empty takes
	// it from each request's Host.
	PublicURL string
	Limits    Limits
	Logger    *slog.Logger
	// Admit is asked after authentication; false answers 429 with a
	// Retry-After. nil admits all.
	Admit func(*auth.Identity) (retryAfter time.Duration, ok bool)
	// Failed is told the remote address of each request whose token was
	// refused; true answers 429 with a Retry-After in place of 401. nil answers
	// all with 401.
	Failed func(remote string) (retryAfter time.Duration, tooOften bool)
	// Inspect is asked for each request of a connection that is inspected; true has
	// it listened to, and Overheard tells what was heard, up to MaxInspected bytes
	// of each body. nil listens to none.
	Inspect      func() bool
	MaxInspected int
	// Async carries requests out later that ask for it; nil has all carried out
	// at once.
	Async *async.Service
	// Issuer is the issuer of accepted JWT access tokens. It is published as
	// the authorization server of the SCIM endpoints (RFC 9728); empty where
	// there is none to publish.
	Issuer string
	// EventURIs are the events that can be delivered (RFC 9967 section 4).
	EventURIs []string
}

// The roots of the SCIM URIs. The tenant is the token's; the second form names
// it too and refuses another tenant's token.
const (
	Root       = "/scim/" + version
	TenantRoot = "/t/:tenant" + Root
)

type face struct {
	Options
	rules       *ruleBook
	discoveries map[variant]*discovery
	description []byte
}

// Register adds the routes under both roots, and the error answers for all of
// their paths, to an echo instance.
func Register(e *echo.Echo, options Options) {
	options.Limits = options.Limits.withDefaults()
	options.PublicURL = strings.TrimRight(options.PublicURL, "/")
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	f := &face{Options: options, rules: newRuleBook(options.Logger), discoveries: newDiscoveries(options), description: described(options.PublicURL)}
	e.Pre(versioned, trimTrailingSlash)
	other := e.HTTPErrorHandler
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		if isSCIM(c.Request().URL.EscapedPath()) {
			f.fail(c, err)
			return
		}
		other(err, c)
	}
	f.metadataRoutes(e)
	for _, root := range []string{Root, TenantRoot} {
		f.routes(e.Group(root))
	}
}

func (f *face) routes(g *echo.Group) {
	open := []echo.MiddlewareFunc{f.negotiated}
	read := append(open[:len(open):len(open)], f.authenticated(auth.ScopeSCIMRead))
	write := append(open[:len(open):len(open)], f.authenticated(auth.ScopeSCIMWrite))
	shown := append(open[:len(open):len(open)], f.recognised)
	get := func(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) {
		g.GET(path, h, m...)
		g.HEAD(path, h, m...)
	}
	get("/ServiceProviderConfig", f.serviceProviderConfig, shown...)
	get("/ResourceTypes", f.resourceTypes, shown...)
	get("/ResourceTypes/:name", f.resourceType, shown...)
	get("/Schemas", f.schemas, shown...)
	get("/Schemas/:urn", f.schema, shown...)
	get("/openapi.yaml", f.openAPI)

	get("", f.query(f.Provider.Types().Types()), read...)
	g.POST("/.search", f.search(f.Provider.Types().Types()), read...)
	get("/.search", onlyPost)
	g.POST("/Bulk", f.async(nil, f.bulk), write...)
	get(asyncRoute+"/:id", f.asyncStatus, write...)
	f.meRoutes(g, read, write)
	for _, t := range f.Provider.Types().Types() {
		get(t.Endpoint, f.query([]*schema.ResourceType{t}), read...)
		g.POST(t.Endpoint, f.async(t, f.create(t)), write...)
		g.POST(t.Endpoint+"/.search", f.search([]*schema.ResourceType{t}), read...)
		get(t.Endpoint+"/.search", onlyPost)
		get(t.Endpoint+"/:id", f.get(t), read...)
		g.PUT(t.Endpoint+"/:id", f.async(t, f.replace(t)), write...)
		g.PATCH(t.Endpoint+"/:id", f.async(t, f.patch(t)), write...)
		g.DELETE(t.Endpoint+"/:id", f.async(t, f.delete(t)), write...)
	}
}

// onlyPost keeps "/.search" from being taken for the id of a resource.
func onlyPost(c echo.Context) error {
	c.Response().Header().Set("Allow", http.MethodPost)
	return echo.ErrMethodNotAllowed
}

// isSCIM reports whether a path, as it was escaped, is below one of the roots.
func isSCIM(path string) bool {
	if rest, ok := strings.CutPrefix(path, "/t/"); ok {
		_, rest, _ = strings.Cut(rest, "/")
		path = "/" + rest
	}
	return path == Root || strings.HasPrefix(path, Root+"/") || path == "/scim" || strings.HasPrefix(path, "/scim/")
}

// trimTrailingSlash makes "/Users/" the same resource as "/Users".
func trimTrailingSlash(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		if isSCIM(u.EscapedPath()) && strings.HasSuffix(u.Path, "/") && !strings.HasSuffix(u.Path, "//") {
			u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/"), strings.TrimSuffix(u.RawPath, "/")
		}
		return next(c)
	}
}

func (f *face) get(t *schema.ResourceType) echo.HandlerFunc {
	return func(c echo.Context) error {
		params, err := parameters(c.Request())
		if err != nil {
			return err
		}
		resource, err := f.Provider.Get(c.Request().Context(), f.caller(c), t, addressed(c), params.view)
		if err != nil {
			return err
		}
		tag := resource.ETag()
		if header := c.Request().Header.Get("If-None-Match"); header != "" && scim.MatchesNone(header, tag) {
			c.Response().Header().Set("ETag", tag)
			return c.NoContent(http.StatusNotModified)
		}
		return f.answer(c, http.StatusOK, resource)
	}
}

func (f *face) create(t *schema.ResourceType) echo.HandlerFunc {
	return func(c echo.Context) error {
		params, body, err := f.writing(c, t)
		if err != nil {
			return err
		}
		resource, err := f.Provider.Create(c.Request().Context(), f.caller(c), t, body, params.view)
		if err != nil {
			return err
		}
		c.Response().Header().Set("Location", resource.Location())
		return f.answer(c, http.StatusCreated, resource)
	}
}

func (f *face) replace(t *schema.ResourceType) echo.HandlerFunc {
	return func(c echo.Context) error {
		params, body, err := f.writing(c, t)
		if err != nil {
			return err
		}
		resource, err := f.Provider.Replace(c.Request().Context(), f.caller(c), t, addressed(c), precondition(c), body, params.view)
		if err != nil {
			return err
		}
		return f.answer(c, http.StatusOK, resource)
	}
}

// patch answers 200 with the resource; for a type with members 204, unless the
// request says what it wants to see: nobody asks for 100,000 members by adding
// one.
func (f *face) patch(t *schema.ResourceType) echo.HandlerFunc {
	return func(c echo.Context) error {
		params, body, err := f.writing(c, t)
		if err != nil {
			return err
		}
		resource, err := f.Provider.Patch(c.Request().Context(), f.caller(c), t, addressed(c), precondition(c), body, params.view)
		if err != nil {
			return err
		}
		if resource.Large() && params.view.IsDefault() {
			c.Response().Header().Set("ETag", resource.ETag())
			return c.NoContent(http.StatusNoContent)
		}
		return f.answer(c, http.StatusOK, resource)
	}
}

func (f *face) delete(t *schema.ResourceType) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := f.Provider.Delete(c.Request().Context(), f.caller(c), t, parameter(c, "id"), precondition(c)); err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	}
}

func precondition(c echo.Context) scim.Precondition {
	return scim.ParsePrecondition(strings.Join(c.Request().Header.Values("If-Match"), ","))
}

// writing reads what every request with a resource body shares.
func (f *face) writing(c echo.Context, t *schema.ResourceType) (params, *limitedBody, error) {
	p, err := parameters(c.Request())
	if err != nil {
		return p, nil, err
	}
	limit := f.Limits.MaxBody
	if t.Members != nil {
		limit = f.Limits.MaxGroupBody
	}
	body, err := limited(c.Request(), limit)
	return p, body, err
}
