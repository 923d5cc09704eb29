package events

import (
	"cmp"
	"context"
	"slices"
	"time"

	"rollcall/store"
)

// chain is events of one subject that are delivered one after the other.
type chain struct {
	deliveries []store.Delivery
	// stored says that it is a pending delivery of the store: left alone, it
	// stays as it is.
	stored bool
}

// plan is what a round is to do.
type plan struct {
	chains []chain
	// position is how far the receiver is after it.
	position int64
	// failing are the subjects whose last attempt found the receiver out of reach.
	failing map[store.Key]bool
}

// probes is how many events a receiver gets that was out of reach, to find out
// whether it still is.
const probes = 2

// plan plans a round: little for a receiver that was out of reach.
func (s *Service) plan(ctx context.Context, turn store.Turn, now time.Time) (plan, error) {
	if turn.Receiver.Failures > 0 {
		return s.planUpTo(ctx, turn, now, probes)
	}
	return s.planUpTo(ctx, turn, now, atOnce)
}

// planUpTo takes what is due, and then what comes next.
func (s *Service) planUpTo(ctx context.Context, turn store.Turn, now time.Time, limit int) (plan, error) {
	pending, err := s.store.Pending(ctx, turn, mostPending)
	if err != nil {
		return plan{}, err
	}
	planned := plan{position: turn.Receiver.Position, failing: map[store.Key]bool{}}
	blocked := map[store.Key]bool{}
	for _, one := range pending {
		if one.Ordered {
			blocked[one.Event.Subject] = true
		}
		if one.Attempts > 0 && one.Last.After(turn.Receiver.Succeeded) && outage(one.Status) {
			planned.failing[one.Event.Subject] = true
		}
		if !one.Due.After(now) {
			planned.chains = append(planned.chains, chain{deliveries: []store.Delivery{one}, stored: true})
		}
	}
	// Those that failed least often first: they are the least likely to be the
	// reason where a receiver is out of reach.
	slices.SortStableFunc(planned.chains, func(a, b chain) int {
		return cmp.Compare(a.deliveries[0].Attempts, b.deliveries[0].Attempts)
	})
	stored := limit
	if turn.Receiver.Failures > 0 {
		// One probe is for what comes next: what is pending may be what fails.
		stored--
	}
	planned.chains = planned.chains[:min(len(planned.chains), stored)]
	if room := limit - len(planned.chains); room > 0 && len(pending) < mostPending {
		err = s.planFresh(ctx, turn, &planned, blocked, room)
	}
	return planned, err
}

// scans is how many times a round looks further when a receiver asks for
// nothing of what it sees.
const scans = 16

// planFresh adds at most room events that come next. Those of blocked subjects
// are passed over: they come when their turn is.
func (s *Service) planFresh(ctx context.Context, turn store.Turn, planned *plan, blocked map[store.Key]bool, room int) error {
	chains := map[store.Key]int{}
	for range scans {
		events, through, err := s.store.Fresh(ctx, turn, planned.position, atOnce)
		if err != nil {
			return err
		}
		for _, event := range events {
			if blocked[event.Subject] {
				continue
			}
			if room == 0 {
				through = event.Position - 1
				break
			}
			room--
			at, ok := chains[event.Subject]
			if !ok {
				at = len(planned.chains)
				chains[event.Subject] = at
				planned.chains = append(planned.chains, chain{})
			}
			planned.chains[at].deliveries = append(planned.chains[at].deliveries, s.freshDelivery(turn, event))
		}
		end := through == planned.position
		planned.position = max(planned.position, through)
		if len(chains) > 0 || end {
			return nil
		}
	}
	return nil
}

// freshDelivery is pending and due, in case that nobody comes to it.
func (s *Service) freshDelivery(turn store.Turn, event store.OutboxRow) store.Delivery {
	return store.Delivery{Receiver: turn.Receiver.ID, Event: event, State: store.DeliveryPending, Ordered: true, Due: s.now()}
}
