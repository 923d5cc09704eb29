package app

import (
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"rollcall/internal/account"
	"rollcall/internal/api"
	"rollcall/internal/auth"
	"rollcall/internal/batch"
	"rollcall/internal/console"
	"rollcall/internal/events"
	"rollcall/internal/figures"
	"rollcall/internal/inspect"
	"rollcall/internal/jobs"
	"rollcall/internal/letter"
	"rollcall/internal/openid"
	"rollcall/internal/operator"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/async"
	"rollcall/scim/rest"
	"rollcall/scim/schema"
	"rollcall/store"
)

// parts are what the faces of a server work with.
type parts struct {
	store    store.Store
	provider *scim.Provider
	// letters is nil where no mail is set up, openID where no provider is.
	letters    *letter.Service
	openID     *openid.Provider
	requests   *async.Service
	batches    *batch.Service
	events     *events.Service
	operators  *operator.Service
	inspection *inspect.Service
	callers    counted
	// admit and failed are nil where nothing is limited; all faces count together.
	admit  func(*auth.Identity) (time.Duration, bool)
	failed func(string) (time.Duration, bool)
	// baseURL is what links to the server begin with.
	baseURL string
}

func (p *parts) signIn(secret string) string { return console.SignInURL(p.baseURL, secret) }

func (p *parts) link(tenant, kind, secret string) string {
	return letter.Link(p.baseURL, tenant, kind, secret)
}

// assemble makes the parts, and the services that run beside the requests.
func (s *server) assemble(opened store.Store, baseURL string, types *schema.Registry, authenticator *auth.Authenticator, metrics *metrics) (*parts, error) {
	config, logger := s.config, s.logger
	letters, err := config.letters(opened, baseURL, logger)
	if err != nil {
		return nil, err
	}
	provided, err := config.OIDC.provider(baseURL, opened, logger)
	if err != nil {
		return nil, err
	}
	inspection := newInspection(config, opened, types, metrics, logger)
	dispatched := newDispatch(config, opened, baseURL, logger)
	provider := s.newProvider(timed(opened, metrics, dispatched.Wake), opened, types, letters)
	authenticator.Report(tokenUse(provider))
	requests, runner := asyncRequests(config, opened, provider, logger)
	many, batchRunner := batches(config, opened, provider, logger)
	s.figures = figures.New(figures.Options{Provider: provider, Connections: opened, Logger: logger})
	s.services = []service{
		runner, batchRunner, jobs.NewSweeper(opened, logger), newTimers(config, opened, provider, logger),
		newErasures(config, opened, provider, logger), newRetention(config, opened, logger), dispatched, inspection,
	}
	s.services = append(s.services, mailing(config, opened, letters, provider, logger)...)
	if provided != nil {
		s.services = append(s.services, provided)
	}
	return &parts{
		store: opened, provider: provider, letters: letters, openID: provided, requests: requests, batches: many,
		events: dispatched.Service, operators: operator.New(opened, nil), inspection: inspection,
		callers: counted{authenticator, metrics}, admit: config.admit(), failed: config.failed(), baseURL: baseURL,
	}, nil
}

func (s *server) newProvider(watched scim.Store, secrets store.Secrets, types *schema.Registry, letters *letter.Service) *scim.Provider {
	options := scim.Options{
		Store:         watched,
		Types:         types,
		Secrets:       secrets,
		CursorTimeout: s.config.CursorTimeout,
		Guard:         lifecycle.GuardMode(s.config.Guard),
		MaxPage:       s.config.MaxPage,
		DefaultPage:   s.config.DefaultPage,
		MaxBulk:       s.config.MaxBulk,
		Alert:         alarmed(s.logger),
	}
	if letters != nil {
		options.Post, options.PostAlert = letters.Post, letters.PostAlert
	}
	return scim.New(options)
}

func (s *server) registerSCIM(e *echo.Echo, p *parts) {
	rest.Register(e, rest.Options{
		Provider:  p.provider,
		Async:     p.requests,
		Auth:      p.callers,
		PublicURL: s.config.PublicURL,
		Logger:    s.logger,
		Limits: rest.Limits{
			MaxBody: s.config.MaxBody, MaxGroupBody: s.config.MaxGroupBody, MaxBulkBody: s.config.MaxBulkBody,
		},
		Inspect:      p.inspection.Admit,
		MaxInspected: s.config.InspectBody,
		Admit:        p.admit,
		Failed:       p.failed,
		Issuer:       s.config.Issuer,
		EventURIs:    events.EventURIs(),
	})
}

func (s *server) registerAPI(e *echo.Echo, p *parts) {
	api.Register(e, api.Options{
		Provider:   p.provider,
		Batches:    p.batches,
		Store:      p.store,
		Events:     p.events,
		Auth:       p.callers,
		PublicURL:  s.config.PublicURL,
		Logger:     s.logger,
		MaxBody:    s.config.MaxBody,
		Admit:      p.admit,
		Failed:     p.failed,
		Operators:  p.operators,
		SignInLink: p.signIn,
		Link:       p.link,
	})
}

// registerPages registers what people see: the pages behind mailed links, and
// the console.
func (s *server) registerPages(e *echo.Echo, p *parts) {
	pages := account.Options{Provider: p.provider, Tenants: p.store, Product: product, Asked: asked(), Logger: s.logger}
	if p.letters != nil {
		pages.Forgot = p.letters.Forgot
	}
	account.Register(e, pages)
	console.Register(e, console.Options{
		Provider:   p.provider,
		Store:      p.store,
		Batches:    p.batches,
		Operators:  p.operators,
		Events:     p.events,
		Figures:    s.figures,
		Draining:   s.draining.Load,
		OpenID:     p.openID,
		JWTs:       s.config.JWTConfig.options() != nil,
		SignInLink: p.signIn,
		Link:       p.link,
		PublicURL:  s.config.PublicURL,
		SCIMBase:   p.baseURL + rest.Root,
		Secure:     strings.HasPrefix(p.baseURL, "https://"),
		Product:    product,
		Logger:     s.logger,
	})
}
