package events

import (
	"context"
	"errors"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"rollcall/internal/validation"
	"rollcall/store"
)

// Ping is what came of a test event.
type Ping struct {
	Taken bool
	// Status is zero where no answer came, and Error then says why.
	Status int
	Error  string
	Took   time.Duration
}

// PingReceiver sends a test event at once, in whatever state the receiver is,
// and tells what came of it. It is no event of the outbox, and leaves nothing
// in the log. store.ErrNotFound, *validation.Error.
func (s *Service) PingReceiver(ctx context.Context, tenant store.TenantID, id uuid.UUID) (Ping, error) {
	receiver, err := s.store.Receiver(ctx, tenant, id)
	if err != nil {
		return Ping{}, err
	}
	if receiver.Kind == store.KindPoll {
		return Ping{}, validation.Errorf("kind", "is not called: it polls")
	}
	caller, err := s.callerOf(ctx, &receiver)
	if err != nil {
		return Ping{}, err
	}
	started := s.now()
	found, err := s.ping(ctx, caller, &receiver, started)
	if err != nil {
		return Ping{}, err
	}
	return Ping{Taken: found.taken, Status: found.status, Error: found.reason, Took: s.now().Sub(started)}, nil
}

func (s *Service) ping(ctx context.Context, caller caller, receiver *store.Receiver, now time.Time) (verdict, error) {
	name := uuid.NewString()
	switch caller := caller.(type) {
	case *webhook:
		body, err := json.Marshal(map[string]any{"type": "rollcall:ping", "timestamp": now, "data": map[string]any{}}, json.Deterministic(true))
		if err != nil {
			return verdict{}, err
		}
		return caller.post(ctx, name, body)
	case *push:
		token, err := caller.mint.verification(name, receiver.ID.String())
		if err != nil {
			return verdict{}, err
		}
		return caller.post(ctx, token)
	}
	return verdict{}, errors.New("receiver cannot be called")
}
