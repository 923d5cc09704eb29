package scim_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

// letterbox keeps the letters that a provider posts.
type letterbox struct{ letters []scim.Letter }

func (l *letterbox) set(options *scim.Options) {
	options.Post = func(_ context.Context, c *scim.Caller, letter scim.Letter) (store.NewJob, error) {
		l.letters = append(l.letters, letter)
		now := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
		return store.NewJob{Job: store.Job{Tenant: c.Tenant, ID: uuid.Must(uuid.NewV7()), Kind: "mail", ActorKind: c.Kind, ActorID: c.ID, Created: now, RunAfter: now}}, nil
	}
}

// take empties the box.
func (l *letterbox) take() []scim.Letter {
	letters := l.letters
	l.letters = nil
	return letters
}

func mail(name string) string { return `"emails":[{"value":"` + name + `@example.com"}]` }

func (b *bed) fail(user string, times int) {
	b.Helper()
	for range times {
		if _, err := b.provider.ReportSignIn(b.Context(), b.idp, scim.SignIn{User: user}); err != nil {
			b.Fatal(err)
		}
	}
}

func (b *bed) stands(letter scim.Letter) bool {
	b.Helper()
	stands, err := b.provider.Stands(b.Context(), b.admin.Tenant, &letter)
	if err != nil {
		b.Fatal(err)
	}
	return stands
}

// TestLockNotice: the owner is told of a lock after failed sign-ins, once, and of
// no other.
func TestLockNotice(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		box := &letterbox{}
		b := newBed(t, opened, box.set)
		ada, eve := b.create(b.idp, "ada", mail("ada")), b.create(b.idp, "eve", mail("eve"))
		b.create(b.idp, "nowhere")
		b.fail("ada", 9)
		b.fail("nowhere", 12)
		b.act(eve, lifecycle.Lock{By: "ann", Reason: "x"})
		if early := box.take(); len(early) != 0 {
			t.Fatalf("letters %+v", early)
		}
		b.fail("ada", 3)
		letters := box.take()
		until := b.clock.now().Add(30 * time.Minute)
		if len(letters) != 1 || letters[0].Kind != scim.LetterLocked || letters[0].To != "ada@example.com" || letters[0].Failures != 10 || !letters[0].Expires.Equal(until) {
			t.Fatalf("letters %+v", letters)
		}
		if !b.stands(letters[0]) {
			t.Error("the account is locked, and the letter does not stand")
		}
		b.act(ada, lifecycle.Unlock{})
		if b.stands(letters[0]) {
			t.Error("the letter stands after the lock")
		}
		b.clock.pass(time.Minute)
		b.fail("ada", 10)
		if again := box.take(); len(again) != 1 || b.stands(letters[0]) || !b.stands(again[0]) {
			t.Errorf("the second lock: %+v", again)
		}
		b.delete(b.idp, ada)
		if b.stands(letters[0]) {
			t.Error("the letter stands of a deprovisioned account")
		}
	})
}

// TestStaleWarning: only who will be suspended is written to.
func TestStaleWarning(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		for _, suspend := range []bool{true, false} {
			box := &letterbox{}
			b := newBedIn(t, opened, fmt.Sprint("stale-", suspend), box.set)
			if _, _, err := b.provider.SetPolicy(t.Context(), b.admin, fmt.Appendf(nil, `{"stale":{"suspend":%v}}`, suspend), -1, ""); err != nil {
				t.Fatal(err)
			}
			b.create(b.idp, "ada", mail("ada"))
			b.create(b.idp, "nowhere")
			robot, off := b.create(b.idp, "robot", mail("robot")), b.create(b.idp, "off", mail("off"))
			b.act(robot, lifecycle.SetMark{Mark: lifecycle.MarkAPIOnly, Purpose: "x"})
			b.active(b.idp, off, false)
			deadline := b.clock.now().Add(90 * day)
			b.clock.pass(76 * day)
			b.fire()
			letters := box.take()
			if !suspend {
				if len(letters) != 0 {
					t.Errorf("a flag alone is mailed: %+v", letters)
				}
				continue
			}
			if len(letters) != 1 || letters[0].To != "ada@example.com" || letters[0].Unused != 76 || !letters[0].Expires.Equal(deadline) || !b.stands(letters[0]) {
				t.Fatalf("letters %+v", letters)
			}
			if _, err := b.provider.ReportSignIn(t.Context(), b.idp, scim.SignIn{User: "ada", At: b.clock.now().Add(time.Second), Succeeded: true}); err != nil {
				t.Fatal(err)
			}
			b.clock.pass(time.Hour)
			if _, err := b.provider.ReportSignIn(t.Context(), b.idp, scim.SignIn{User: "ada", Succeeded: true}); err != nil {
				t.Fatal(err)
			}
			if b.stands(letters[0]) {
				t.Error("the warning stands after a sign-in")
			}
		}
	})
}

// TestForgotLimits: one letter in five minutes, five a day, and the audit trail
// says what caused them.
func TestForgotLimits(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		box := &letterbox{}
		b := newBed(t, opened, box.set)
		ada := b.create(b.idp, "ada", mail("shared"))
		b.create(b.idp, "adam", mail("shared"))
		ask := func(text string) []scim.Letter {
			t.Helper()
			if _, err := b.provider.Forgot(t.Context(), b.admin.Tenant, "request", text); err != nil {
				t.Fatal(err)
			}
			return box.take()
		}
		for hour := range 7 {
			want := 1
			if hour >= 5 {
				want = 0
			}
			if sent := ask("ADA"); len(sent) != want {
				t.Errorf("hour %d: %+v", hour, sent)
			} else if want == 1 && (!b.stands(sent[0]) || sent[0].User.String() != ada) {
				t.Errorf("hour %d: the letter is %+v", hour, sent[0])
			}
			b.clock.pass(4 * time.Minute)
			if sent := ask("ada"); len(sent) != 0 {
				t.Errorf("hour %d: too soon again: %+v", hour, sent)
			}
			b.clock.pass(56 * time.Minute)
		}
		if sent := ask("shared@EXAMPLE.com"); len(sent) != 1 || sent[0].User.String() == ada {
			t.Errorf("the other account of the address: %+v", sent)
		}
		b.clock.pass(24 * time.Hour)
		if sent := ask("shared@example.com"); len(sent) != 2 {
			t.Errorf("both accounts a day later: %+v", sent)
		}
		if !slices.ContainsFunc(b.audits(ada), func(a string) bool { return a == "user.send-reset" }) {
			t.Errorf("the trail says %v", b.audits(ada))
		}
	})
}
