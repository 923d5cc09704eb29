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

const day = 24 * time.Hour

// Each trap of the specification is a test on every store.

func TestTrapPurgeTimerDeletesRehire(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		same, anew := b.create(b.idp, "same"), b.create(b.idp, "anew")
		b.delete(b.idp, same)
		b.delete(b.idp, anew)
		b.clock.pass(20 * day)
		b.act(same, lifecycle.Restore{By: "ann", Reason: "back"})
		rehired := b.create(b.idp, "anew")
		b.clock.pass(11 * day)
		b.fire()
		b.is(same, lifecycle.StatusSuspended)
		b.is(rehired, lifecycle.StatusActive)
		b.is(anew, lifecycle.StatusPurged)
	})
}

func TestTrapSessionsOutliveADisable(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		for name, end := range map[string]func(id string){
			"suspend":     func(id string) { b.active(b.idp, id, false) },
			"deprovision": func(id string) { b.delete(b.idp, id) },
			"expire": func(id string) {
				b.act(id, lifecycle.Schedule{ValidUntil: b.clock.now().Add(time.Minute)})
				b.clock.pass(time.Hour)
				b.fire()
			},
		} {
			id := b.create(b.idp, name)
			token := store.Token{
				Prefix: "prefix-" + name, Tenant: b.idp.Tenant, Connection: b.idp.Connection, Hash: []byte("h"), Scopes: []string{"scim:read"},
				Subject: b.key(id).ID, Created: b.clock.now(),
			}
			if err := b.store.CreateToken(t.Context(), token, store.Audit{}); err != nil {
				t.Fatal(err)
			}
			end(id)
			grant, err := b.store.Grant(t.Context(), token.Prefix)
			if err != nil || grant.Token.Revoked.IsZero() {
				t.Errorf("%s: the token of the user still works: %+v, %v", name, grant.Token, err)
			}
			if !slices.Contains(b.events(id), string(lifecycle.EventSessionRevoked)) {
				t.Errorf("%s: nobody is told to end sessions: %v", name, b.events(id))
			}
		}
	})
}

func TestTrapParkedStepsOutliveTheirUser(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		id := b.create(b.idp, "gone", `"emails":[{"value":"gone@example.com"}]`)
		mailed := b.act(id, lifecycle.SendReset{}, lifecycle.Schedule{ValidUntil: b.clock.now().Add(40 * time.Minute)})
		b.delete(b.idp, id)
		if timers := b.explain(id).Timers; len(timers) != 1 || timers[0].Kind != lifecycle.TimerPurge {
			t.Errorf("timers %+v", timers)
		}
		if len(mailed.Letters) != 1 {
			t.Fatalf("letters %+v", mailed.Letters)
		}
		if _, err := b.provider.FollowLink(t.Context(), b.admin, scim.LetterReset, mailed.Letters[0].Secret, "correct horse"); err == nil {
			t.Error("the link of a deprovisioned account works")
		}
		before := b.events(id)
		b.clock.pass(time.Hour)
		b.fire()
		if after := b.events(id); !slices.Equal(before, after) {
			t.Errorf("a timer of the deprovisioned account fired: %v", after)
		}
	})
}

func TestTrapNeverLoggedInEscapesTheStaleRule(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		never, used := b.create(b.idp, "never"), b.create(b.idp, "used")
		b.clock.pass(80 * day)
		if _, err := b.provider.ReportSignIn(t.Context(), b.idp, scim.SignIn{User: used, Succeeded: true}); err != nil {
			t.Fatal(err)
		}
		b.clock.pass(11 * day)
		stale := lifecycleURN + `:stale eq true`
		if found := b.found(stale, ""); !slices.Equal(found, []string{"never"}) {
			t.Errorf("stale are %v", found)
		}
		if b.extension(b.idp, never)["stale"] != true || b.extension(b.idp, used)["stale"] != false {
			t.Error("the answer says something else")
		}
		b.fire()
		if audits := b.audits(never); !slices.Contains(audits, "user.timer:stale") {
			t.Errorf("nobody was told: %v", audits)
		}
		if audits := b.audits(used); slices.Contains(audits, "user.timer:stale") {
			t.Errorf("a used account was reported: %v", audits)
		}
	})
}

func TestTrapRepeatedDisableMakesFalseAuditRows(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		id := b.create(b.idp, "again")
		b.active(b.idp, id, false)
		audits, events, version := b.audits(id), b.events(id), b.explain(id).Version
		for range 5 {
			b.clock.pass(time.Hour)
			b.active(b.idp, id, false)
		}
		if !slices.Equal(b.audits(id), audits) || !slices.Equal(b.events(id), events) || b.explain(id).Version != version {
			t.Errorf("repeats left %v and %v", b.audits(id), b.events(id))
		}
	})
}

