package scim_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

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

// TestAlertIsStoredWithItsMail: somebody is told of an alert if and only if the
// tally says so, whatever happens in between.
func TestAlertIsStoredWithItsMail(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, opened store.Store) {
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
		}
		remove := func(id string) error {
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
