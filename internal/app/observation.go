package app

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"rollcall/internal/api"
	"rollcall/internal/auth"
	"rollcall/internal/inspect"
	"rollcall/internal/requestid"
	"rollcall/scim/rest"
)

// statusClientGone marks a request whose client went away before an answer; no
// client ever sees it.
const statusClientGone = 499

// observed gives a request its id, and writes a log line and metrics when it
// ends. A line names the route by its pattern: paths, queries and bodies hold
// personal data.
func observed(metrics *metrics, inspection *inspect.Service, logger *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			started, request := time.Now(), c.Request()
			id := requestid.Accept(request.Header.Get(echo.HeaderXRequestID))
			ctx := requestid.With(request.Context(), id)
			c.SetRequest(request.WithContext(ctx))
			c.Response().Header().Set(echo.HeaderXRequestID, id)
			metrics.inFlight.Inc()
			complete := false
			defer func() {
				metrics.inFlight.Dec()
				record(ctx, c, metrics, inspection, logger, time.Since(started), complete)
			}()
			if err := next(c); err != nil {
				c.Error(err)
			}
			complete = true
			return nil
		}
	}
}

// record is called even where a panic cuts the connection; complete is then
// false.
func record(ctx context.Context, c echo.Context, metrics *metrics, inspection *inspect.Service, logger *slog.Logger, took time.Duration, complete bool) {
	method, route, status := knownMethod(c.Request().Method), routeOf(c), c.Response().Status
	if !c.Response().Committed {
		status = statusClientGone
	}
	metrics.request(method, route, status, took)
	normalised(ctx, c, metrics, logger)
	inspected(ctx, c, inspection, status, took)
	level := slog.LevelInfo
	if route == "/healthz" || route == "/readyz" || route == "/metrics" {
		level = slog.LevelDebug // asked every few seconds
	}
	if !logger.Enabled(ctx, level) {
		return
	}
	attributes := []slog.Attr{
		slog.String("method", method), slog.String("route", route), slog.Int("status", status),
		slog.Float64("milliseconds", float64(took.Microseconds())/1000), slog.Int64("bytes", c.Response().Size), slog.String("request_id", requestid.From(ctx)),
	}
	if identity := identityOf(c); identity != nil {
		attributes = append(attributes, slog.String("tenant", identity.Tenant.Name), slog.String("connection", identity.Connection.Name))
	}
	if !complete {
		attributes = append(attributes, slog.Bool("cut", true))
	}
	logger.LogAttrs(ctx, level, "request", attributes...)
}

// identityOf is who sent a request, to whichever face; nil where nobody knows.
func identityOf(c echo.Context) *auth.Identity {
	if identity := rest.Identity(c); identity != nil {
		return identity
	}
	return api.Identity(c)
}

// routeOf is the pattern of a route; the router leaves it empty, or sets what
// was asked for, where none matches.
func routeOf(c echo.Context) string {
	if path := c.Path(); path != "" {
		return path
	}
	return "none"
}

func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
