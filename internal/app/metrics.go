package app

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"rollcall/internal/auth"
	"rollcall/store"
)

// metrics are the measurements of one server. Every label comes from a list
// that the program knows, never from a request.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
	store    *prometheus.HistogramVec
	refused  *prometheus.CounterVec
	// normalisations has a label with ids of connections: the store bounds
	// these, and a token has to be good for one.
	normalisations *prometheus.CounterVec
	outcomes       outcomes
}

// buckets reach from what an index look-up takes to the request time-out.
var buckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

func newMetrics(pool store.Maintainer) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rollcall_http_requests_total", Help: "Requests answered."}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rollcall_http_request_seconds", Help: "Time from the header of a request to the end of its answer.", Buckets: buckets,
		}, []string{"route", "method"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "rollcall_http_requests_in_flight", Help: "Requests being answered."}),
		store: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rollcall_store_seconds", Help: "Time that operations of the store take; of streams, the time to their first row.", Buckets: buckets,
		}, []string{"operation"}),
		normalisations: newNormalisations(),
		refused:        prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rollcall_authentication_failures_total", Help: "Requests that were not authenticated."}, []string{"reason"}),
	}
	open, used := poolGauges(pool)
	m.registry.MustRegister(m.requests, m.seconds, m.inFlight, m.store, m.refused, m.normalisations, open, used,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func poolGauges(pool store.Maintainer) (open, used prometheus.Collector) {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "rollcall_store_connections_open", Help: "Open database connections."}, func() float64 {
			open, _ := pool.Pool()
			return float64(open)
		}), prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "rollcall_store_connections_used", Help: "Database connections in use."}, func() float64 {
			_, used := pool.Pool()
			return float64(used)
		})
}

func (m *metrics) handler() echo.HandlerFunc {
	return echo.WrapHandler(promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
}

// outcome is what the metrics of requests are told apart by.
type outcome struct {
	route, method string
	status        int
}

// series are the metrics of one outcome, looked up by label once: two look-ups
// a request are a measurable part of a read by id.
type series struct {
	count   prometheus.Counter
	seconds prometheus.Observer
}

// outcomes holds the series of each outcome that occurred: a few hundred at
// most. Readers take a map that is never changed again, so that they neither
// wait nor, as with sync.Map, put their key on the heap.
type outcomes struct {
	mu    sync.Mutex
	known atomic.Pointer[map[outcome]series]
}

func (o *outcomes) get(key outcome) (series, bool) {
	known := o.known.Load()
	if known == nil {
		return series{}, false
	}
	found, ok := (*known)[key]
	return found, ok
}

func (o *outcomes) add(key outcome, added series) {
	o.mu.Lock()
	defer o.mu.Unlock()
	next := map[outcome]series{key: added}
	if known := o.known.Load(); known != nil {
		maps.Copy(next, *known)
	}
	o.known.Store(&next)
}

func (m *metrics) request(method, route string, status int, took time.Duration) {
	key := outcome{route, method, status}
	found, ok := m.outcomes.get(key)
	if !ok {
		found = series{m.requests.WithLabelValues(route, method, strconv.Itoa(status)), m.seconds.WithLabelValues(route, method)}
		m.outcomes.add(key, found)
	}
	found.count.Inc()
	found.seconds.Observe(took.Seconds())
}

// counted counts the requests that an authenticator refuses.
type counted struct {
	*auth.Authenticator
	metrics *metrics
}

// Authenticate implements rest.Authenticator.
func (c counted) Authenticate(ctx context.Context, authorization string) (*auth.Identity, error) {
	identity, err := c.Authenticator.Authenticate(ctx, authorization)
	if err != nil {
		c.metrics.refused.WithLabelValues(refusal(err)).Inc()
	}
	return identity, err
}

func refusal(err error) string {
	switch {
	case errors.Is(err, auth.ErrNoCredentials):
		return "no_credentials"
	case errors.Is(err, auth.ErrInvalidToken):
		return "invalid_token"
	case errors.Is(err, auth.ErrUnmapped):
		return "unmapped"
	}
	return "error"
}
