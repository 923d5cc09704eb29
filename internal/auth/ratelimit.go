package auth

import (
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"
)

// RateLimit is a limit a connection. It stands behind authentication, so that
// nobody but its own clients can exhaust it, and holds one entry for each
// connection that was seen, which the store bounds.
type RateLimit struct {
	limit rate.Limit
	burst int
	now   func() time.Time

	mu          sync.Mutex
	connections map[uuid.UUID]*rate.Limiter
}

// NewRateLimit allows so many requests a second, and twice as many at once.
func NewRateLimit(perSecond float64, now func() time.Time) *RateLimit {
	if now == nil {
		now = time.Now
	}
	return &RateLimit{limit: rate.Limit(perSecond), burst: max(1, int(2*perSecond)), now: now, connections: map[uuid.UUID]*rate.Limiter{}}
}

// Admit reports whether the caller may go on, and if not, when it may.
func (r *RateLimit) Admit(identity *Identity) (retryAfter time.Duration, ok bool) {
	r.mu.Lock()
	limiter, known := r.connections[identity.Connection.ID]
	if !known {
		limiter = rate.NewLimiter(r.limit, r.burst)
		r.connections[identity.Connection.ID] = limiter
	}
	r.mu.Unlock()
	now := r.now()
	reservation := limiter.ReserveN(now, 1)
	if wait := reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
		return wait, false
	}
	return 0, true
}
