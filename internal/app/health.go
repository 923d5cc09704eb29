package app

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// pingTimeout keeps a readiness probe from piling up on a database that hangs.
const pingTimeout = 2 * time.Second

// healthz says that the process is alive, whatever its database does: to
// restart the process would not bring that back.
func (s *server) healthz(c echo.Context) error {
	return c.String(http.StatusOK, "ok\n")
}

// readyz says whether requests should come here.
func (s *server) readyz(c echo.Context) error {
	if s.draining.Load() {
		return c.String(http.StatusServiceUnavailable, "draining\n")
	}
	if s.superseded.Load() {
		return c.String(http.StatusServiceUnavailable, "another copy has redefined resource types\n")
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), pingTimeout)
	defer cancel()
	if err := s.store.Ping(ctx); err != nil {
		s.logger.Warn("not ready", "error", WithoutSecrets(err, s.config.Database))
		return c.String(http.StatusServiceUnavailable, "database does not answer\n")
	}
	return c.String(http.StatusOK, "ok\n")
}
