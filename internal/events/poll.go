package events

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// PollRequest is what a receiver asks (RFC 8936 section 2.2).
type PollRequest struct {
	// MaxEvents bounds the tokens of the answer; nil for the bound of the server,
	// 0 to acknowledge only.
	MaxEvents         *int                 `json:"maxEvents"`
	ReturnImmediately bool                 `json:"returnImmediately"`
	Ack               []string             `json:"ack"`
	SetErrs           map[string]PollError `json:"setErrs"`
}

// PollError says why a receiver does not take a token.
type PollError struct {
	Err         string `json:"err"`
	Description string `json:"description"`
}

// PollResponse is the answer: tokens by their jti.
type PollResponse struct {
	Sets          map[string]string `json:"sets"`
	MoreAvailable bool              `json:"moreAvailable,omitempty"`
}

// ErrInactive says that a receiver is paused or dead.
var ErrInactive = errors.New("the receiver is not active")

const (
	maxPollEvents = 100
	// longestPoll is how long an answer is held back while there is nothing.
	longestPoll = 30 * time.Second
	// lookEvery is how often tokens that were not acknowledged are looked for.
	lookEvery = 5 * time.Second
	// pollLease outlasts one look by far.
	pollLease = 15 * time.Second
	// busyPause is the pause where another call works for the same receiver, and
	// longestBusy how long who does not want to wait tries.
	busyPause   = 50 * time.Millisecond
	longestBusy = 2 * time.Second
	// ackTime is how long a receiver has to acknowledge a token before it gets it
	// again.
	ackTime = 2 * time.Minute
)

// Poll answers a receiver that polls. A token is handed out again until it is
// acknowledged, and while it is not, no other one of its subject is: the
// answer has no order. ErrNotFound, ErrInactive, *FieldError.
func (s *Service) Poll(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, request PollRequest) (PollResponse, error) {
	limit := maxPollEvents
	if request.MaxEvents != nil {
		if *request.MaxEvents < 0 {
			return PollResponse{}, &FieldError{Field: "maxEvents", Reason: "must not be negative"}
		}
		limit = min(limit, *request.MaxEvents)
	}
	waits := !request.ReturnImmediately && limit > 0
	started := s.now()
	for {
		news := s.news.wait()
		head, err := s.store.Head(ctx)
		if err != nil {
			return PollResponse{}, err
		}
		answer, err := s.pollOnce(ctx, tenant, receiver, &request, limit)
		busy := errors.Is(err, store.ErrLease)
		if err != nil && !busy {
			return PollResponse{}, err
		}
		waited := s.now().Sub(started)
		switch {
		case len(answer.Sets) > 0, s.closing.Load():
			return answer, nil
		case waits && waited >= longestPoll, !waits && (!busy || waited >= longestBusy):
			return answer, nil
		}
		if busy {
			if !pause(ctx, nil, busyPause) {
				return answer, nil
			}
		} else if !s.quiet(ctx, news, head, started.Add(longestPoll)) {
			return answer, nil
		}
	}
}

// quiet waits until there may be something behind head. To look whether a position
// moved is cheap; to look for tokens takes a lease, which is two writes. It
// returns false when ctx ended or the outbox cannot be read.
func (s *Service) quiet(ctx context.Context, news <-chan struct{}, head int64, end time.Time) bool {
	looked := s.now()
	for pause(ctx, news, s.options.Interval) {
		now, err := s.store.Head(ctx)
		if err != nil {
			return false
		}
		if at := s.now(); now != head || s.closing.Load() || at.Sub(looked) >= lookEvery || !at.Before(end) {
			return true
		}
		news = s.news.wait()
	}
	return false
}

// pollOnce takes acknowledgements and looks for tokens. ErrLease where another
// call works for the receiver.
func (s *Service) pollOnce(ctx context.Context, tenant store.TenantID, receiver uuid.UUID, request *PollRequest, limit int) (PollResponse, error) {
	answer := PollResponse{Sets: map[string]string{}}
	now := s.now()
	turn, err := s.store.ClaimReceiver(ctx, tenant, receiver, store.Claim{Lease: uuid.New(), Now: now, Until: now.Add(pollLease)})
	if err != nil {
		return answer, err
	}
	defer s.release(turn)
	switch {
	case turn.Receiver.Kind != store.KindPoll:
		return answer, store.ErrNotFound
	case turn.Receiver.State != store.ReceiverActive:
		return answer, ErrInactive
	}
	if err := s.acknowledge(ctx, &turn, request, now); err != nil || limit == 0 {
		return answer, err
	}
	return answer, s.handOut(ctx, turn, limit, now, &answer)
}

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
