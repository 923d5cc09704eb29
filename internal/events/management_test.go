package events

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"rollcall/internal/testdb"
	"rollcall/internal/validation"
	"rollcall/store"
)

func TestValidation(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	token := "a b"
	hook := func(change func(*ReceiverSpec)) ReceiverSpec {
		spec := ReceiverSpec{Name: "n", Kind: store.KindWebhook, URL: "https://example.com/x"}
		change(&spec)
		return spec
	}
	for field, specs := range map[string][]ReceiverSpec{
		"name": {
			hook(func(s *ReceiverSpec) { s.Name = "  " }), hook(func(s *ReceiverSpec) { s.Name = "a\x00" }),
			hook(func(s *ReceiverSpec) { s.Name = strings.Repeat("x", 201) }), hook(func(s *ReceiverSpec) { s.Name = "\xff" }),
		},
		"kind":     {hook(func(s *ReceiverSpec) { s.Kind = "" }), hook(func(s *ReceiverSpec) { s.Kind = "mail" })},
		"form":     {hook(func(s *ReceiverSpec) { s.Form = "x" })},
		"audience": {hook(func(s *ReceiverSpec) { s.Audience = "\n" })},
		"url": {
			hook(func(s *ReceiverSpec) { s.URL = "" }), hook(func(s *ReceiverSpec) { s.URL = "ftp://x.example" }),
			hook(func(s *ReceiverSpec) { s.URL = "https://10.0.0.1/" }), hook(func(s *ReceiverSpec) { s.URL = "https://[::ffff:10.0.0.1]/" }),
			hook(func(s *ReceiverSpec) { s.URL = "https://u:p@x.example" }), hook(func(s *ReceiverSpec) { s.URL = "https://x/" + strings.Repeat("x", 2048) }),
			{Name: "n", Kind: store.KindPoll, URL: "https://x.example"},
		},
		"events":    {hook(func(s *ReceiverSpec) { s.Events = slices.Repeat([]string{"prov:put"}, 101) })},
		"events[1]": {hook(func(s *ReceiverSpec) { s.Events = []string{"prov:*", "prov"} }), hook(func(s *ReceiverSpec) { s.Events = []string{"prov:*", "*:x"} })},
		"bearer":    {hook(func(s *ReceiverSpec) { b := "x"; s.Bearer = &b }), {Name: "n", Kind: store.KindPush, URL: "https://x.example", Bearer: &token}},
	} {
		for _, spec := range specs {
			_, _, err := f.service.CreateReceiver(t.Context(), f.tenant, spec, someone)
			var refused *validation.Error
			if !errors.As(err, &refused) || refused.Field != field || refused.Problem == "" {
				t.Errorf("%+v: %v, want one of %s", spec, err, field)
			}
		}
	}
	if all, err := f.service.Receivers(t.Context(), f.tenant); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestManagement(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	made, secret := f.create(ReceiverSpec{
		Name: " hook ", Kind: store.KindWebhook, URL: "https://example.com/s3cret?k=s3cret", Events: []string{"prov:put", "caep:*", "prov:put"},
	})
	if made.Name != "hook" || made.Form != FormFull || made.State != store.ReceiverActive || !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("%+v", made)
	}
	if diff := cmp.Diff([]string{"caep:*", "prov:put"}, made.Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if _, _, err := f.service.CreateReceiver(t.Context(), f.tenant, ReceiverSpec{Name: "hook", Kind: store.KindPoll}, someone); !errors.Is(err, store.ErrUniqueness) {
		t.Errorf("a name twice: %v", err)
	}
	updated, err := f.service.UpdateReceiver(t.Context(), f.tenant, made.ID, ReceiverSpec{Name: "new", URL: "https://example.org/", Form: FormNotice}, someone)
	if err != nil || updated.Name != "new" || updated.Kind != store.KindWebhook || updated.Form != FormNotice || len(updated.Events) != 0 {
		t.Errorf("%+v, %v", updated, err)
	}
	if got, err := f.service.Receiver(t.Context(), f.tenant, made.ID); err != nil || cmp.Diff(updated.Options, got.Options) != "" || got.URL != updated.URL {
		t.Errorf("%+v, %v", got, err)
	}
	var field *validation.Error
	if _, err := f.service.UpdateReceiver(t.Context(), f.tenant, made.ID, ReceiverSpec{Name: "new", Kind: store.KindPoll}, someone); !errors.As(err, &field) || field.Field != "kind" {
		t.Errorf("another kind: %v", err)
	}
	// Not a word of the secret parts is in the audit.
	rows, err := f.store.AuditOf(t.Context(), store.Key{Tenant: f.tenant, Type: auditType(f.store), ID: made.ID}, 10)
	if err != nil || len(rows) != 2 || rows[1].Action != "receiver.create" || rows[0].Action != "receiver.update" || rows[0].RequestID != "r1" {
		t.Fatalf("%+v, %v", rows, err)
	}
	if got, want := string(rows[0].Changes), `"form":["full","notice"]`; !strings.Contains(got, want) {
		t.Errorf("audit of a change: %s, want %s", got, want)
	}
	for _, row := range rows {
		if text := string(row.Changes); strings.Contains(text, "s3cret") || strings.Contains(text, secret) || !strings.Contains(text, "example.com") {
			t.Errorf("audit: %s", text)
		}
	}
	if err := f.service.DeleteReceiver(t.Context(), f.tenant, made.ID, someone); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"update": second(f.service.UpdateReceiver(t.Context(), f.tenant, made.ID, ReceiverSpec{Name: "x"}, someone)),
		"delete": f.service.DeleteReceiver(t.Context(), f.tenant, made.ID, someone),
		"pause":  f.service.PauseReceiver(t.Context(), f.tenant, made.ID, someone),
		"resume": f.service.ResumeReceiver(t.Context(), f.tenant, made.ID, someone),
		"rotate": second(f.service.RotateSecret(t.Context(), f.tenant, made.ID, 0, someone)),
		"log":    second(f.service.Deliveries(t.Context(), f.tenant, made.ID, DeliveryFilter{})),
		"resend": f.service.Resend(t.Context(), f.tenant, made.ID, 1, someone),
		"replay": second(f.service.Replay(t.Context(), f.tenant, made.ID, ReplayFrom{}, someone)),
		"ping":   second(f.service.PingReceiver(t.Context(), f.tenant, made.ID)),
		"nobody": second(f.service.Receiver(t.Context(), f.tenant, uuid.New())),
	} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// breaking is a store whose process is killed after its first write to a
// receiver.
type breaking struct {
	store.Store
	written bool
}

var errKilled = errors.New("killed")

func (b *breaking) UpdateReceiver(ctx context.Context, before, receiver store.Receiver, fresh []store.ReceiverSecret, audit store.Audit) error {
	if b.written {
		return errKilled
	}
	b.written = true
	return b.Store.UpdateReceiver(ctx, before, receiver, fresh, audit)
}

func (b *breaking) RotateReceiverSecret(ctx context.Context, tenant store.TenantID, id uuid.UUID, fresh store.ReceiverSecret, expire time.Time, audit store.Audit) error {
	if b.written {
		return errKilled
	}
	b.written = true
	return b.Store.RotateReceiverSecret(ctx, tenant, id, fresh, expire, audit)
}

// TestUpdateIsWhole: a receiver never has a new address with the token of the
// old one, which whoever listens there would get.
func TestUpdateIsWhole(t *testing.T) {
	t.Parallel()
	opened := testdb.OpenSQLite(t)
	f := newFixture(t, opened, func(o *Options) { o.Store = &breaking{Store: opened} })
	old, fresh := "old", "fresh"
	made, _ := f.create(ReceiverSpec{Name: "push", Kind: store.KindPush, URL: "https://example.com/", Bearer: &old})
	if _, err := f.service.UpdateReceiver(t.Context(), f.tenant, made.ID, ReceiverSpec{Name: "push", URL: "https://example.org/", Bearer: &fresh}, someone); err != nil {
		t.Errorf("update: %v", err)
	}
	got, err := f.service.Receiver(t.Context(), f.tenant, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	secrets, err := opened.ReceiverSecrets(t.Context(), f.tenant, made.ID)
	if err != nil || len(secrets) != 1 || string(secrets[0].Value) != fresh || got.URL != "https://example.org/" {
		t.Errorf("%s with %q, %v", got.URL, secrets, err)
	}
	rows, err := opened.AuditOf(t.Context(), store.Key{Tenant: f.tenant, Type: store.ReceiverSubject, ID: made.ID}, 10)
	if err != nil || len(rows) != 2 || string(rows[0].Changes) != `{"bearer":[null,null],"url":["example.com","example.org"]}` {
		t.Errorf("%+v, %v", rows, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestLogPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	hook := listen(t, always(http.StatusOK))
	receiver := f.webhook(hook.URL)
	for n := range 7 {
		f.commit(n, 1, "prov:create")
	}
	f.service.Start()
	eventually(t, "delivery", func() bool { return f.caughtUp(receiver) && len(hook.all()) == 7 })
	var got []int64
	for filter := (DeliveryFilter{Limit: 3}); ; {
		page, err := f.service.Deliveries(t.Context(), f.tenant, receiver.ID, filter)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range page.Deliveries {
			got = append(got, one.Event.Position)
		}
		if filter.Before = page.Next; page.Next == 0 {
			break
		}
	}
	if diff := cmp.Diff([]int64{7, 6, 5, 4, 3, 2, 1}, got); diff != "" {
		t.Errorf("positions (-want +got):\n%s", diff)
	}
	for field, filter := range map[string]DeliveryFilter{"state": {State: "x"}, "limit": {Limit: 501}, "before": {Before: -1}} {
		_, err := f.service.Deliveries(t.Context(), f.tenant, receiver.ID, filter)
		var refused *validation.Error
		if !errors.As(err, &refused) || refused.Field != field {
			t.Errorf("%+v: %v", filter, err)
		}
	}
}

// TestTidy: after its time everything is gone, and nothing that is waited for.
func TestTidy(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.OpenSQLite(t))
	hook := listen(t, always(http.StatusOK))
	receiver := f.webhook(hook.URL)
	f.poller() // gets nothing, as it does not ask
	for n := range 5 {
		f.commit(n, 1, "prov:create")
	}
	f.service.Start()
	eventually(t, "delivery", func() bool { return len(f.log(receiver, store.DeliveryDelivered)) == 5 })
	f.close(f.service)
	left := func(ahead time.Duration, events, deliveries int) {
		t.Helper()
		f.clock.forward(ahead)
		if err := f.service.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		rows, err := f.store.EventsAfter(t.Context(), f.tenant, 0, 100)
		if err != nil || len(rows) != events || len(f.log(receiver, "")) != deliveries {
			t.Errorf("%d events, %d deliveries, %v", len(rows), len(f.log(receiver, "")), err)
		}
	}
	left(6*day, 5, 5)
	left(2*day, 5, 0)
	left(30*day, 5, 0) // who polls has not got them
	left(60*day, 0, 0)
}
