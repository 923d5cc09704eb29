package scim

import (
	"context"
	"time"
)

// WatchDerivations calls watch before each key that is derived of a password.
func (p *Provider) WatchDerivations(watch func()) {
	p.passwords.key = func(password, salt []byte) []byte {
		watch()
		return argonKeyOf(password, salt)
	}
}

// ChecksOfTenant is how many checks of credentials a tenant may have under way.
const ChecksOfTenant = checksOfTenant

// RefusalStep is how long a refused check takes beside its key.
const RefusalStep = refusalStep

// Sleep has sleep called in place of a wait.
func (p *Provider) Sleep(sleep func(context.Context, time.Duration) error) { p.sleep = sleep }

// CheapKeys has keys made that cost nothing and are worth as much.
func (p *Provider) CheapKeys() {
	p.passwords.key = func(password, _ []byte) []byte { return append(make([]byte, 0, argonKey), password...) }
}
