package events

import (
	"net/http"
	"sync"
	"time"

	"rollcall/store"
)

// outage reports whether a status, or the lack of one, says something about the
// receiver rather than about the event. A receiver may also fail at one event
// alone; that is why several subjects have to fail before it counts as out of
// reach.
func outage(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return false
	}
	return true
}

// tooMany is how many subjects fail in a row before a receiver counts as out of
// reach.
const tooMany = 5

// gauge judges from the calls of a round how well a receiver can be reached.
type gauge struct {
	mutex   sync.Mutex
	before  store.Health
	failing map[store.Key]bool
	// first is when the first call failed since the last success, last is why the
	// last one did.
	first     time.Time
	last      string
	succeeded time.Time
	// until is when the receiver itself wants to be called again.
	until time.Time
	gone  bool
	// tried says that a call ended, well or not.
	tried bool
}

func newGauge(receiver *store.Receiver, failing map[store.Key]bool) *gauge {
	return &gauge{before: receiver.Health, failing: failing, first: receiver.Failing, succeeded: receiver.Succeeded}
}

func (g *gauge) success(at time.Time) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.tried = true
	clear(g.failing)
	g.first, g.succeeded, g.before.Failures = time.Time{}, at, 0
}

func (g *gauge) failure(subject store.Key, at time.Time, verdict verdict) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.tried, g.last = true, verdict.reason
	if g.first.IsZero() {
		g.first = at
	}
	if outage(verdict.status) {
		g.failing[subject] = true
	} else {
		// It is there, and has something against the event.
		clear(g.failing)
		g.before.Failures = 0
	}
	if verdict.again.After(g.until) {
		g.until = verdict.again
	}
	g.gone = g.gone || verdict.status == http.StatusGone
}

// closed reports whether no further call makes sense in this round.
func (g *gauge) closed() bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.gone || !g.until.IsZero() || g.tripped()
}

// tripped reports whether the receiver turned out to be out of reach. One that
// was before gets its probes.
func (g *gauge) tripped() bool { return g.before.Failures == 0 && len(g.failing) >= tooMany }

func (g *gauge) health(s *Service) store.Health {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	health := store.Health{Failures: g.before.Failures, Failing: g.first, Succeeded: g.succeeded}
	if !g.tried {
		return g.before
	}
	if g.tripped() || g.before.Failures > 0 {
		health.Failures++
		health.Due = s.now().Add(jitter(s.backoff(health.Failures, 0)))
	}
	if g.until.After(health.Due) {
		health.Due = g.until
	}
	return health
}

// tookSince reports whether the receiver took any event after a time.
func (g *gauge) tookSince(t time.Time) bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.succeeded.After(t)
}

// dead says why a receiver is to be given up; empty for not.
func (g *gauge) dead(s *Service, health store.Health) string {
	switch {
	case g.gone:
		return "the receiver says that it is gone (HTTP status 410)"
	case !health.Failing.IsZero() && s.now().Sub(health.Failing) >= s.options.DeadAfter:
		return "no event was taken since " + health.Failing.Format(time.RFC3339) + "; last: " + g.last
	}
	return ""
}
