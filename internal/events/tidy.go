package events

import (
	"context"
	"time"

	"rollcall/internal/recovered"
	"rollcall/store"
)

const (
	// tidyEvery is how often old rows are looked for.
	tidyEvery = 10 * time.Minute
	// tidyAtOnce is how many rows one statement removes.
	tidyAtOnce = 1000
)

// tidy removes what is older than it has to be.
func (s *Service) tidy(ctx context.Context) {
	for pause(ctx, nil, tidyEvery) {
		if err := recovered.Call(func() error { return s.Tidy(ctx) }); err != nil && ctx.Err() == nil {
			s.options.Logger.Warn("old events not removed", "error", err)
		}
	}
}

// Tidy removes, once, what is older than the options say.
func (s *Service) Tidy(ctx context.Context) error {
	tenants, err := s.store.Tenants(ctx)
	if err != nil {
		return err
	}
	now := s.now()
	for _, tenant := range tenants {
		for _, prune := range []func() (int, error){
			func() (int, error) {
				return s.store.PruneDeliveries(ctx, tenant.ID, store.DeliveryDelivered, now.Add(-s.options.KeepDelivered), tidyAtOnce)
			},
			func() (int, error) {
				return s.store.PruneDeliveries(ctx, tenant.ID, store.DeliveryFailed, now.Add(-s.options.KeepFailed), tidyAtOnce)
			},
			func() (int, error) {
				return s.store.PruneOutbox(ctx, tenant.ID, now.Add(-s.options.KeepEvents), now.Add(-s.options.KeepUndelivered), tidyAtOnce)
			},
		} {
			for removed := tidyAtOnce; removed >= tidyAtOnce; {
				if removed, err = prune(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