// TestNothingSeenIsNotTold: what a source wishes beneath the suspension of an
// administrator is kept, and no receiver is told, who would see no change.
func TestNothingSeenIsNotTold(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		id := b.create(b.idp, "overruled")
		b.act(id, lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: scim.SourceLocal, By: "ann", Reason: "leave"}})
		told, audits := b.events(id), len(b.audits(id))
		for range 2 {
			b.active(b.idp, id, false)
			b.active(b.idp, id, true)
		}
		if after := b.events(id); !slices.Equal(after, told) {
			t.Errorf("events %v, before it was %v", after, told)
		}
		if len(b.audits(id)) <= audits {
			t.Error("no row tells of the wishes")
		}
		b.is(id, lifecycle.StatusSuspended)
		b.patch(b.idp, id, `{"op":"replace","value":{"active":false,"nickName":"N"}}`)
		if after := b.events(id); !slices.Equal(after, append(told, "prov:patch")) {
			t.Errorf("events %v after another name", after)
		}
	})
}

func TestTrapExpiredAccountSignsInWhileTheSchedulerIsDown(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		id := b.create(b.idp, "expired", `"password":"correct horse"`, fmt.Sprintf(`%q:{"validUntil":%q}`, lifecycleURN, b.clock.now().Add(time.Hour).Format(time.RFC3339)))
		verify := func() bool {
			t.Helper()
			answer, err := b.provider.VerifyCredential(t.Context(), b.idp, "expired", "correct horse", scim.SignIn{})
			if err != nil {
				t.Fatal(err)
			}
			return answer.Verified
		}
		if !verify() {
			t.Fatal("the account cannot be used before it expires")
		}
		b.clock.pass(time.Hour) // and nobody fires anything
		if verify() {
			t.Error("an expired account signs in")
		}
		if user := b.read(b.idp, id); user["active"] != false || b.extension(b.idp, id)["status"] != "Suspended" || b.extension(b.idp, id)["statusReason"] != "expired" {
			t.Errorf("shown as %v", user)
		}
		if found := b.found(`active eq false and `+lifecycleURN+`:status eq "Suspended"`, ""); !slices.Equal(found, []string{"expired"}) {
			t.Errorf("found %v", found)
		}
		if found := b.found(`active eq true`, ""); len(found) != 0 {
			t.Errorf("found %v as active", found)
		}
	})
}

func TestTrapSignInOfAnIdentityProviderReactivates(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		id := b.create(b.idp, "kept")
		b.act(id, lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: lifecycle.Administrators, By: "ann", Reason: "asked"}})
		audits := len(b.audits(id))
		for range 3 {
			b.active(b.idp, id, true)
			if _, err := b.provider.ReportSignIn(t.Context(), b.idp, scim.SignIn{User: id, Succeeded: true}); err != nil {
				t.Fatal(err)
			}
		}
		b.is(id, lifecycle.StatusSuspended)
		if user := b.read(b.idp, id); user["active"] != false {
			t.Errorf("shown as %v", user)
		}
		if drifts := b.explain(id).Facts.Drifts; len(drifts) != 1 || len(b.audits(id)) != audits+1 {
			t.Errorf("drifts %+v, audit rows %v", drifts, b.audits(id))
		}
	})
}

func TestTrapFilterTypoAtTheSourceDeletesEveryone(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		ids := make([]string, 220)
		for i := range ids {
			ids[i] = b.create(b.idp, fmt.Sprintf("u%03d", i))
		}
		team := b.team("everyone", ids...)
		for _, id := range ids {
			b.delete(b.idp, id)
		}
		held := 0
		for _, id := range ids {
			if b.explain(id).Facts.Held {
				held++
			}
		}
		if held != 220-50 {
			t.Fatalf("%d of 220 are held", held)
		}
		done, err := b.provider.RestoreHeld(t.Context(), b.admin, scim.GuardedConnection(b.connections[b.idp]), "a typo")
		if err != nil || done.Done != held || len(done.Failed) != 0 {
			t.Fatalf("restored %+v, %v", done, err)
		}
		if found := b.found(`active eq true and groups.value eq "`+team+`"`, ""); len(found) != held {
			t.Errorf("%d are back in their group", len(found))
		}
	})
}
