package lifecycle_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall/lifecycle"
	"rollcall/lifecycle/lifecycletest"
)

// moves are what can be done at an instant, to a length of time after it.
func moves(now time.Time, length time.Duration, source string) map[string]lifecycle.Command {
	end := now.Add(length)
	suspension := lifecycle.Suspension{Source: source, Reason: "why", Since: now}
	ending := suspension
	ending.Until = end
	all := map[string]lifecycle.Command{
		"create":             lifecycle.Create{},
		"enroll":             lifecycle.Enroll{},
		"submit":             lifecycle.Submit{},
		"invite":             lifecycle.Invite{Email: true, Approval: length%(2*time.Minute) == 0},
		"invite nowhere":     lifecycle.Invite{},
		"accept":             lifecycle.Accept{},
		"approve":            lifecycle.Approve{},
		"schedule":           lifecycle.Schedule{ValidFrom: now.Add((length / 2).Truncate(time.Minute)), ValidUntil: end},
		"unschedule":         lifecycle.Schedule{},
		"suspend":            lifecycle.Suspend{Suspension: suspension},
		"suspend for a time": lifecycle.Suspend{Suspension: ending},
		"resume":             lifecycle.Resume{Source: source},
		"override":           lifecycle.Override{Source: source, Reason: "an owner"},
		"override all":       lifecycle.Override{Reason: "an owner"},
		"take over":          lifecycle.TakeOver{Source: source, By: "ann", Reason: "an owner"},
		"lock":               lifecycle.Lock{By: "ann", Reason: "odd"},
		"lock for a time":    lifecycle.Lock{By: "ann", Reason: "odd", Until: end},
		"unlock":             lifecycle.Unlock{},
		"reset attempts":     lifecycle.ResetAttempts{},
		"fail":               lifecycle.FailSignIn{At: now},
		"sign in":            lifecycle.SignIn{At: now},
		"send reset":         lifecycle.SendReset{Email: true},
		"reset password":     lifecycle.ResetPassword{},
		"new password":       lifecycle.ResetPassword{ByAdministrator: true},
		"change password":    lifecycle.ChangePassword{},
		"deprovision":        lifecycle.Deprovision{},
		"hold":               lifecycle.Deprovision{Hold: true},
		"release":            lifecycle.Release{},
		"restore":            lifecycle.Restore{By: "ann"},
		"revive":             lifecycle.Revive{Approval: length%(2*time.Minute) == 0},
	}
	for _, mark := range []lifecycle.Mark{lifecycle.MarkAPIOnly, lifecycle.MarkBreakGlass, lifecycle.MarkLegalHold} {
		all["mark "+string(mark)] = lifecycle.SetMark{Mark: mark, Purpose: "p"}
		all["unmark "+string(mark)] = lifecycle.Unmark{Mark: mark}
	}
	for _, kind := range lifecycle.TimerKinds() {
		all["cancel "+string(kind)] = lifecycle.Cancel{Kind: kind}
	}
	return all
}

// TestClockwork drives random moves and time against both.
func TestClockwork(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	policy := lifecycle.DefaultPolicy()
	policy.Lockout = lifecycle.LockoutPolicy{Failures: 3, Within: 15 * time.Minute, Lasts: 30 * time.Minute, PermanentAfter: 2}
	policy.InviteValidity, policy.ResetValidity = 3*time.Hour, 2*time.Hour
	rapid.Check(t, func(r *rapid.T) {
		now := begin
		machine := lifecycletest.NewClockwork(policy, begin, time.Minute)
		facts := lifecycle.Facts{}
		var told []lifecycle.Change
		var last *lifecycle.Decision
		decide := func(commands ...lifecycle.Command) error {
			d, err := lifecycle.Decide(facts, policy, now, commands...)
			if err == nil {
				facts, told, last = d.Facts, append(told, d.Changes...), &d
			}
			return err
		}
		same := func(what string) {
			if got := facts.Status(now); got != machine.Status() {
				r.Fatalf("%s: %s made %s, the machine says %s: %+v", now, what, got, machine.Status(), facts)
			}
		}
		for range rapid.IntRange(1, 40).Draw(r, "moves") {
			for range rapid.SampledFrom([]int{0, 0, 1, 5, 29, 30, 120}).Draw(r, "minutes") {
				now, last = now.Add(time.Minute), nil
				machine.Until(now)
				same("time")
			}
			switch rapid.IntRange(0, 9).Draw(r, "what") {
			case 0, 1:
				if err := decide(lifecycle.Fire{Kind: rapid.SampledFrom(lifecycle.TimerKinds()[:6]).Draw(r, "timer")}); err != nil {
					r.Fatalf("a timer was refused: %v", err)
				}
				last = nil
				continue
			case 2:
				if last == nil || last.Before.Stage == lifecycle.Absent {
					continue
				}
				undo := lifecycle.Undo{Before: last.Before, After: last.Facts}
				if err := decide(undo); err != nil || !machine.Take(undo) {
					r.Fatalf("%s: not undone: %v", now, err)
				}
				last = nil
				same("undo")
				continue
			}
			source := rapid.SampledFrom([]string{"connection:a", "connection:b", lifecycle.Administrators}).Draw(r, "source")
			all := moves(now, time.Duration(rapid.IntRange(0, 60).Draw(r, "length"))*time.Minute, source)
			name := rapid.SampledFrom(slices.Sorted(maps.Keys(all))).Draw(r, "move")
			able := machine.Take(all[name])
			if err := decide(all[name]); (err == nil) != able {
				r.Fatalf("%s: %s: %v; the machine takes it: %v; %+v", now, name, err, able, facts)
			}
			if !able {
				last = nil
			}
			same(name)
		}
		if err := decide(); err != nil {
			r.Fatal(err)
		}
		sameHistory(r, told, machine.Log())
	})
}

// sameHistory compares what was told with what the machine saw happen, minute
// for minute.
func sameHistory(r *rapid.T, told []lifecycle.Change, log []lifecycletest.Change) {
	if len(told) != len(log) {
		r.Fatalf("told %+v\nhappened %+v", told, log)
	}
	for i, c := range told {
		if !c.At.Equal(log[i].At) || c.From != log[i].From || c.To != log[i].To {
			r.Fatalf("told %+v\nhappened %+v", c, log[i])
		}
	}
}
