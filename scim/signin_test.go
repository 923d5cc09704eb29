package scim_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

// toiling is a store in which time passes with each look-up and each commit, as
// the clock of the bed tells it.
type toiling struct {
	store.Store

	clock  *clock
	look   time.Duration
	commit time.Duration
}

func (s *toiling) Get(ctx context.Context, key store.Key, with store.Relations) (store.Record, error) {
	s.clock.pass(s.look)
	return s.Store.Get(ctx, key, with)
}

func (s *toiling) PasswordHash(ctx context.Context, key store.Key) (string, error) {
	hash, err := s.Store.PasswordHash(ctx, key)
	if err == nil {
		s.clock.pass(s.look) // there is a row to be read
	}
	return hash, err
}

func (s *toiling) Commit(ctx context.Context, changes []store.Change) ([]store.Committed, error) {
	s.clock.pass(s.commit)
	return s.Store.Commit(ctx, changes)
}

// TestCredentialPaths: whatever is wrong with a credential, one key is derived
// for the answer, the answer is the same, and it takes as long.
func TestCredentialPaths(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		slow := &toiling{Store: opened, clock: &clock{}}
		b := newBed(t, opened, func(o *scim.Options) { o.Store = slow })
		const right = "correct horse"
		ids := map[string]string{}
		for _, name := range []string{"good", "wrong", "locked", "suspended", "gone", "robot", "older"} {
			ids[name] = b.create(b.idp, name, `"password":"`+right+`"`)
		}
		b.create(b.idp, "without")
		b.create(b.idp, "expired", `"password":"`+right+`"`, fmt.Sprintf(`%q:{"validUntil":%q}`, lifecycleURN, b.clock.now().Add(time.Hour).Format(time.RFC3339)))
		b.clock.pass(time.Hour)
		b.act(ids["locked"], lifecycle.Lock{By: "ann", Reason: "x"})
		b.active(b.idp, ids["suspended"], false)
		b.act(ids["robot"], lifecycle.SetMark{Mark: lifecycle.MarkAPIOnly, Purpose: "x"})
		b.delete(b.idp, ids["gone"])
		older := "$argon2id$v=19$m=4096,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		b.commit(&store.Update{Key: b.key(ids["older"]), PasswordHash: &older, Modified: b.clock.now()})

		const key = 35 * time.Millisecond
		var derived atomic.Int32
		b.provider.WatchDerivations(func() { derived.Add(1); b.clock.pass(key) })
		b.provider.Sleep(func(_ context.Context, d time.Duration) error { b.clock.pass(d); return nil })
		slow.clock, slow.look, slow.commit = b.clock, 100*time.Microsecond, 4500*time.Microsecond
		for name, try := range map[string]struct{ user, password string }{
			"unknown": {"nobody", right}, "no password": {"without", right}, "wrong": {"wrong", "another horse"}, "locked": {"locked", right},
			"locked and wrong": {"locked", "another horse"}, "suspended": {"suspended", right}, "expired": {"expired", right}, "gone": {"gone", right},
			"hash of another cost": {"older", right}, "no name": {"\x00", right}, "long name": {strings.Repeat("n", 4000), right},
			"long password": {"good", strings.Repeat("x", 4000)}, "no text": {"good", "\xff"}, "empty": {"good", ""}, "good": {"good", right},
		} {
			derived.Store(0)
			begin := b.clock.now()
			answer, err := b.provider.VerifyCredential(t.Context(), b.idp, try.user, try.password, scim.SignIn{})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if n := derived.Load(); n != 1 {
				t.Errorf("%s: %d keys are derived", name, n)
			}
			switch took := b.clock.now().Sub(begin); {
			case name != "good" && took != key+scim.RefusalStep:
				t.Errorf("%s: refused after %s", name, took)
			case name == "good" && took >= key+scim.RefusalStep:
				t.Errorf("a good password has to wait %s", took)
			}
			if name != "good" && *answer != (scim.Verification{}) {
				t.Errorf("%s: %+v", name, answer)
			}
		}
	})
}

// TestRefusalsOfASlowStore: what takes longer than a step takes whole steps, and
// whoever goes away meanwhile has failed all the same.
func TestRefusalsOfASlowStore(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		slow := &toiling{Store: opened, clock: &clock{}}
		b := newBed(t, opened, func(o *scim.Options) { o.Store = slow })
		id := b.create(b.idp, "ada", `"password":"correct horse"`)
		begin := b.clock.now()
		slow.clock, slow.commit = b.clock, 2*scim.RefusalStep+time.Millisecond
		gone := errors.New("gone")
		b.provider.Sleep(func(_ context.Context, d time.Duration) error { b.clock.pass(d); return gone })
		if _, err := b.provider.VerifyCredential(t.Context(), b.idp, "ada", "another horse", scim.SignIn{}); !errors.Is(err, gone) {
			t.Fatal(err)
		}
		if took := b.clock.now().Sub(begin); took != 3*scim.RefusalStep {
			t.Errorf("refused after %s", took)
		}
		if n := b.explain(id).Facts.Attempts.Failed; n != 1 {
			t.Errorf("%d failures are noted", n)
		}
	})
}

// commit writes beside the provider.
func (b *bed) commit(change store.Change) {
	b.Helper()
	if _, err := b.store.Commit(b.Context(), []store.Change{change}); err != nil {
		b.Fatal(err)
	}
}

// TestUseOfTokens notes a use an hour, of who can use the account, and moves no
// version.
func TestUseOfTokens(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		robot, off := b.create(b.idp, "robot"), b.create(b.idp, "off")
		b.act(robot, lifecycle.SetMark{Mark: lifecycle.MarkAPIOnly, Purpose: "x"})
		b.active(b.idp, off, false)
		version, audits := b.explain(robot).Version, len(b.audits(robot))
		first := b.clock.now()
		use := func(id string) time.Time {
			t.Helper()
			if err := b.provider.UseToken(t.Context(), b.admin.Tenant, b.key(id).ID, b.clock.now()); err != nil {
				t.Fatal(err)
			}
			return b.explain(id).Facts.Activity.LastTokenUse
		}
		for range 2 {
			if at := use(robot); !at.Equal(first) {
				t.Errorf("last use %v, want %v", at, first)
			}
			b.clock.pass(30 * time.Minute)
		}
		if at := use(robot); !at.Equal(b.clock.now()) {
			t.Errorf("last use %v an hour later", at)
		}
		if at := use(off); !at.IsZero() {
			t.Errorf("a suspended account is used at %v", at)
		}
		if b.explain(robot).Version != version || len(b.audits(robot)) != audits {
			t.Error("the use of a token is a change")
		}
		b.delete(b.idp, robot)
		use(robot)
	})
}
