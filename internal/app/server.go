package app

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/internal/figures"
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
	s := &server{config: config, logger: logger, store: opened}
	metrics := newMetrics(opened)
	made, err := s.assemble(opened, baseURL, types, authenticator, metrics)
	if err != nil {
		return nil, err
	}
	e := echo.New()
	e.HTTPErrorHandler = plainError
	e.Use(observed(metrics, made.inspection, logger), withoutPanics(logger))
	e.GET("/healthz", s.healthz)
	e.GET("/readyz", s.readyz)
	e.GET("/metrics", metrics.handler())
	s.registerSCIM(e, made)
	s.registerAPI(e, made)
	s.registerPages(e, made)
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
