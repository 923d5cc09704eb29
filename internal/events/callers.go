package events

import (
	"context"
	"fmt"

	"rollcall/store"
)

// callerOf makes the caller of a receiver, with the secrets that hold now.
func (s *Service) callerOf(ctx context.Context, receiver *store.Receiver) (caller, error) {
	secrets, err := s.store.ReceiverSecrets(ctx, receiver.Tenant, receiver.ID)
	if err != nil {
		return nil, err
	}
	if receiver.Kind == store.KindWebhook {
		settings, err := readSettings(receiver.Options)
		if err != nil {
			return nil, fmt.Errorf("settings of receiver: %w", err)
		}
		return &webhook{
			client: s.options.Client, url: receiver.URL, form: settings.Form, now: s.now,
			secrets: valid(secrets, purposeSignature, s.now()),
		}, nil
	}
	mint, err := s.mintOf(ctx, receiver)
	if err != nil {
		return nil, err
	}
	push := &push{client: s.options.Client, url: receiver.URL, now: s.now, mint: mint}
	if bearer := valid(secrets, purposeBearer, s.now()); len(bearer) > 0 && len(bearer[len(bearer)-1]) > 0 {
		push.authorization = "Bearer " + string(bearer[len(bearer)-1])
	}
	return push, nil
}

// mintOf makes the mint of a receiver that gets tokens.
func (s *Service) mintOf(ctx context.Context, receiver *store.Receiver) (*mint, error) {
	settings, err := readSettings(receiver.Options)
	if err != nil {
		return nil, fmt.Errorf("settings of receiver: %w", err)
	}
	signer, err := s.keys.signer(ctx)
	if err != nil {
		return nil, err
	}
	return &mint{signer: signer, issuer: s.options.Issuer, audience: audience(receiver, settings), form: settings.Form, now: s.now}, nil
}

// audience is who tokens are for.
func audience(receiver *store.Receiver, settings settings) string {
	switch {
	case settings.Audience != "":
		return settings.Audience
	case receiver.URL != "":
		return receiver.URL
	}
	return "urn:uuid:" + receiver.ID.String()
}
