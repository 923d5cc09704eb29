package events

import (
	"context"
	"sync"
	"time"

	"rollcall/internal/recovered"
	"rollcall/store"
)

const (
	// roundTime is how long a round begins calls; what is delivered is recorded
	// after it, so that a crash repeats no more than that.
	roundTime = 3 * time.Second
	// atOnce is how many events a round takes.
	atOnce = 256
	// mostPending is how many subjects of a receiver may be held up before it
	// goes no further.
	mostPending = 1000
)

// round is a bounded piece of work for one receiver, in which the calls of one
// subject follow each other.
type round struct {
	*Service
	turn     *store.Turn
	caller   caller
	gauge    *gauge
	deadline time.Time

	mutex    sync.Mutex
	outcomes []store.Delivery
	failed   error
}

// round plans, calls and records. It reports whether there may be more to do.
func (s *Service) round(ctx, calls context.Context, turn *store.Turn) (more bool, err error) {
	now := s.now()
	if err := s.store.RenewLease(ctx, *turn, now.Add(s.leaseFor)); err != nil {
		return false, err
	}
	planned, err := s.plan(ctx, *turn, now)
	if err != nil {
		return false, err
	}
	if len(planned.chains) == 0 && planned.position == turn.Receiver.Position {
		return false, nil
	}
	caller, err := s.callerOf(ctx, &turn.Receiver)
	if err != nil {
		return false, err
	}
	r := &round{Service: s, turn: turn, caller: caller, gauge: newGauge(&turn.Receiver, planned.failing), deadline: now.Add(roundTime)}
	if err := r.run(ctx, calls, planned.chains); err != nil {
		return false, err // nothing of the round is recorded: all of it is delivered again
	}
	return r.record(planned.position)
}

// run works the chains off, several at once. It fails where the program has a bug
// with one of them.
func (r *round) run(ctx, calls context.Context, chains []chain) error {
	next := make(chan chain)
	var workers sync.WaitGroup
	for range min(r.options.Parallel, len(chains)) {
		workers.Go(func() {
			for one := range next {
				if err := recovered.Call(func() error { r.follow(ctx, calls, one); return nil }); err != nil {
					r.mutex.Lock()
					r.failed = err
					r.mutex.Unlock()
				}
			}
		})
	}
	for _, one := range chains {
		next <- one
	}
	close(next)
	workers.Wait()
	return r.failed
}

// follow delivers the events of a chain until one fails. What it does not come
// to waits behind the one that it stopped at.
func (r *round) follow(ctx, calls context.Context, c chain) {
	for _, delivery := range c.deliveries {
		if ctx.Err() != nil || r.gauge.closed() || !r.now().Before(r.deadline) {
			if !c.stored {
				r.add(delivery)
			}
			return
		}
		outcome, err := r.attempt(calls, delivery)
		if err != nil { // broken off
			if !c.stored {
				r.add(delivery)
			}
			return
		}
		outcome.Resume = c.stored && outcome.Ordered && outcome.State != store.DeliveryPending
		r.add(outcome)
		if outcome.State == store.DeliveryPending {
			return
		}
	}
}

func (r *round) add(delivery store.Delivery) {
	r.mutex.Lock()
	r.outcomes = append(r.outcomes, delivery)
	r.mutex.Unlock()
}

// record writes down what was done, also when the service is closing: what is
// not written is delivered again.
func (r *round) record(position int64) (more bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), recordTime)
	defer cancel()
	health := r.gauge.health(r.Service)
	receiver := &r.turn.Receiver
	progress := store.Progress{Position: position, Deliveries: r.outcomes, Health: health}
	if err := r.store.Record(ctx, *r.turn, progress); err != nil {
		return false, err
	}
	receiver.Position, receiver.Health = position, health
	if reason := r.gauge.dead(r.Service, health); reason != "" {
		return false, r.bury(ctx, reason)
	}
	return !health.Due.After(r.now()), nil
}

// bury gives a receiver up.
func (r *round) bury(ctx context.Context, reason string) error {
	receiver, now := &r.turn.Receiver, r.now()
	r.options.Logger.Warn("receiver given up", "tenant", receiver.Tenant, "receiver", receiver.ID, "reason", reason)
	audit := store.Audit{At: now, ActorKind: store.ActorSystem, ActorID: "events", Action: "receiver.dead", Reason: reason}
	return r.store.SetReceiverState(ctx, receiver.Tenant, receiver.ID, []string{store.ReceiverActive}, store.ReceiverDead, now, reason, audit)
}
