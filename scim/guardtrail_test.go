package scim_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/scim"
	"rollcall/store"
)

// mute is a database that goes away between a change and a note about it.
type mute struct{ store.Store }

func (mute) Note(context.Context, store.Key, store.Audit) error { return errors.New("gone") }

// TestGuardIsChangedWithItsAuditRow: what an administrator lets pass and who it
// was are one transaction.
func TestGuardIsChangedWithItsAuditRow(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, mute{opened})
		connection := b.connections[b.idp]
		rows := func() []string {
			t.Helper()
			list, err := opened.AuditOf(t.Context(), store.Key{Tenant: b.admin.Tenant, Type: store.ConnectionSubject, ID: connection.ID}, 10)
			if err != nil {
				t.Fatal(err)
			}
			var actions []string
			for _, row := range list {
				if row.Action != "" {
					actions = append(actions, row.Action+" "+row.Reason)
				}
			}
			return actions
		}
		for _, test := range []struct {
			action string
			do     func() (*scim.GuardState, error)
			done   func(state *scim.GuardState) bool
		}{
			{"guard.allow", func() (*scim.GuardState, error) {
				return b.provider.AllowRemovals(t.Context(), b.admin, scim.GuardedConnection(connection), 7, time.Hour, "why")
			}, func(state *scim.GuardState) bool { return state.Allowance == 7 }},
			{"guard.block", func() (*scim.GuardState, error) {
				return b.provider.BlockRemovals(t.Context(), b.admin, scim.GuardedConnection(connection), time.Hour, "why")
			}, func(state *scim.GuardState) bool { return !state.BlockedUntil.IsZero() }},
		} {
			_, failed := test.do()
			state, err := b.provider.Guard(t.Context(), b.admin, scim.GuardedConnection(connection))
			if err != nil {
				t.Fatal(err)
			}
			told := slices.Contains(rows(), test.action+" why")
			if told != test.done(state) || told != (failed == nil) {
				t.Errorf("%s: told %t, done %t, answered %v", test.action, told, test.done(state), failed)
			}
		}
		for action, decide := range map[string]func(context.Context, *scim.Caller, scim.Guarded, string) (*scim.Held, error){
			"guard.release": b.provider.ReleaseHeld, "guard.restore": b.provider.RestoreHeld,
		} {
			if _, err := decide(t.Context(), b.admin, scim.GuardedConnection(connection), "why"); err != nil || !slices.Contains(rows(), action+" why") {
				t.Errorf("%s: %v, told %v", action, err, rows())
			}
		}
		// What changes nothing is told, too: somebody has looked at it.
		before := len(rows())
		if _, err := b.provider.BlockRemovals(t.Context(), b.admin, scim.GuardedConnection(b.connections[b.hr]), 0, "twice"); err != nil {
			t.Errorf("unblock what is not blocked: %v", err)
		}
		if len(rows()) != before {
			t.Error("the row is about another connection")
		}
	})
}
