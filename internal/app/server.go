package app

import (
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"rollcall/internal/account"
	"rollcall/internal/api"
	"rollcall/internal/auth"
	"rollcall/internal/console"
	"rollcall/internal/events"
	"rollcall/internal/figures"
	"rollcall/internal/jobs"
	"rollcall/internal/letter"
	"rollcall/internal/operator"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/rest"
	"rollcall/scim/schema"
	"rollcall/store"
)

// maxHeader is the largest request header in bytes: a filter of 8 KiB, each
// byte percent-encoded, and an access token have room in it.
const maxHeader = 64 << 10

// server is the HTTP side of the program.
type server struct {
	config   Config
	logger   *slog.Logger
	store    store.Maintainer
	http     *http.Server
	draining atomic.Bool
	// services run beside the requests, figures are counted when some ask for them.
	services []service
	figures  *figures.Keeper
	// superseded says that another copy has redefined resource types.
	superseded atomic.Bool
}

func newServer(config Config, opened store.Store, baseURL string, types *schema.Registry, authenticator *auth.Authenticator, logger *slog.Logger) (*server, error) {
	letters, err := config.letters(opened, baseURL, logger)
	if err != nil {
		return nil, err
	}
	s := &server{config: config, logger: logger, store: opened}
	metrics := newMetrics(opened)
	inspection := newInspection(config, opened, types, metrics, logger)
	e := echo.New()
	e.HTTPErrorHandler = plainError
	e.Use(observed(metrics, inspection, logger), recovered(logger))
	e.GET("/healthz", s.healthz)
	e.GET("/readyz", s.readyz)
	e.GET("/metrics", metrics.handler())
	dispatched := newDispatch(config, opened, baseURL, logger)
	options := scim.Options{
		Store: timed(opened, metrics, dispatched.Wake), Types: types, Secrets: opened, CursorTimeout: config.CursorTimeout,
		Guard: lifecycle.GuardMode(config.Guard), MaxPage: config.MaxPage, DefaultPage: config.DefaultPage, MaxBulk: config.MaxBulk,
		Alert: alarmed(logger),
	}
	if letters != nil {
		options.Post, options.PostAlert = letters.Post, letters.PostAlert
	}
	provider := scim.New(options)
	authenticator.Report(tokenUse(provider))
	requests, runner := asyncRequests(config, opened, provider, logger)
	many, batchRunner := batches(config, opened, provider, logger)
	s.services = []service{
		runner, batchRunner, jobs.NewSweeper(opened, logger), newTimers(config, opened, provider, logger),
		newErasures(config, opened, provider, logger), newRetention(config, opened, logger), dispatched, inspection,
	}
	s.services = append(s.services, mailing(config, opened, letters, provider, logger)...)
	s.figures = figures.New(figures.Options{Provider: provider, Connections: opened, Logger: logger})
	operators := operator.New(opened, nil)
	provided, err := config.OIDC.provider(baseURL, opened, logger)
	if err != nil {
		return nil, err
	}
	if provided != nil {
		s.services = append(s.services, provided)
	}
	signIn := func(secret string) string { return console.SignInURL(baseURL, secret) }
	link := func(tenant, kind, secret string) string { return letter.Link(baseURL, tenant, kind, secret) }
	admit, failed, callers := config.admit(), config.failed(), counted{authenticator, metrics}
	rest.Register(e, rest.Options{
		Provider: provider, Async: requests, Auth: callers, PublicURL: config.PublicURL, Logger: logger,
		Limits: rest.Limits{
			MaxBody: config.MaxBody, MaxGroupBody: config.MaxGroupBody, MaxBulkBody: config.MaxBulkBody,
		},
		Inspect: inspection.Admit, MaxInspected: config.InspectBody,
		Admit: admit, Failed: failed, Issuer: config.Issuer, EventURIs: events.EventURIs(),
	})
	api.Register(e, api.Options{
		Provider: provider, Batches: many, Store: opened, Events: dispatched.Service, Auth: callers, PublicURL: config.PublicURL, Logger: logger, MaxBody: config.MaxBody,
		Admit: admit, Failed: failed,
		Operators: operators, SignInLink: signIn, Link: link,
	})
	pages := account.Options{Provider: provider, Tenants: opened, Product: product, Asked: asked(), Logger: logger}
	if letters != nil {
		pages.Forgot = letters.Forgot
	}
	account.Register(e, pages)
	console.Register(e, console.Options{
		Provider: provider, Store: opened, Batches: many, Operators: operators, Events: dispatched.Service, Figures: s.figures, Draining: s.draining.Load, OpenID: provided,
		JWTs: config.JWTConfig.options() != nil, SignInLink: signIn, Link: link, PublicURL: config.PublicURL, SCIMBase: baseURL + rest.Root,
		Secure: strings.HasPrefix(baseURL, "https://"), Product: product, Logger: logger,
	})
	s.http = &http.Server{
		Handler:           progressing(e, config.RequestTimeout),
		ReadHeaderTimeout: config.HeaderTimeout,
		IdleTimeout:       config.IdleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// mostAsked is how many links to reset a password one address may ask for a
// minute.
const mostAsked = 20

func asked() func(string) (time.Duration, bool) { return auth.NewFailureLimit(mostAsked, nil).Failed }

// admit returns nil where no rate limit is set.
func (c *Config) admit() func(*auth.Identity) (time.Duration, bool) {
	if c.RateLimit <= 0 {
		return nil
	}
	return auth.NewRateLimit(c.RateLimit, nil).Admit
}

// failed returns nil where failed authentication is not slowed.
func (c *Config) failed() func(string) (time.Duration, bool) {
	if c.AuthFailures <= 0 {
		return nil
	}
	return auth.NewFailureLimit(c.AuthFailures, nil).Failed
}
