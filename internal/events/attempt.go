package events

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"rollcall/internal/outbound"
	"rollcall/store"
)

// verdict is what a receiver made of an event.
type verdict struct {
	taken bool
	// status is zero where no answer came.
	status int
	// reason says in a few words what went wrong. Nothing of it is the receiver's
	// own text.
	reason string
	// refused says that the receiver looked at the event and does not want it.
	refused bool
	// again is when the receiver asks to be called again.
	again time.Time
}

// caller calls one receiver. An error means that the call was broken off.
type caller interface {
	call(ctx context.Context, event store.OutboxRow) (verdict, error)
}

const (
	// refusals is how often a receiver may refuse an event before it is given up.
	refusals = 5
	// longestWait bounds what a receiver may ask for with Retry-After.
	longestWait = time.Hour
)

// attempt calls the receiver once. An error means that the call was broken off.
func (r *round) attempt(ctx context.Context, d store.Delivery) (store.Delivery, error) {
	started := r.now()
	if d.Event.Payload == nil {
		d.State, d.Last, d.Error = store.DeliveryFailed, started, errForgotten.Error()
		return d, nil
	}
	found, err := r.caller.call(ctx, d.Event)
	if err != nil {
		return d, err
	}
	now := r.now()
	if d.Attempts++; d.First.IsZero() {
		d.First = started
	}
	d.Last, d.Status, d.Error = now, found.status, found.reason
	if found.taken {
		r.gauge.success(now)
		d.State, d.Due = store.DeliveryDelivered, time.Time{}
		return d, nil
	}
	r.gauge.failure(d.Event.Subject, now, found)
	d.Due = now.Add(jitter(r.backoff(d.Attempts, 0)))
	if found.again.After(d.Due) {
		d.Due = found.again
	}
	// An event is given up where it, not the receiver, is what does not work.
	if found.refused && d.Attempts >= refusals || now.Sub(d.First) >= r.options.GiveUpAfter && r.gauge.tookSince(d.First) {
		d.State, d.Due = store.DeliveryFailed, time.Time{}
	}
	return d, nil
}

// judge turns the outcome of a call into a verdict.
func judge(answer outbound.Answer, err error, now time.Time) (verdict, error) {
	if err != nil {
		if outbound.Canceled(err) {
			return verdict{}, err
		}
		return verdict{reason: err.Error()}, nil
	}
	if answer.Status/100 == 2 {
		return verdict{taken: true, status: answer.Status}, nil
	}
	found := verdict{status: answer.Status, reason: "HTTP status " + strconv.Itoa(answer.Status)}
	if answer.Status == http.StatusTooManyRequests || answer.Status == http.StatusServiceUnavailable {
		if wait := retryAfter(answer.Header.Get("Retry-After"), now); wait > 0 {
			found.again = now.Add(min(wait, longestWait))
		}
	}
	return found, nil
}

// retryAfter reads seconds or a date (RFC 9110 section 10.2.3); zero for neither.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return at.Sub(now)
	}
	return 0
}
