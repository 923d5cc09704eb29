package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"rollcall/store"
)

// receiver stores the n-th receiver, active from position 0.
func (f *fixture) receiver(n int, kind string, events ...string) store.Receiver {
	f.t.Helper()
	made := store.Receiver{
		Tenant: f.tenant, ID: id(n), Name: fmt.Sprintf("receiver-%d", n), Kind: kind, URL: "https://x.example/?a=é", Events: events,
		Options: []byte(`{"form": "full"}`), Created: at(n), State: store.ReceiverActive, Since: at(n),
	}
	if err := f.s.CreateReceiver(f.ctx, made, nil, audit(n, "receiver.create")); err != nil {
		f.t.Fatalf("CreateReceiver: %v", err)
	}
	return made
}

func (f *fixture) stored(receiver store.Receiver) store.Receiver {
	f.t.Helper()
	got, err := f.s.Receiver(f.ctx, receiver.Tenant, receiver.ID)
	if err != nil {
		f.t.Fatalf("Receiver: %v", err)
	}
	return got
}

func (f *fixture) sameReceiver(want, got store.Receiver) {
	f.t.Helper()
	sameJSON(f.t, "Options", want.Options, got.Options)
	want.Options, got.Options = nil, nil
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		f.t.Errorf("receiver (-want +got):\n%s", diff)
	}
}

