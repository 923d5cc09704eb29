package events

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"rollcall/internal/basis"
	"rollcall/internal/validation"
	"rollcall/store"
)

// ReceiverSpec is what an administrator says about a receiver.
type ReceiverSpec struct {
	Name string
	// Kind is that of store.Receiver and stays what it is.
	Kind   string
	URL    string
	Events []string
	// Form is FormFull, also when empty, or FormNotice.
	Form string
	// Audience is the "aud" of tokens; the URL when empty.
	Audience string
	// Bearer is the token that authenticates the server to a receiver of kind
	// set-push; nil leaves it as it is, "" is for none. It is never returned.
	Bearer *string
	// Connection is the one whose tokens may poll a receiver of kind set-poll;
	// uuid.Nil for all of the tenant.
	Connection uuid.UUID
	// Version is the one that what is said was made from, empty for whichever there
	// is.
	Version string
}

// Receiver is a stored receiver.
type Receiver struct {
	store.Receiver
	Form, Audience string
	Connection     uuid.UUID
	// Version stands for what a specification says, without secrets: another one
	// once that is otherwise.
	Version string
}

func versionOf(stored *store.Receiver) string {
	return basis.Of(append([]string{stored.Name, stored.URL, string(stored.Options)}, stored.Events...)...)
}

func viewOf(stored store.Receiver) (Receiver, error) {
	read, err := readSettings(stored.Options)
	if err != nil {
		return Receiver{}, fmt.Errorf("settings of receiver: %w", err)
	}
	return Receiver{Receiver: stored, Form: read.Form, Audience: read.Audience, Connection: read.Connection, Version: versionOf(&stored)}, nil
}

// CreateReceiver stores an active receiver, which gets what happens from now on,
// and returns the secret of a webhook, which is not to be had again. audit says
// who does it and why; the rest of it is filled in here and below. *validation.Error,
// *validation.TakenError for the name.
func (s *Service) CreateReceiver(ctx context.Context, tenant store.TenantID, spec ReceiverSpec, audit store.Audit) (Receiver, string, error) {
	if err := s.check(&spec); err != nil {
		return Receiver{}, "", err
	}
	head, err := s.store.Head(ctx)
	if err != nil {
		return Receiver{}, "", err
	}
	now := s.now()
	made := spec.receiver(store.Receiver{
		Tenant: tenant, ID: uuid.New(), Kind: spec.Kind, Created: now, State: store.ReceiverActive, Since: now, Position: head,
	})
	var secrets []store.ReceiverSecret
	text := ""
	if spec.Kind == store.KindWebhook {
		var secret store.ReceiverSecret
		secret, text = newSecret(now)
		secrets = append(secrets, secret)
	}
	if spec.Bearer != nil {
		secrets = append(secrets, bearerSecret(*spec.Bearer, now))
	}
	audit = s.audit(audit, "receiver.create", changed(store.Receiver{}, made, secrets...))
	if err := worded(s.store.CreateReceiver(ctx, made, secrets, audit)); err != nil {
		return Receiver{}, "", err
	}
	view, err := viewOf(made)
	return view, text, err
}

// worded says for all faces what the store refuses about one receiver.
func worded(err error) error {
	if errors.Is(err, store.ErrUniqueness) {
		return &validation.TakenError{Field: "name", Problem: "another receiver has this name"}
	}
	return err
}

// Receiver returns one receiver or store.ErrNotFound.
func (s *Service) Receiver(ctx context.Context, tenant store.TenantID, id uuid.UUID) (Receiver, error) {
	stored, err := s.store.Receiver(ctx, tenant, id)
	if err != nil {
		return Receiver{}, err
	}
	return viewOf(stored)
}

// Receivers lists the receivers of a tenant by name.
func (s *Service) Receivers(ctx context.Context, tenant store.TenantID) ([]Receiver, error) {
	stored, err := s.store.Receivers(ctx, tenant)
	if err != nil {
		return nil, err
	}
	views := make([]Receiver, 0, len(stored))
	for _, one := range stored {
		view, err := viewOf(one)
		if err != nil {
			return nil, err
		}
		views = append(views, view)
	}
	return views, nil
}

// mostAttempts bounds how often what met a concurrent change is tried again.
const mostAttempts = 30

