package events

import (
	"context"
	"time"

	"rollcall/store"
)

// acknowledge records what the receiver took and refused, once a request.
func (s *Service) acknowledge(ctx context.Context, turn *store.Turn, request *PollRequest, now time.Time) error {
	if len(request.Ack) == 0 && len(request.SetErrs) == 0 {
		return nil
	}
	taken := map[string]bool{}
	for _, id := range request.Ack {
		taken[id] = true
	}
	pending, err := s.store.Pending(ctx, *turn, mostPending)
	if err != nil {
		return err
	}
	progress := store.Progress{Position: turn.Receiver.Position, Health: store.Health{Succeeded: now}}
	for _, one := range pending {
		id := EventID(one.Event)
		refused, isRefused := request.SetErrs[id]
		if one.Attempts == 0 || !taken[id] && !isRefused {
			continue
		}
		one.State, one.Due, one.Last, one.Resume, one.Error = store.DeliveryDelivered, time.Time{}, now, one.Ordered, ""
		if isRefused && !taken[id] {
			one.State, one.Error = store.DeliveryFailed, refusalText(refused.Err)
		}
		progress.Deliveries = append(progress.Deliveries, one)
	}
	if err := s.store.Record(ctx, *turn, progress); err != nil {
		return err
	}
	request.Ack, request.SetErrs = nil, nil
	return nil
}

// refusalText names codes that are known; others are the receiver's own text.
func refusalText(code string) string {
	if known(code) {
		return "refused: " + code
	}
	return "refused"
}

// handOut fills the answer. What it hands out is recorded first, so that nobody
// else hands it out at the same time.
func (s *Service) handOut(ctx context.Context, turn store.Turn, limit int, now time.Time, answer *PollResponse) error {
	planned, err := s.planUpTo(ctx, turn, now, limit)
	if err != nil || len(planned.chains) == 0 && planned.position == turn.Receiver.Position {
		return err
	}
	mint, err := s.mintOf(ctx, &turn.Receiver)
	if err != nil {
		return err
	}
	progress := store.Progress{Position: planned.position, Health: turn.Receiver.Health}
	for _, c := range planned.chains {
		one := c.deliveries[0]
		token, err := mint.tokenOf(one)
		one.Attempts, one.Last, one.Due = one.Attempts+1, now, now.Add(ackTime)
		if one.First.IsZero() {
			one.First = now
		}
		if err != nil {
			one.State, one.Due, one.Error, one.Resume = store.DeliveryFailed, time.Time{}, "the event cannot be rendered any more", one.Ordered
		} else {
			answer.Sets[EventID(one.Event)] = token
		}
		progress.Deliveries = append(progress.Deliveries, one)
		answer.MoreAvailable = answer.MoreAvailable || len(c.deliveries) > 1
	}
	if err := s.store.Record(ctx, turn, progress); err != nil {
		answer.Sets, answer.MoreAvailable = map[string]string{}, false
		return err
	}
	_, further, err := s.store.Fresh(ctx, turn, planned.position, 1)
	answer.MoreAvailable = answer.MoreAvailable || len(planned.chains) == limit || further > planned.position
	return err
}
