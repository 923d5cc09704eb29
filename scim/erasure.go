package scim

import (
	"context"
	"fmt"
	"time"

	"rollcall/store"
)

const (
	// erasureStep is how many rows one transaction of an erasure looks at.
	erasureStep = 500
	// erasuresAtOnce is how many purged resources are looked up at once.
	erasuresAtOnce = 200
	// promptErasure is how long who purges waits for the erasure, and how long
	// EraseDue leaves it to them.
	promptErasure = 5 * time.Second
)

// purged erases what is personal of a resource whose purge was just committed.
// The purge stands whatever comes of it: what fails or takes too long is done by
// EraseDue, which tells what is in the way.
func (p *Provider) purged(ctx context.Context, purge *store.Purge, version int64) {
	ctx, cancel := context.WithTimeout(ctx, promptErasure)
	defer cancel()
	_ = p.erase(ctx, store.Tombstone{Key: purge.Key, Version: version, At: purge.Trail.Audit.At})
}

// EraseDue erases what is personal of purged resources where who purged them did
// not get to it. It calls hold before each page and ends with its error. What
// cannot be erased is reported to failed and does not hold up the others.
func (p *Provider) EraseDue(ctx context.Context, hold func() error, failed func(key store.Key, err error)) error {
	left := p.now().Add(-promptErasure)
	var last store.Tombstone
	for {
		if err := hold(); err != nil {
			return err
		}
		page, err := p.store.Unerased(ctx, last, erasuresAtOnce)
		if err != nil {
			return fmt.Errorf("look for what is to be erased: %w", err)
		}
		for _, tombstone := range page {
			if tombstone.At.After(left) {
				return nil
			}
			err := p.erase(ctx, tombstone)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				failed(tombstone.Key, err)
			}
			last = tombstone
		}
		if len(page) < erasuresAtOnce {
			return nil
		}
	}
}

// erase takes away what is personal of a purged resource, and then the mark that
// it is still to be done. A second time it changes nothing.
func (p *Provider) erase(ctx context.Context, tombstone store.Tombstone) error {
	if err := p.eraseTrail(ctx, tombstone); err != nil {
		return fmt.Errorf("erase what is personal in the audit trail: %w", err)
	}
	if err := p.eraseEvents(ctx, tombstone.Key); err != nil {
		return fmt.Errorf("erase what is personal in events: %w", err)
	}
	if err := p.eraseRequests(ctx, tombstone.Key); err != nil {
		return fmt.Errorf("erase logged requests: %w", err)
	}
	return p.store.SetErased(ctx, tombstone)
}

// eraseTrail leaves the row of the purge as it is.
func (p *Provider) eraseTrail(ctx context.Context, tombstone store.Tombstone) error {
	erasure := store.AuditErasure{Subject: tombstone.Key, Below: tombstone.Version, Limit: erasureStep}
	for {
		step, err := p.store.EraseAudit(ctx, erasure)
		if err != nil || !step.More {
			return err
		}
		erasure.After = step.Next
	}
}

// eraseEvents leaves of the events what receivers may still be sent.
func (p *Provider) eraseEvents(ctx context.Context, key store.Key) error {
	erasure := store.EventErasure{Subject: key, Left: erasedEvent, Limit: erasureStep}
	for {
		step, err := p.store.EraseEvents(ctx, erasure)
		if err != nil || !step.More {
			return err
		}
		erasure.After = step.Next
	}
}

// eraseRequests takes away the logged requests that name the resource: what they
// show of it cannot be told from what they show of others.
func (p *Provider) eraseRequests(ctx context.Context, key store.Key) error {
	for {
		n, err := p.store.EraseRequests(ctx, key, erasureStep)
		if err != nil || n < erasureStep {
			return err
		}
	}
}
