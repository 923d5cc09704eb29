package scim_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

// A connection that made few users is measured by all of the tenant: it may have
// taken over what others made.
func TestGuardOfConnectionThatTookOver(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		b.create(b.hr, "own")
		ids := make([]string, 210)
		for i := range ids {
			ids[i] = b.create(b.idp, fmt.Sprintf("u%03d", i))
		}
		for _, id := range ids[:60] {
			b.delete(b.hr, id)
		}
		held := 0
		for _, id := range ids[:60] {
			if b.explain(id).Facts.Held {
				held++
			}
		}
		if held != 10 {
			t.Errorf("%d of 60 are held", held)
		}
		// What somebody does to a held account since does not hide it.
		b.act(ids[59], lifecycle.SetMark{Mark: lifecycle.MarkLegalHold})
		if done, err := b.provider.RestoreHeld(t.Context(), b.admin, scim.GuardedConnection(b.connections[b.hr]), "a mistake"); err != nil || done.Done != 10 {
			t.Errorf("restored %+v, %v", done, err)
		}
	})
}

// An end that is close counts like a suspension, and a group like its members.
func TestWhatTheGuardCounts(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		if _, _, err := b.provider.SetPolicy(t.Context(), b.admin, []byte(`{"guard":{"mode":"reject","armedFrom":1,"floor":3,"percent":0}}`), -1, "test"); err != nil {
			t.Fatal(err)
		}
		ids := make([]string, 6)
		for i := range ids {
			ids[i] = b.create(b.idp, fmt.Sprintf("u%d", i))
		}
		team := b.team("team", ids[:4]...)
		if err := b.tryDelete(b.idp, b.group, team); !has(err, 429) {
			t.Errorf("a group of four: %v", err)
		}
		end := func(id string, in time.Duration) error {
			return b.tryPatch(b.idp, id, fmt.Sprintf(`{"op":"add","path":"%s:validUntil","value":%q}`, lifecycleURN, b.clock.now().Add(in).Format(time.RFC3339)))
		}
		for i, id := range ids {
			if err := end(id, 60*day); err != nil {
				t.Fatal(err)
			}
			if err := end(id, time.Hour); i < 3 && err != nil || i >= 3 && !has(err, 429) {
				t.Errorf("end %d: %v", i, err)
			}
		}
		state, err := b.provider.Guard(t.Context(), b.admin, scim.GuardedConnection(b.connections[b.idp]))
		if err != nil || state.Removals != 3 {
			t.Errorf("%+v, %v", state, err)
		}
	})
}

// Links that were mailed to an address are worth nothing once it is another one.
func TestLinksEndWithTheAddress(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		id := b.create(b.idp, "bob", `"emails":[{"value":"wrong@example.com"}]`)
		sent := b.act(id, lifecycle.SendReset{})
		b.patch(b.idp, id, `{"op":"replace","path":"displayName","value":"Bob"}`)
		if _, err := b.provider.ReadLink(t.Context(), b.idp.Tenant, scim.LetterReset, sent.Letters[0].Secret); err != nil {
			t.Fatalf("the link ended with another attribute: %v", err)
		}
		b.patch(b.idp, id, `{"op":"replace","path":"emails","value":[{"value":"right@example.com"}]}`)
		if _, err := b.provider.FollowLink(t.Context(), b.admin, scim.LetterReset, sent.Letters[0].Secret, "correct horse"); err == nil {
			t.Error("the owner of the old address sets the password")
		}
	})
}

// Dates that mean none, and dates that let somebody in.
func TestDatesOfClients(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		id := b.create(b.idp, "bob")
		until := func(c *scim.Caller, at string) error {
			return b.tryPatch(c, id, fmt.Sprintf(`{"op":"replace","path":"%s:validUntil","value":%q}`, lifecycleURN, at))
		}
		for _, at := range []string{"0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z", "1969-01-01T00:00:00Z"} {
			if err := until(b.idp, at); !has(err, 400) {
				t.Errorf("%s: %v", at, err)
			}
		}
		b.act(id, lifecycle.Schedule{ValidUntil: b.clock.now().Add(-day)})
		if err := until(b.idp, "2099-01-01T00:00:00Z"); !has(err, 403) {
			t.Errorf("a client lets an expired account in: %v", err)
		}
		if err := until(b.admin, "2099-01-01T00:00:00Z"); err != nil {
			t.Error(err)
		}
		if err := until(b.idp, "2100-01-01T00:00:00Z"); err != nil {
			t.Errorf("an end that is not in effect: %v", err)
		}
		b.act(id, lifecycle.Schedule{ValidFrom: time.Date(9998, 12, 31, 0, 0, 0, 0, time.UTC)})
		for _, timer := range b.explain(id).Timers {
			if timer.Due.Year() > 9999 {
				t.Errorf("a timer that cannot be written: %+v", timer)
			}
		}
	})
}

// An API-only account lives by its tokens, and a purge leaves no words.
func TestTokensOfAPIOnlyAccountsAndPurges(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		id := b.create(b.idp, "svc")
		token := store.Token{
			Prefix: "svc", Tenant: b.idp.Tenant, Connection: b.idp.Connection, Hash: []byte("h"), Scopes: []string{"scim:read"}, Subject: b.key(id).ID, Created: b.clock.now(),
		}
		if err := b.store.CreateToken(t.Context(), token, store.Audit{}); err != nil {
			t.Fatal(err)
		}
		b.act(id, lifecycle.SetMark{Mark: lifecycle.MarkAPIOnly, Purpose: "backup"})
		if grant, err := b.store.Grant(t.Context(), token.Prefix); err != nil || !grant.Token.Revoked.IsZero() {
			t.Errorf("the token of an API-only account: %+v, %v", grant.Token, err)
		}
		b.act(id, lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: lifecycle.Administrators, By: "ann", Reason: "a word about the person"}})
		b.act(id, lifecycle.Deprovision{})
		b.act(id, lifecycle.Purge{Confirmed: true})
		rows, err := b.store.AuditOf(t.Context(), b.key(id), 1)
		if err != nil || len(rows) != 1 || string(rows[0].Changes) != `{"status":["Deprovisioned","Purged"]}` {
			t.Errorf("the purge left %s, %v", rows[0].Changes, err)
		}
		if !slices.Contains(b.audits(id), "user.purge") {
			t.Errorf("audit rows %v", b.audits(id))
		}
	})
}