// wantError checks for a sentinel.
func (f *fixture) wantError(what string, err, want error) {
	f.t.Helper()
	if !errors.Is(err, want) {
		f.t.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

func receivers(f *fixture) {
	one := f.receiver(1, store.KindWebhook)
	two := store.Receiver{
		Tenant: f.tenant, ID: id(2), Name: "a'b", Kind: store.KindPush, Events: []string{"prov:create", "caep:*"}, Options: []byte(`{}`),
		Created: at(2), State: store.ReceiverPaused, Since: at(3), Reason: "so", Position: 7,
		Health: store.Health{Failures: 3, Failing: at(4), Succeeded: at(5), Due: at(6)},
	}
	f.check(f.s.CreateReceiver(f.ctx, two, nil, audit(2, "receiver.create")))
	f.sameReceiver(one, f.stored(one))
	f.sameReceiver(two, f.stored(two))
	list, err := f.s.Receivers(f.ctx, f.tenant)
	if err != nil || len(list) != 2 || list[0].ID != two.ID || list[1].ID != one.ID {
		f.t.Errorf("Receivers = %+v, %v", list, err)
	}

	again := two
	again.ID = id(3)
	f.wantError("a name twice", f.s.CreateReceiver(f.ctx, again, nil, audit(3, "x")), store.ErrUniqueness)
	again.Tenant = f.tenant + 1000
	f.wantError("no tenant", f.s.CreateReceiver(f.ctx, again, nil, audit(3, "x")), store.ErrNotFound)
	again.Tenant, again.Name = f.tenant, "a\x00"
	f.wantError("NUL", f.s.CreateReceiver(f.ctx, again, nil, audit(3, "x")), store.ErrInvalid)

	changed := one
	changed.Name, changed.URL, changed.Events, changed.Options = "new", "https://y.example", []string{"prov:put"}, []byte(`{"x":1}`)
	changed.State, changed.Position = store.ReceiverDead, 99 // not looked at
	f.check(f.s.UpdateReceiver(f.ctx, f.stored(one), changed, nil, audit(4, "receiver.update")))
	changed.State, changed.Position = one.State, one.Position
	f.sameReceiver(changed, f.stored(one))
	for _, not := range []func(*store.Receiver){
		func(r *store.Receiver) { r.Name = "old" }, func(r *store.Receiver) { r.URL = "https://z.example" },
		func(r *store.Receiver) { r.Events = nil }, func(r *store.Receiver) { r.Options = []byte(`{"x":2}`) },
	} {
		before := changed
		not(&before)
		f.wantError("not as it was before", f.s.UpdateReceiver(f.ctx, before, changed, nil, audit(4, "x")), store.ErrVersion)
	}
	changed.Name = two.Name
	f.wantError("rename to a taken name", f.s.UpdateReceiver(f.ctx, f.stored(one), changed, nil, audit(4, "x")), store.ErrUniqueness)

	// Nothing of it is seen or touched from another tenant.
	other := f.in(f.newTenant("other"))
	_, err = other.s.Receiver(f.ctx, other.tenant, one.ID)
	f.wantError("Receiver of another tenant", err, store.ErrNotFound)
	changed.Tenant = other.tenant
	f.wantError("UpdateReceiver", other.s.UpdateReceiver(f.ctx, f.stored(one), changed, nil, audit(5, "x")), store.ErrNotFound)
	f.wantError("DeleteReceiver", other.s.DeleteReceiver(f.ctx, other.tenant, one.ID, audit(5, "x")), store.ErrNotFound)
	f.wantError("RewindReceiver", other.s.RewindReceiver(f.ctx, other.tenant, one.ID, 1, audit(5, "x")), store.ErrNotFound)

	f.check(f.s.DeleteReceiver(f.ctx, f.tenant, one.ID, audit(6, "receiver.delete")))
	_, err = f.s.Receiver(f.ctx, f.tenant, one.ID)
	f.wantError("deleted", err, store.ErrNotFound)
}

func receiverStates(f *fixture) {
	one := f.receiver(1, store.KindWebhook)
	f.commit(f.create(user, 1))
	f.number()
	event := f.eventsAfter(0, 1)[0]
	turn := f.claim(1)
	health := store.Health{Failures: 4, Failing: at(3), Succeeded: at(2), Due: at(90)}
	waiting := f.pending(one, event, 50)
	waiting.Attempts, waiting.First = 5, at(3)
	f.advance(turn, store.Progress{Position: event.Position, Deliveries: []store.Delivery{waiting}, Health: health})

	set := func(from, to string, step int) error {
		return f.s.SetReceiverState(f.ctx, f.tenant, one.ID, []string{from}, to, at(step), "because", audit(step, "receiver.state"))
	}
	f.wantError("from another state", set(store.ReceiverPaused, store.ReceiverActive, 4), store.ErrVersion)
	f.check(set(store.ReceiverActive, store.ReceiverDead, 5))
	got := f.stored(one)
	if got.State != store.ReceiverDead || !got.Since.Equal(at(5)) || got.Reason != "because" || got.Health != health {
		f.t.Errorf("dead: %+v", got)
	}
	f.check(f.s.ReleaseReceiver(f.ctx, turn))
	f.idle(100)
	f.check(set(store.ReceiverDead, store.ReceiverActive, 6))
	if got := f.stored(one); got.Health != (store.Health{}) || got.Position != event.Position {
		f.t.Errorf("revived: %+v", got)
	}
	revived := f.pendingOf(f.claim(6))
	if len(revived) != 1 || revived[0].Attempts != 0 || !revived[0].First.IsZero() || !revived[0].Due.Equal(at(6)) {
		f.t.Errorf("deliveries of the revived: %+v", revived)
	}
	err := f.s.SetReceiverState(f.ctx, f.tenant, id(77), []string{store.ReceiverActive}, store.ReceiverPaused, at(1), "", audit(1, "x"))
	f.wantError("nobody", err, store.ErrNotFound)
}

func (f *fixture) secrets(receiver uuid.UUID) []store.ReceiverSecret {
	f.t.Helper()
	list, err := f.s.ReceiverSecrets(f.ctx, f.tenant, receiver)
	if err != nil {
		f.t.Fatalf("ReceiverSecrets: %v", err)
	}
	return list
}

func receiverSecrets(f *fixture) {
	secret := func(n int, purpose string) store.ReceiverSecret {
		return store.ReceiverSecret{ID: id(n), Purpose: purpose, Value: []byte{0, 255, byte(n)}, Created: at(n)}
	}
	made := store.Receiver{Tenant: f.tenant, ID: id(1), Name: "r", Kind: store.KindWebhook, Created: at(0), State: store.ReceiverActive, Since: at(0)}
	f.check(f.s.CreateReceiver(f.ctx, made, []store.ReceiverSecret{secret(1, "signature"), secret(2, "bearer")}, audit(0, "x")))
	rotate := func(fresh store.ReceiverSecret, expire int) error {
		return f.s.RotateReceiverSecret(f.ctx, f.tenant, made.ID, fresh, at(expire), audit(0, "x"))
	}
	f.check(rotate(secret(3, "signature"), 10))
	want := []store.ReceiverSecret{secret(1, "signature"), secret(2, "bearer"), secret(3, "signature")}
	want[0].Expires = at(10)
	if diff := cmp.Diff(want, f.secrets(made.ID)); diff != "" {
		f.t.Errorf("secrets (-want +got):\n%s", diff)
	}
	f.check(rotate(secret(4, "signature"), 5)) // now at once
	want[0].Expires, want[2].Expires = at(5), at(5)
	want = append(want, secret(4, "signature"))
	if diff := cmp.Diff(want, f.secrets(made.ID)); diff != "" {
		f.t.Errorf("secrets (-want +got):\n%s", diff)
	}
	f.check(rotate(secret(6, "signature"), 20))
	if left := f.secrets(made.ID); len(left) != 3 || left[0].ID != id(2) || left[2].ID != id(6) {
		f.t.Errorf("expired secrets are kept: %+v", left)
	}
	// With the settings a secret is replaced at once, or neither is.
	moved := made
	moved.URL = "https://y.example"
	f.check(f.s.UpdateReceiver(f.ctx, made, moved, []store.ReceiverSecret{secret(30, "bearer")}, audit(0, "x")))
	if left := f.secrets(made.ID); len(left) != 2 || left[0].ID != id(6) || left[1].ID != id(30) {
		f.t.Errorf("replaced with the settings: %+v", left)
	}
	two := made
	two.ID, two.Name = id(40), "taken"
	f.check(f.s.CreateReceiver(f.ctx, two, nil, audit(0, "x")))
	two.ID = made.ID
	f.wantError("settings refused", f.s.UpdateReceiver(f.ctx, moved, two, []store.ReceiverSecret{secret(31, "bearer")}, audit(0, "x")), store.ErrUniqueness)
	two.Name = "other"
	if err := f.s.UpdateReceiver(f.ctx, moved, two, []store.ReceiverSecret{secret(6, "bearer")}, audit(0, "x")); err == nil {
		f.t.Error("an id of a secret twice")
	}
	if left := f.secrets(made.ID); len(left) != 2 || left[1].ID != id(30) || f.stored(made).URL != moved.URL || f.stored(made).Name != made.Name {
		f.t.Errorf("half of a refused update was done: %+v, %+v", left, f.stored(made))
	}
	f.wantError("nobody", f.s.RotateReceiverSecret(f.ctx, f.tenant, id(9), secret(9, "x"), at(9), audit(0, "x")), store.ErrNotFound)
	f.check(f.s.DeleteReceiver(f.ctx, f.tenant, made.ID, audit(0, "x")))
	if left := f.secrets(made.ID); len(left) != 0 {
		f.t.Errorf("secrets outlive their receiver: %+v", left)
	}
}

func signingKeys(f *fixture) {
	key := func(n int) store.SigningKey {
		return store.SigningKey{ID: id(n), Private: []byte{0, byte(n)}, Created: at(n), Active: at(n + 1)}
	}
	list := func() []store.SigningKey {
		keys, err := f.s.SigningKeys(f.ctx)
		f.check(err)
		return keys
	}
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			if err := f.s.FirstSigningKey(context.WithoutCancel(f.ctx), key(n)); err != nil {
				f.t.Errorf("FirstSigningKey: %v", err)
			}
		})
	}
	group.Wait()
	first := list()
	if len(first) != 1 {
		f.t.Fatalf("%d first keys", len(first))
	}
	rotated := audit(20, "signingKey.rotate")
	rotated.Reason = "leaked"
	f.check(f.s.RotateSigningKey(f.ctx, key(20), at(30), f.tenant, rotated))
	about := store.Key{Tenant: f.tenant, Type: store.SigningKeySubject, ID: id(20)}
	if rows := f.auditOf(about); len(rows) != 1 || rows[0].Action != rotated.Action || rows[0].Reason != rotated.Reason || rows[0].Version != 0 {
		f.t.Errorf("audit rows of a new key: %+v", rows)
	}
	// Who rotates and that it was done are one.
	if err := f.s.RotateSigningKey(f.ctx, key(25), at(40), f.tenant, audit(25, "\x00")); !errors.Is(err, store.ErrInvalid) {
		f.t.Errorf("RotateSigningKey without its audit row: %v", err)
	}
	first[0].Retired = at(30)
	if diff := cmp.Diff([]store.SigningKey{first[0], key(20)}, list()); diff != "" {
		f.t.Errorf("keys (-want +got):\n%s", diff)
	}
	f.check(f.s.RotateSigningKey(f.ctx, key(31), at(50), f.tenant, audit(31, "signingKey.rotate")))
	second := key(20)
	second.Retired = at(50)
	if diff := cmp.Diff([]store.SigningKey{second, key(31)}, list()); diff != "" {
		f.t.Errorf("keys (-want +got):\n%s", diff)
	}
}
