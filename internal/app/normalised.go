package app

import (
	"context"
	"log/slog"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"rollcall/internal/requestid"
	"rollcall/scim/rest"
)

func newNormalisations() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "rollcall_normalisations_total", Help: "Requests that were taken only by a normalisation, by the id of their connection.",
	}, []string{"connection", "normalisation"})
}

// normalised counts and logs what a request needed to be taken. Most need
// nothing. Names alone are told, never what was sent.
func normalised(ctx context.Context, c echo.Context, metrics *metrics, logger *slog.Logger) {
	applied := rest.Applied(c)
	if applied == 0 {
		return
	}
	connection, names := rest.Identity(c).Connection, applied.Names()
	for _, name := range names {
		metrics.normalisations.WithLabelValues(connection.ID.String(), name).Inc()
	}
	logger.DebugContext(ctx, "request normalised", "normalisations", names, "connection", connection.Name, "request_id", requestid.From(ctx))
}
