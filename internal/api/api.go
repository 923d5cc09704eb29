package api

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/internal/batch"
	"rollcall/internal/events"
	"rollcall/internal/operator"
	"rollcall/scim"
	"rollcall/store"
)

// Authenticator finds out who sends a request from its Authorization header.
type Authenticator interface {
	Authenticate(ctx context.Context, authorization string) (*auth.Identity, error)
}

// Store is what the face reads and writes beside the provider: it looks after
// tenants, connections and tokens, and reads the audit trail, in which it notes
// that it was taken away.
type Store interface {
	store.Tenants
	store.Connections
	store.Tokens
	store.AuditReader
	store.AuditKeeper
	store.RequestReader
}

// Options configures the face.
type Options struct {
	Provider *scim.Provider
	Batches  *batch.Service
	Store    Store
	// Events looks after the receivers of events.
	Events *events.Service
	// Operators looks after the people in the console.
	Operators *operator.Service
	Auth      Authenticator
	// PublicURL is the root under which clients reach the server; empty leaves
	// the URL of the description relative.
	PublicURL string
	// SignInLink is what an operator follows to sign in, by its secret.
	SignInLink func(secret string) string
	// Link is what a person of a tenant follows where no mail is set up, by kind
	// of letter and secret.
	Link func(tenant, kind, secret string) string
	// MaxBody bounds a request body in bytes; zero means 1 MiB.
	MaxBody int64
	Logger  *slog.Logger
	// Admit is asked after authentication; false answers 429 with a
	// Retry-After. nil admits all.
	Admit func(*auth.Identity) (retryAfter time.Duration, ok bool)
	// Failed is told the remote address of each request whose token was
	// refused; true answers 429 with a Retry-After in place of 401. nil answers
	// all with 401.
	Failed func(remote string) (retryAfter time.Duration, tooOften bool)
}

// Root is where the face is served.
const Root = "/api/v1"

type face struct {
	Options
	description []byte
}

// resources add the routes of one resource each.
var resources = []func(*face, *routes){
	(*face).userRoutes,
	(*face).actionRoutes,
	(*face).timerRoutes,
	(*face).deletedRoutes,
	(*face).batchRoutes,
	(*face).importRoutes,
	(*face).exportRoutes,
	(*face).policyRoutes,
	(*face).connectionRoutes,
	(*face).requestRoutes,
	(*face).guardRoutes,
	(*face).tokenRoutes,
	(*face).tenantRoutes,
	(*face).operatorRoutes,
	(*face).sessionRoutes,
	(*face).receiverRoutes,
	(*face).receiverActionRoutes,
	(*face).deliveryRoutes,
	(*face).pollRoutes,
	(*face).signingKeyRoutes,
	(*face).auditRoutes,
	(*face).credentialRoutes,
	(*face).signInRoutes,
	(*face).descriptionRoutes,
}

// Register adds the routes, and the error answers for all paths below /api, to
// an echo instance.
func Register(e *echo.Echo, options Options) {
	options.PublicURL = strings.TrimRight(options.PublicURL, "/")
	if options.MaxBody == 0 {
		options.MaxBody = 1 << 20
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	f := &face{Options: options, description: described(options.PublicURL)}
	other := e.HTTPErrorHandler
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		if path := c.Request().URL.EscapedPath(); path == "/api" || strings.HasPrefix(path, "/api/") {
			f.fail(c, err)
			return
		}
		other(err, c)
	}
	f.publishKeys(e)
	r := &routes{face: f, group: e.Group(Root)}
	for _, add := range resources {
		add(f, r)
	}
}
