package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"rollcall/internal/inspect"
	"rollcall/internal/requestid"
	"rollcall/scim/rest"
	"rollcall/scim/schema"
	"rollcall/store"
)

// newInspection remembers requests of connections that are inspected.
func newInspection(config Config, opened store.RequestLogger, types *schema.Registry, metrics *metrics, logger *slog.Logger) *inspect.Service {
	service := inspect.New(inspect.Options{Store: opened, Types: types.Types(), Most: config.InspectRequests, Logger: logger})
	metrics.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "rollcall_inspected_dropped_total", Help: "Requests of inspected connections that were not remembered, because too many came at once.",
	}, func() float64 { return float64(service.Dropped()) }))
	return service
}

// inspected hands on what was heard of a request. It is called when the request
// has been answered, whatever came of it.
func inspected(ctx context.Context, c echo.Context, service *inspect.Service, status int, took time.Duration) {
	heard := rest.Overheard(c)
	if heard == nil {
		return
	}
	identity := rest.Identity(c)
	service.Remember(inspect.Seen{
		LoggedRequest: store.LoggedRequest{
			Tenant: identity.Tenant.ID, Connection: identity.Connection.ID, At: time.Now().Add(-took).UTC().Truncate(time.Microsecond), RequestID: requestid.From(ctx),
			Method: knownMethod(c.Request().Method), Path: heard.Path, Query: c.Request().URL.RawQuery, Status: status, Took: took.Truncate(time.Microsecond),
			Normalisations: rest.Applied(c).Names(),
		},
		SentBody:     inspect.Body{Data: heard.Sent.Data, Over: heard.Sent.Over, Unread: heard.Sent.Unread},
		AnsweredBody: inspect.Body{Data: heard.Answered.Data, Over: heard.Answered.Over},
	})
}
