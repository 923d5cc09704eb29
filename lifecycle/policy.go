package lifecycle

import "time"

// Policy is what a tenant decides about its accounts.
type Policy struct {
	// PurgeAfter is how long a deprovisioned account stays restorable.
	PurgeAfter time.Duration
}

// DefaultPolicy is the policy of a tenant that set none.
func DefaultPolicy() Policy { return Policy{PurgeAfter: 30 * 24 * time.Hour} }
