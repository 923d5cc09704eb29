package console

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"rollcall/internal/batch"
	"rollcall/internal/events"
	"rollcall/internal/figures"
	"rollcall/internal/openid"
	"rollcall/internal/operator"
	"rollcall/internal/web"
	"rollcall/scim"
	"rollcall/store"
)

// Store is what pages read beside the provider.
type Store interface {
	store.Connections
	store.Tokens
	store.RequestReader
	store.RequestClearer
	store.AuditReader
	store.AuditKeeper
}

// Options configures the face.
type Options struct {
	Provider  *scim.Provider
	Store     Store
	Batches   *batch.Service
	Operators *operator.Service
	Events    *events.Service
	Figures   *figures.Keeper
	// OpenID is the provider that operators may sign in at; nil for links alone.
	OpenID *openid.Provider
	// SignInLink is what an operator follows to sign in, by its secret.
	SignInLink func(secret string) string
	// Link is what the owner of an account follows where no mail is set up, by
	// tenant, kind of letter and secret.
	Link func(tenant, kind, secret string) string
	// PublicURL is the root under which browsers reach the server; empty where
	// that is what they ask for.
	PublicURL string
	// SCIMBase is the address that identity providers are given.
	SCIMBase string
	// Secure says that browsers come by https alone.
	Secure bool
	// JWTs says that connections can authenticate by JWT access tokens.
	JWTs bool
	// Draining reports whether the server is about to end: what lasts ends then.
	Draining func() bool
	// Product is how the service calls itself.
	Product string
	Logger  *slog.Logger
}

// Root is where the face is served.
const Root = "/console"

// SignInURL is the link by which an operator signs in, by its secret. base is
// the root under which browsers reach the server.
func SignInURL(base, secret string) string {
	return strings.TrimRight(base, "/") + Root + "/sign-in?" + url.Values{"link": {secret}}.Encode()
}

type face struct {
	Options
	// root is where browsers find the face: below the path of the public URL.
	root string
	// origins refuses what other sites let a browser send here.
	origins *http.CrossOriginProtection
	site    *web.Site
}

// pages add the routes of one page each.
var pages = []func(*face, *routes){
	(*face).overviewRoutes,
	(*face).userRoutes,
	(*face).savedViewRoutes,
	(*face).userEditRoutes,
	(*face).accountRoutes,
	(*face).userScheduleRoutes,
	(*face).userGroupRoutes,
	(*face).userDangerRoutes,
	(*face).actionRoutes,
	(*face).groupRoutes,
	(*face).deletedRoutes,
	(*face).batchRoutes,
	(*face).importRoutes,
	(*face).exportRoutes,
	(*face).connectionRoutes,
	(*face).tokenRoutes,
	(*face).guardRoutes,
	(*face).receiverRoutes,
	(*face).policyRoutes,
	(*face).requestRoutes,
	(*face).provisioningRoutes,
	(*face).auditRoutes,
	(*face).operatorRoutes,
	(*face).sessionRoutes,
}

// Register adds the pages, and the error pages for all paths below their root,
// to an echo instance.
func Register(e *echo.Echo, options Options) {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	f := &face{Options: options, root: Root, origins: http.NewCrossOriginProtection()}
	if u, err := url.Parse(options.PublicURL); err == nil && u.Host != "" {
		f.root = strings.TrimRight(u.EscapedPath(), "/") + Root
		// A proxy may tell another host than browsers ask for. What is no origin
		// is nothing to trust.
		_ = f.origins.AddTrustedOrigin(u.Scheme + "://" + u.Host)
	}
	f.site = &web.Site{
		Holds:   func(path string) bool { return path == Root || strings.HasPrefix(path, Root+"/") },
		Sources: sources, Referrer: "same-origin", Problem: f.problem, Logger: options.Logger,
	}
	f.site.Serve(e)
	g := e.Group(Root, f.sameOrigin)
	g.GET("/static/:file", asset)
	g.HEAD("/static/:file", asset)
	f.signInRoutes(g)
	f.openIDRoutes(g)
	r := &routes{face: f, group: g}
	for _, add := range pages {
		add(f, r)
	}
}

// sources let a page load nothing but what the console serves.
const sources = "style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'"

// sameOrigin refuses what another site sends, whoever is signed in.
func (f *face) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		f.site.Protect(c.Response().Header())
		if err := f.origins.Check(c.Request()); err != nil {
			return errCrossOrigin
		}
		return next(c)
	}
}
