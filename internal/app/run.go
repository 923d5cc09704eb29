package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"rollcall/internal/auth"
	"rollcall/scim"
	"rollcall/scim/rest"
	"rollcall/store"
)

// databaseWait is how long a start waits for a database that does not answer,
// because machines and containers come up in any order.
const databaseWait = 30 * time.Second

// Run serves until ctx is done, then drains. It returns nil after a clean end.
func Run(ctx context.Context, config Config, stdout io.Writer, logger *slog.Logger) (err error) {
	if err := config.Validate(); err != nil {
		return err
	}
	types, err := config.types()
	if err != nil {
		return err
	}
	opened, err := OpenStore(ctx, config.Database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, WithoutSecrets(opened.Close(), config.Database)) }()
	logger.Info("database opened", "database", databaseName(config.Database))
	if err := config.prepare(ctx, opened, logger); err != nil {
		return WithoutSecrets(err, config.Database)
	}
	if err := config.redefine(ctx, opened, types, logger); err != nil {
		return WithoutSecrets(err, config.Database)
	}
	authenticator, err := auth.NewAuthenticator(auth.Options{
		Store: opened, Bootstrap: config.BootstrapToken, JWT: config.JWTConfig.options(), Logger: logger,
	})
	if err != nil {
		return err
	}
	// Listening comes before the first start, which has to name the address.
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", config.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	if listener, err = config.TLSConfig.listener(listener); err != nil {
		return err
	}
	baseURL := config.baseURL(listener.Addr().String())
	if err := config.firstStart(ctx, opened, stdout, baseURL, logger); err != nil {
		return WithoutSecrets(err, config.Database)
	}
	authenticator.Start()
	defer authenticator.Close()
	config.warn(logger)
	if err := config.settle(ctx, opened, logger); err != nil {
		return WithoutSecrets(err, config.Database)
	}
	server, err := newServer(config, opened, baseURL, types, authenticator, logger)
	if err != nil {
		return err
	}
	defer server.watchDefinitions(ctx, opened, types)()
	defer startAll(ctx, server.services, server.figures)()
	if err := announce(stdout, config.JSON, listener.Addr(), baseURL); err != nil {
		return err
	}
	return server.serve(ctx, listener)
}

// prepare brings the database to the schema of this program, or checks it.
func (c *Config) prepare(ctx context.Context, opened store.Maintainer, logger *slog.Logger) error {
	step, doing := opened.Migrate, "migrate"
	if !c.Migrate {
		step, doing = opened.CheckSchema, "check schema"
	}
	err := patiently(ctx, databaseWait, step, func(err error) {
		logger.Warn("database does not answer, waiting", "error", WithoutSecrets(err, c.Database))
	})
	switch {
	case errors.Is(err, store.ErrPendingMigrations):
		return fmt.Errorf("%s: %w: run rollcall migrate, or start without --migrate=false", doing, err)
	case err != nil:
		return fmt.Errorf("%s: %w", doing, err)
	}
	limitations, err := opened.Limitations(ctx)
	for _, limitation := range limitations {
		logger.Warn("the database is limited", "limitation", limitation)
	}
	return err
}

// settle writes what each start looks after. A database that can be read and refuses to
// write, because its disk is full, is served all the same (decision 0205): what is not
// written now is by the next start.
func (c *Config) settle(ctx context.Context, opened store.Store, logger *slog.Logger) error {
	for what, write := range map[string]func() error{
		"schedule accounts": func() error { return scheduleAccounts(ctx, opened) },
		"keep keys":         func() error { return scim.KeepKeys(ctx, opened) },
	} {
		err := write()
		if errors.Is(err, store.ErrUnavailable) {
			logger.Warn("the database cannot be written: what only reads is served", "step", what, "error", WithoutSecrets(err, c.Database))
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}

// patiently repeats step while the database is unavailable.
func patiently(ctx context.Context, limit time.Duration, step func(context.Context) error, waiting func(error)) error {
	deadline := time.Now().Add(limit)
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := step(ctx)
		if !errors.Is(err, store.ErrUnavailable) || time.Now().Add(pause).After(deadline) {
			return err
		}
		waiting(err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

func (c *Config) firstStart(ctx context.Context, opened store.Store, stdout io.Writer, baseURL string, logger *slog.Logger) error {
	first := firstStart{store: opened, logger: logger, baseURL: baseURL, now: time.Now().UTC().Truncate(time.Microsecond)}
	switch {
	case c.BootstrapToken != "":
	case IsTerminal(stdout):
		first.deliver = func() (delivery, error) { return toTerminal{stdout, baseURL + rest.Root}, nil }
	default:
		first.deliver = func() (delivery, error) { return newFile(c.credentialsFile(), baseURL+rest.Root, logger) }
	}
	return first.run(ctx)
}

// warn names what is safe on one's own machine only.
func (c *Config) warn(logger *slog.Logger) {
	host, _, err := net.SplitHostPort(c.Listen)
	ip := net.ParseIP(host)
	loopback := host == "localhost" || ip != nil && ip.IsLoopback()
	public, _ := url.Parse(c.PublicURL) // Validate has parsed it
	if err == nil && !loopback && !c.TLSConfig.on() && (public == nil || public.Scheme != "https") {
		logger.Warn("listening beyond this machine without TLS: set --tls-certificate and --tls-key, or put a proxy that ends TLS in front and set --public-url=https://...")
	}
}

func announce(stdout io.Writer, asJSON bool, address net.Addr, baseURL string) error {
	if asJSON {
		return json.NewEncoder(stdout).Encode(map[string]string{"listening": address.String(), "scim_base_url": baseURL + rest.Root})
	}
	_, err := fmt.Fprintf(stdout, "Rollcall listens on %s, SCIM base URL %s\n", address, baseURL+rest.Root)
	return err
}

// serve answers until ctx is done. Then readiness goes first, so that load
// balancers turn away; requests in flight get the grace; what is left is cut.
func (s *server) serve(ctx context.Context, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.logger.Info("draining", "grace", s.config.ShutdownGrace.String())
	s.draining.Store(true)
	select {
	case err := <-failed:
		return err
	case <-time.After(s.config.ShutdownDelay):
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.ShutdownGrace)
	defer cancel()
	if err := s.http.Shutdown(grace); err != nil {
		s.logger.Warn("requests in flight were cut", "error", err)
		s.http.Close()
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	s.logger.Info("stopped")
	return nil
}
