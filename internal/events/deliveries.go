package events

import (
	"context"
	"sort"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"rollcall/internal/validation"
	"rollcall/store"
)

// DeliveryFilter asks for a page of the delivery log.
type DeliveryFilter struct {
	// State is that of store.Delivery, empty for all.
	State string
	// Subject is whom events are about, zero for anybody.
	SubjectType string
	Subject     uuid.UUID
	// From and Until bound the times of the events, Until outside.
	From, Until time.Time
	// Before is where the page begins: the Next of the page before, zero for the
	// newest.
	Before int64
	// Limit is 50 when zero, 500 at the most.
	Limit int
}

// DeliveryPage is a page of the delivery log, newest event first.
type DeliveryPage struct {
	Deliveries []store.Delivery
	// Next is the Before of the next page, zero on the last one.
	Next int64
}

const (
	defaultPage = 50
	maxPage     = 500
)

// Deliveries returns a page of the log of a receiver. store.ErrNotFound,
// *validation.Error.
func (s *Service) Deliveries(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, filter DeliveryFilter) (DeliveryPage, error) {
	switch filter.State {
	case "", store.DeliveryPending, store.DeliveryDelivered, store.DeliveryFailed:
	default:
		return DeliveryPage{}, validation.Errorf("state", `must be "pending", "delivered" or "failed"`)
	}
	switch {
	case filter.Limit < 0 || filter.Limit > maxPage:
		return DeliveryPage{}, validation.Errorf("limit", "must be from 1 to 500")
	case filter.Before < 0:
		return DeliveryPage{}, validation.Errorf("before", "must not be negative")
	case filter.Limit == 0:
		filter.Limit = defaultPage
	}
	if _, err := s.store.Receiver(ctx, tenant, receiver); err != nil {
		return DeliveryPage{}, err
	}
	query, err := s.bounded(ctx, store.DeliveryQuery{
		Tenant: tenant, Receiver: receiver, State: filter.State, Before: filter.Before, Limit: filter.Limit + 1,
		SubjectType: filter.SubjectType, Subject: filter.Subject, From: filter.From, Until: filter.Until,
	})
	if err != nil {
		return DeliveryPage{}, err
	}
	list, err := s.store.Deliveries(ctx, query)
	if err != nil || len(list) <= filter.Limit {
		return DeliveryPage{Deliveries: list}, err
	}
	list = list[:filter.Limit]
	return DeliveryPage{Deliveries: list, Next: list[len(list)-1].Event.Position}, nil
}

// bounded spares the looking at what lies outside of the times.
func (s *Service) bounded(ctx context.Context, query store.DeliveryQuery) (store.DeliveryQuery, error) {
	if query.From.IsZero() && query.Until.IsZero() {
		return query, nil
	}
	head, err := s.store.Head(ctx)
	if err != nil {
		return query, err
	}
	if !query.From.IsZero() {
		if query.After, err = s.positionAt(ctx, query.Tenant, query.From.Add(-disorder), head); err != nil {
			return query, err
		}
	}
	if query.Until.IsZero() {
		return query, nil
	}
	last, err := s.positionAt(ctx, query.Tenant, query.Until.Add(disorder), head)
	// Deliveries may be kept longer than what the positions are found by.
	if last > 0 && (query.Before == 0 || last+1 < query.Before) {
		query.Before = last + 1
	}
	return query, err
}

// Resend delivers an event again. store.ErrNotFound.
func (s *Service) Resend(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, position int64, audit store.Audit) error {
	changes, err := json.Marshal(map[string][2]any{"position": {nil, position}})
	if err != nil {
		return err
	}
	audit = s.audit(audit, "receiver.resend", changes)
	err = s.store.Resend(ctx, tenant, receiver, position, audit.At, audit)
	signal(s.ready)
	s.news.publish()
	return err
}

// MostResent is how many deliveries ResendFailed takes up at once.
const MostResent = 1000

// ResendFailed delivers again what was given up at a receiver, the oldest
// MostResent of it, and returns how many that are. store.ErrNotFound.
func (s *Service) ResendFailed(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, audit store.Audit) (int, error) {
	audit = s.audit(audit, "receiver.resend-failed", nil)
	resent, err := s.store.ResendFailed(ctx, tenant, receiver, MostResent, audit.At, audit)
	signal(s.ready)
	s.news.publish()
	return resent, err
}

// ReplayFrom is where a replay begins: behind a position, or where Time is set,
// with the events of that time.
type ReplayFrom struct {
	Position int64
	Time     time.Time
}

// disorder is how far times may be out of the order of positions: a change is
// timed before it is committed.
const disorder = time.Minute

// Replay sets a receiver back, so that it gets again what comes behind, and
// returns the position. store.ErrNotFound, *validation.Error.
func (s *Service) Replay(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, from ReplayFrom, audit store.Audit) (int64, error) {
	head, err := s.store.Head(ctx)
	if err != nil {
		return 0, err
	}
	if from.Position < 0 || from.Position > head {
		return 0, validation.Errorf("position", "must be that of an event")
	}
	position := from.Position
	if !from.Time.IsZero() {
		if position, err = s.positionAt(ctx, tenant, from.Time.Add(-disorder), head); err != nil {
			return 0, err
		}
	}
	changes, err := json.Marshal(map[string][2]any{"position": {nil, position}})
	if err != nil {
		return 0, err
	}
	err = s.store.RewindReceiver(ctx, tenant, receiver, position, s.audit(audit, "receiver.replay", changes))
	signal(s.ready)
	s.news.publish()
	return position, err
}

// positionAt searches the last position before a time: there is no index by
// time, which every change would pay for.
func (s *Service) positionAt(ctx context.Context, tenant store.TenantID, at time.Time, head int64) (int64, error) {
	var failed error
	position := sort.Search(int(head), func(position int) bool {
		if failed != nil {
			return true
		}
		next, err := s.store.EventsAfter(ctx, tenant, int64(position), 1)
		failed = err
		return err != nil || len(next) == 0 || !next[0].At.Before(at)
	})
	return int64(position), failed
}
