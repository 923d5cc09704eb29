package lifecycle_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall/lifecycle"
)

// TestLockout holds locks against what the policy says in words: so many
// failures in so long, each lock twice as long, then one without an end.
func TestLockout(t *testing.T) {
	t.Parallel()
	policy := lifecycle.DefaultPolicy()
	rapid.Check(t, func(r *rapid.T) {
		policy.Lockout = lifecycle.LockoutPolicy{
			Failures: rapid.IntRange(1, 5).Draw(r, "failures"), Within: 15 * time.Minute,
			Lasts: 30 * time.Minute, PermanentAfter: rapid.IntRange(0, 3).Draw(r, "permanent after"),
		}
		facts := lifecycle.Facts{Stage: lifecycle.Enrolled}
		clock, locks := now, 0
		var failures []time.Time
		for range rapid.IntRange(1, 60).Draw(r, "steps") {
			clock = clock.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 4, 7, 15, 30, 60, 120, 240}).Draw(r, "minutes")) * time.Minute)
			before := facts.Status(clock)
			good := rapid.IntRange(0, 19).Draw(r, "good") == 0
			var command lifecycle.Command = lifecycle.FailSignIn{At: clock}
			if good {
				command = lifecycle.SignIn{At: clock}
			}
			d, err := lifecycle.Decide(facts, policy, clock, command)
			if err != nil {
				r.Fatal(err)
			}
			facts = d.Facts
			if before == lifecycle.StatusLocked {
				if d.To != lifecycle.StatusLocked {
					r.Fatalf("%T lifted a lock", command)
				}
				continue
			}
			if good {
				failures, locks = nil, 0
				continue
			}
			failures = append(failures, clock)
			inWindow := 0
			for _, at := range failures {
				if clock.Sub(at) < policy.Lockout.Within {
					inWindow++
				}
			}
			if want := inWindow >= policy.Lockout.Failures; want != (d.To == lifecycle.StatusLocked) {
				r.Fatalf("%d failures in the window of %d: %s", inWindow, policy.Lockout.Failures, d.To)
			}
			if d.To != lifecycle.StatusLocked {
				continue
			}
			var end time.Time
			if locks < policy.Lockout.PermanentAfter {
				end = clock.Add(policy.Lockout.Lasts * time.Duration(1<<locks))
			}
			if !facts.Lockout.Until.Equal(end) {
				r.Fatalf("lock %d ends %v, want %v", locks+1, facts.Lockout.Until, end)
			}
			failures, locks = nil, locks+1
			if len(d.Events) > 0 || d.Changed || !d.Noted || !facts.Active(clock) {
				r.Fatalf("a lock is an event, a version, or shows in SCIM: %+v", d)
			}
		}
	})
}

func TestLockoutEdges(t *testing.T) {
	t.Parallel()
	policy := lifecycle.DefaultPolicy()
	decide := func(t *testing.T, facts lifecycle.Facts, commands ...lifecycle.Command) lifecycle.Decision {
		t.Helper()
		d, err := lifecycle.Decide(facts, policy, now, commands...)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	fails := slices.Repeat([]lifecycle.Command{lifecycle.FailSignIn{At: now}}, policy.Lockout.Failures)
	enrolled := lifecycle.Facts{Stage: lifecycle.Enrolled}
	endless := lifecycle.Facts{Stage: lifecycle.Enrolled, Lockout: lifecycle.Lockout{At: at(-time.Hour)}, ResetExpires: at(time.Hour)}
	timed := endless
	timed.Lockout.Until = at(time.Minute)

	t.Run("failures of an API-only account never lock", func(t *testing.T) {
		t.Parallel()
		facts := enrolled
		facts.APIOnly = true
		if d := decide(t, facts, fails...); d.To != lifecycle.StatusActive || d.Facts.Attempts.Failed != len(fails) {
			t.Errorf("%s after %d failures", d.To, d.Facts.Attempts.Failed)
		}
	})
	t.Run("failures reported late do not count", func(t *testing.T) {
		t.Parallel()
		late := slices.Repeat([]lifecycle.Command{lifecycle.FailSignIn{At: at(-time.Hour)}}, 20)
		if d := decide(t, enrolled, late...); d.To != lifecycle.StatusActive {
			t.Error(d.To)
		}
	})
	t.Run("a good sign-in reported late forgives what was before it", func(t *testing.T) {
		t.Parallel()
		d := decide(t, enrolled, lifecycle.FailSignIn{At: at(-3 * time.Minute)}, lifecycle.FailSignIn{At: at(-time.Minute)}, lifecycle.SignIn{At: at(-2 * time.Minute)})
		if want := []time.Time{at(-time.Minute)}; !slices.Equal(d.Facts.Attempts.Recent, want) {
			t.Errorf("%v count, want %v", d.Facts.Attempts.Recent, want)
		}
	})
	t.Run("a report from the future counts as now", func(t *testing.T) {
		t.Parallel()
		if d := decide(t, enrolled, lifecycle.SignIn{At: at(time.Hour)}); !d.Facts.Activity.LastLogin.Equal(now) {
			t.Error(d.Facts.Activity.LastLogin)
		}
	})
	t.Run("a reset by link ends a lock that has an end", func(t *testing.T) {
		t.Parallel()
		if d := decide(t, timed, lifecycle.ResetPassword{}); d.To != lifecycle.StatusActive {
			t.Error(d.To)
		}
		if d := decide(t, endless, lifecycle.ResetPassword{}); d.To != lifecycle.StatusLocked {
			t.Error(d.To)
		}
		if d := decide(t, endless, lifecycle.ResetPassword{ByAdministrator: true}); d.To != lifecycle.StatusActive {
			t.Error(d.To)
		}
	})
	t.Run("active true and a changed password do not unlock", func(t *testing.T) {
		t.Parallel()
		if d := decide(t, timed, lifecycle.Resume{Source: "connection:a"}, lifecycle.ChangePassword{}); d.To != lifecycle.StatusLocked {
			t.Error(d.To)
		}
	})
	t.Run("unlock keeps the count of locks and reset attempts forgets it", func(t *testing.T) {
		t.Parallel()
		lockedOnce := decide(t, enrolled, fails...).Facts
		if d := decide(t, lockedOnce, lifecycle.Unlock{}); d.To != lifecycle.StatusActive || d.Facts.Attempts.Locks != 1 {
			t.Errorf("%s, %+v", d.To, d.Facts.Attempts)
		}
		if d := decide(t, lockedOnce, lifecycle.ResetAttempts{}); d.To != lifecycle.StatusActive || d.Facts.Attempts.Locks != 0 || d.Facts.Attempts.Failed != 0 {
			t.Errorf("%s, %+v", d.To, d.Facts.Attempts)
		}
	})
}