// UpdateReceiver replaces what a specification says. *validation.Error,
// store.ErrNotFound, *validation.TakenError for the name, store.ErrVersion where the
// receiver is another than the specification was made from.
func (s *Service) UpdateReceiver(ctx context.Context, tenant store.TenantID, id uuid.UUID, spec ReceiverSpec, audit store.Audit) (Receiver, error) {
	for attempt := 1; ; attempt++ {
		after, err := s.updateReceiver(ctx, tenant, id, spec, audit)
		// Somebody else was faster: it is said of what is there now.
		if !errors.Is(err, store.ErrVersion) || spec.Version != "" || attempt == mostAttempts {
			return after, err
		}
	}
}

func (s *Service) updateReceiver(ctx context.Context, tenant store.TenantID, id uuid.UUID, spec ReceiverSpec, audit store.Audit) (Receiver, error) {
	before, err := s.store.Receiver(ctx, tenant, id)
	if err != nil {
		return Receiver{}, err
	}
	if spec.Version != "" && spec.Version != versionOf(&before) {
		return Receiver{}, store.ErrVersion
	}
	if spec.Kind == "" {
		spec.Kind = before.Kind
	}
	if err := s.check(&spec); err != nil {
		return Receiver{}, err
	}
	if spec.Kind != before.Kind {
		return Receiver{}, validation.Errorf("kind", "cannot be changed")
	}
	after := spec.receiver(before)
	var fresh []store.ReceiverSecret
	if spec.Bearer != nil {
		fresh = append(fresh, bearerSecret(*spec.Bearer, s.now()))
	}
	audit = s.audit(audit, "receiver.update", changed(before, after, fresh...))
	if err := worded(s.store.UpdateReceiver(ctx, before, after, fresh, audit)); err != nil {
		return Receiver{}, err
	}
	return viewOf(after)
}

// DeleteReceiver removes a receiver. store.ErrNotFound.
func (s *Service) DeleteReceiver(ctx context.Context, tenant store.TenantID, id uuid.UUID, audit store.Audit) error {
	return s.store.DeleteReceiver(ctx, tenant, id, s.audit(audit, "receiver.delete", nil))
}

// receiver is a receiver with what the specification says.
func (spec *ReceiverSpec) receiver(of store.Receiver) store.Receiver {
	of.Name, of.URL, of.Events = spec.Name, spec.URL, spec.Events
	// Marshalling texts does not fail.
	of.Options, _ = json.Marshal(settings{Form: spec.Form, Audience: spec.Audience, Connection: spec.Connection})
	return of
}

func (s *Service) audit(audit store.Audit, action string, changes []byte) store.Audit {
	audit.At, audit.Action, audit.Changes = s.now(), action, changes
	return audit
}

// changed is what an audit row says of a change. Of a URL that is its host: the
// rest may be a secret. Secrets are named by their purpose, without their values.
func changed(before, after store.Receiver, fresh ...store.ReceiverSecret) []byte {
	changes := map[string][2]any{}
	note := func(name string, from, to any, same bool) {
		if !same {
			changes[name] = [2]any{from, to}
		}
	}
	note("name", before.Name, after.Name, before.Name == after.Name)
	note("kind", before.Kind, after.Kind, before.Kind == after.Kind)
	note("url", hostOf(before.URL), hostOf(after.URL), before.URL == after.URL)
	note("events", before.Events, after.Events, slices.Equal(before.Events, after.Events))
	from, to := toldOf(before), toldOf(after)
	note("form", from.Form, to.Form, from.Form == to.Form)
	note("audience", from.Audience, to.Audience, from.Audience == to.Audience)
	note("connection", from.Connection, to.Connection, from.Connection == to.Connection)
	for _, secret := range fresh {
		note(secret.Purpose, nil, nil, false)
	}
	// Texts and lists of texts can always be marshalled.
	document, _ := json.Marshal(changes, json.Deterministic(true))
	return document
}

// toldOf are the options as people are told of them; none of a receiver that is not there.
func toldOf(receiver store.Receiver) settings {
	read, err := readSettings(receiver.Options)
	if err == nil && receiver.Kind != "" {
		read.Form = cmp.Or(read.Form, FormFull)
	}
	return read
}

func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return parsed.Host
}
