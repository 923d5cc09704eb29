package events

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"rollcall/internal/validation"
	"rollcall/store"
)

// PauseReceiver stops an active receiver; its events wait. store.ErrNotFound,
// *validation.Error.
func (s *Service) PauseReceiver(ctx context.Context, tenant store.TenantID, id uuid.UUID, audit store.Audit) error {
	return s.setState(ctx, tenant, id, []string{store.ReceiverActive}, store.ReceiverPaused, s.audit(audit, "receiver.pause", nil))
}

// ResumeReceiver lets a paused or dead receiver go on where it was.
// store.ErrNotFound.
func (s *Service) ResumeReceiver(ctx context.Context, tenant store.TenantID, id uuid.UUID, audit store.Audit) error {
	from := []string{store.ReceiverPaused, store.ReceiverDead}
	err := s.setState(ctx, tenant, id, from, store.ReceiverActive, s.audit(audit, "receiver.resume", nil))
	signal(s.ready)
	return err
}

// setState is done when the state is as it should be.
func (s *Service) setState(ctx context.Context, tenant store.TenantID, id uuid.UUID, from []string, to string, audit store.Audit) error {
	err := s.store.SetReceiverState(ctx, tenant, id, from, to, audit.At, audit.Reason, audit)
	if !errors.Is(err, store.ErrVersion) {
		return err
	}
	current, err := s.store.Receiver(ctx, tenant, id)
	if err != nil || current.State == to {
		return err
	}
	return validation.Errorf("state", "is %s", current.State)
}
