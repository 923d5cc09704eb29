package scim_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"rollcall/internal/testdb"
	"rollcall/scim"
	"rollcall/store"
)

// severed is a database that goes away when an alert is to be stored.
type severed struct {
	store.Store
	away atomic.Bool
}

func (s *severed) Commit(ctx context.Context, changes []store.Change) ([]store.Committed, error) {
	alerts := func(change store.Change) bool {
		set, ok := change.(*store.SetTally)
		return ok && len(set.Jobs) > 0
	}
	if s.away.Load() && slices.ContainsFunc(changes, alerts) {
		return nil, errors.New("gone")
	}
	return s.Store.Commit(ctx, changes)
}

// TestAlertIsStored: an incident stands in the audit trail and the outbox, and
// somebody is told of it by mail, if and only if the tally says so, whatever
// happens in between.
func TestAlertIsStored(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		database := &severed{Store: opened}
		var logged atomic.Int64
		b := newBed(t, database, func(o *scim.Options) {
			o.Alert = func(scim.Alert) { logged.Add(1) }
			o.PostAlert = func(_ context.Context, found scim.Alert) ([]store.NewJob, error) {
				now := o.Now()
				return []store.NewJob{{Job: store.Job{
					Tenant: found.Tenant, ID: uuid.Must(uuid.NewV7()), Kind: "mail", ActorKind: scim.KindSystem, Created: now, RunAfter: now,
				}}}, nil
			}
		})
		b.policy(`{"guard":{"mode":"hold","armedFrom":1,"floor":1,"percent":0}}`)
		ids := []string{b.create(b.idp, "a"), b.create(b.idp, "b"), b.create(b.idp, "c")}
		mails := func(want int) {
			t.Helper()
			list, err := opened.Jobs(t.Context(), store.JobQuery{Tenant: b.idp.Tenant, Kinds: []string{"mail"}, Limit: 10})
			if err != nil || len(list) != want || int(logged.Load()) != want {
				t.Errorf("%d mails, %d lines, %v; want %d", len(list), logged.Load(), err, want)
			}
			connection := store.Key{Tenant: b.idp.Tenant, Type: store.ConnectionSubject, ID: b.idp.Connection}
			rows, err := opened.AuditOf(t.Context(), connection, 10)
			rows = slices.DeleteFunc(rows, func(row store.AuditRow) bool { return row.Action != "guard.alert" })
			if err != nil || len(rows) != want {
				t.Errorf("%d rows, %v; want %d", len(rows), err, want)
			}
			for _, row := range rows {
				if row.ActorKind != scim.KindConnection || row.ActorID != b.idp.ID || row.RequestID != "req-2" ||
					string(row.Changes) != `{"guard":[null,"hold"],"limit":[null,1],"removals":[null,2],"since":[null,"2026-05-06T07:07:00Z"]}` {
					t.Errorf("row %+v: %s", row.Audit, row.Changes)
				}
			}
			events, err := opened.EventsOf(t.Context(), connection, 10)
			if err != nil || len(events) != want {
				t.Errorf("events %+v, %v; want %d", events, err, want)
			}
			for _, event := range events {
				if event.Type != scim.EventGuardAlert ||
					string(event.Payload) != `{"connection":"idp","guard":"hold","limit":1,"removals":2,"since":"2026-05-06T07:07:00Z","txn":"req-2"}` {
					t.Errorf("event %s: %s", event.Type, event.Payload)
				}
			}
		}
		requests := 0
		remove := func(id string) error {
			requests++
			b.idp.RequestID = fmt.Sprint("req-", min(requests, 2))
			if requests > 3 {
				b.idp.RequestID = "another"
			}
			return b.provider.Delete(t.Context(), b.idp, b.user, id, scim.Precondition{})
		}
		if err := remove(ids[0]); err != nil {
			t.Fatal(err)
		}
		database.away.Store(true)
		if err := remove(ids[1]); err == nil {
			t.Error("a removal passed although the guard could not count it")
		}
		mails(0)
		database.away.Store(false)
		for _, id := range ids[1:] {
			if err := remove(id); err != nil {
				t.Error(err)
			}
		}
		mails(1)
	})
}

// policy sets the policy of the tenant.
func (b *bed) policy(text string) {
	b.Helper()
	if _, _, err := b.provider.SetPolicy(b.Context(), b.admin, []byte(text), -1, "test"); err != nil {
		b.Fatal(err)
	}
}
