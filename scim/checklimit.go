package scim

import (
	"sync"
	"time"

	"rollcall/scim/fault"
	"rollcall/store"
)

// How many checks of credentials are under way at most, those that wait
// included: of one tenant, and of all. A machine that derives fifty keys a
// second is done with those of one tenant in less than a second.
const (
	checksOfTenant = 32
	checksOfAll    = 256
)

// checkAgain is when a check that was refused may come again, about the time in
// which those of a tenant that are under way are done.
const checkAgain = time.Second

// checkLimit bounds how many checks are under way, by tenant and in all.
type checkLimit struct {
	ofTenant, ofAll int

	mu    sync.Mutex
	taken map[store.TenantID]int
	all   int
}

func newCheckLimit(ofTenant, ofAll int) *checkLimit {
	return &checkLimit{ofTenant: ofTenant, ofAll: ofAll, taken: map[store.TenantID]int{}}
}

// enter takes a place, which leave gives back, or refuses with a 429 at once.
func (p *checkLimit) enter(tenant store.TenantID) (leave func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all >= p.ofAll || p.taken[tenant] >= p.ofTenant {
		refused := fault.Plain(429, "too many checks of credentials are under way; try again after the time in Retry-After")
		refused.RetryAfter = checkAgain
		return nil, refused
	}
	p.all++
	p.taken[tenant]++
	return func() { p.leave(tenant) }, nil
}

func (p *checkLimit) leave(tenant store.TenantID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if p.taken[tenant]--; p.taken[tenant] == 0 {
		delete(p.taken, tenant)
	}
}
