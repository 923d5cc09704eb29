package events

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/validation"
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

// ErrOthers says that a receiver is polled by another connection.
var ErrOthers = errors.New("the receiver is polled by another connection")

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
// answer has no order. by is the connection that polls. ErrNotFound, ErrInactive,
// ErrOthers, *validation.Error.
func (s *Service) Poll(ctx context.Context, tenant store.TenantID, receiver, by uuid.UUID, request PollRequest) (PollResponse, error) {
	// Before a lease is taken, which would keep whose it is waiting.
	switch found, err := s.Receiver(ctx, tenant, receiver); {
	case err != nil:
		return PollResponse{}, err
	case found.Connection != uuid.Nil && found.Connection != by:
		return PollResponse{}, ErrOthers
	}
	limit := maxPollEvents
	if request.MaxEvents != nil {
		if *request.MaxEvents < 0 {
			return PollResponse{}, validation.Errorf("maxEvents", "must not be negative")
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
