package auth

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// failingAddresses is how many client addresses each of the two generations of
// FailureLimit holds.
const failingAddresses = 4096

// FailureLimit slows clients whose tokens are refused again and again, by
// address. It is asked after a token was refused: who brings a good token is
// never slowed, whoever else fails at the same address. A lock would be a
// weapon, because everybody has one address behind a proxy.
//
// Its memory is bounded: addresses move between two generations, of which the
// older one is forgotten when the younger one is full.
type FailureLimit struct {
	limit rate.Limit
	burst int
	now   func() time.Time

	mu         sync.Mutex
	young, old map[netip.Prefix]*rate.Limiter
}

// NewFailureLimit lets each address fail so many times a minute, and as many
// times at once.
func NewFailureLimit(perMinute int, now func() time.Time) *FailureLimit {
	if now == nil {
		now = time.Now
	}
	return &FailureLimit{
		limit: rate.Limit(float64(perMinute) / 60), burst: perMinute, now: now,
		young: map[netip.Prefix]*rate.Limiter{}, old: map[netip.Prefix]*rate.Limiter{},
	}
}

// Failed notes that a token from a remote address, with or without a port, was
// refused. It reports whether the address has failed too often, and then when
// it may come again.
func (f *FailureLimit) Failed(remote string) (retryAfter time.Duration, tooOften bool) {
	f.mu.Lock()
	limiter := f.of(network(remote))
	f.mu.Unlock()
	now := f.now()
	reservation := limiter.ReserveN(now, 1)
	if wait := reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
		return wait, true
	}
	return 0, false
}

// of finds the limiter of an address. The caller holds the lock.
func (f *FailureLimit) of(address netip.Prefix) *rate.Limiter {
	if limiter, ok := f.young[address]; ok {
		return limiter
	}
	limiter, ok := f.old[address]
	if !ok {
		limiter = rate.NewLimiter(f.limit, f.burst)
	}
	if len(f.young) >= failingAddresses {
		f.young, f.old = make(map[netip.Prefix]*rate.Limiter, failingAddresses), f.young
	}
	f.young[address] = limiter
	return limiter
}

// network is what one client has: an IPv4 address, or the /64 of an IPv6
// address. What is no address at all, as on a Unix socket, is one client.
func network(remote string) netip.Prefix {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}
	}
	address = address.WithZone("").Unmap()
	bits := 64
	if address.Is4() {
		bits = 32
	}
	prefix, _ := address.Prefix(bits) // fits by construction
	return prefix
}
