package lifecycle_test

import (
	"slices"
	"testing"
	"time"

	"rollcall/lifecycle"
)

// story is an account that things happen to.
type story struct {
	*testing.T
	facts  lifecycle.Facts
	policy lifecycle.Policy
	clock  time.Time
}

func tell(t *testing.T, facts lifecycle.Facts) *story {
	t.Helper()
	return &story{t, facts, lifecycle.DefaultPolicy(), now}
}

func (s *story) do(commands ...lifecycle.Command) lifecycle.Decision {
	s.Helper()
	d, err := lifecycle.Decide(s.facts, s.policy, s.clock, commands...)
	if err != nil {
		s.Fatal(err)
	}
	s.facts = d.Facts
	return d
}

func (s *story) wait(d time.Duration) { s.clock = s.clock.Add(d) }

func (s *story) is(want lifecycle.Status) {
	s.Helper()
	if got := s.facts.Status(s.clock); got != want {
		s.Fatalf("the account is %s, want %s: %+v", got, want, s.facts.Standing(s.clock))
	}
}

func kinds(d lifecycle.Decision) []lifecycle.EventKind {
	var kinds []lifecycle.EventKind
	for _, e := range d.Events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func (s *story) emits(d lifecycle.Decision, want ...lifecycle.EventKind) {
	s.Helper()
	if got := kinds(d); !slices.Equal(got, want) {
		s.Fatalf("events %v, want %v", got, want)
	}
}

var (
	suspended = lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: "connection:a", By: "connection:a"}}
	asked     = lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: lifecycle.Administrators, By: "ann", Reason: "asked"}}
)

// TestTraps are the traps at the end of the specification, as far as they are
// for the core to avoid.
func TestTraps(t *testing.T) {
	t.Parallel()
	t.Run("another invitation asks again for an approval that was given", func(t *testing.T) {
		t.Parallel()
		s := tell(t, lifecycle.Facts{})
		s.policy.Approval.Invited = true
		s.do(lifecycle.Invite{Email: true})
		s.do(lifecycle.Approve{})
		s.do(lifecycle.Invite{Email: true})
		s.do(lifecycle.Accept{})
		s.is(lifecycle.StatusActive)
	})
	t.Run("a policy that changes lets somebody in who waits", func(t *testing.T) {
		t.Parallel()
		s := tell(t, lifecycle.Facts{})
		s.policy.Approval.Invited = true
		s.do(lifecycle.Invite{Email: true})
		s.policy.Approval.Invited = false
		s.do(lifecycle.Invite{Email: true})
		s.do(lifecycle.Accept{})
		s.is(lifecycle.StatusPending)
	})
	t.Run("reviving lets in whom others keep out", func(t *testing.T) {
		t.Parallel()
		for name, facts := range map[lifecycle.Status]lifecycle.Facts{
			lifecycle.StatusSuspended: {Stage: lifecycle.Enrolled, Suspensions: []lifecycle.Suspension{{Source: lifecycle.Administrators, Since: now}}},
			lifecycle.StatusPending:   {Stage: lifecycle.Pending, PendingOn: lifecycle.Approval},
			lifecycle.StatusLocked:    {Stage: lifecycle.Enrolled, Lockout: lifecycle.Lockout{At: now, By: "ann", Reason: "odd"}},
			lifecycle.StatusInactive:  {Stage: lifecycle.Enrolled, ValidFrom: now.Add(time.Hour)},
		} {
			s := tell(t, facts)
			s.do(lifecycle.Deprovision{})
			s.do(lifecycle.Revive{}, lifecycle.Resume{Source: "connection:a"})
			s.is(name)
		}
		s := tell(t, lifecycle.Facts{Stage: lifecycle.Enrolled})
		s.do(lifecycle.Deprovision{})
		s.do(lifecycle.Revive{Approval: true}, lifecycle.Resume{Source: "connection:a"})
		s.is(lifecycle.StatusPending)
	})
	t.Run("a purge timer deletes a rehire", func(t *testing.T) {
		t.Parallel()
		s := tell(t, lifecycle.Facts{Stage: lifecycle.Enrolled})
		s.do(lifecycle.Deprovision{})
		s.wait(20 * 24 * time.Hour)
		s.do(lifecycle.Restore{By: "ann"})
		s.wait(20 * 24 * time.Hour)
		if d := s.do(lifecycle.Fire{Kind: lifecycle.TimerPurge}); !d.Nothing() {
			t.Fatal("the timer of the old days purged")
		}
		s.is(lifecycle.StatusSuspended)
	})
	t.Run("sessions outlive a disable", func(t *testing.T) {
		t.Parallel()
		for name, command := range map[string]lifecycle.Command{
			"suspend": suspended, "deprovision": lifecycle.Deprovision{}, "expire": lifecycle.Schedule{ValidUntil: now},
			"postpone": lifecycle.Schedule{ValidFrom: now.Add(time.Hour)},
		} {
			s := tell(t, lifecycle.Facts{Stage: lifecycle.Enrolled})
			d := s.do(command)
			if !slices.Contains(d.Effects, lifecycle.RevokeTokens) || !slices.Contains(kinds(d), lifecycle.EventSessionRevoked) {
				t.Errorf("%s: %v, %v", name, d.Effects, kinds(d))
			}
		}
	})
	t.Run("parked steps outlive their user", func(t *testing.T) {
		t.Parallel()
		s := tell(t, lifecycle.Facts{})
		s.do(lifecycle.Invite{Email: true}, lifecycle.Schedule{ValidUntil: now.Add(time.Hour)})
		d := s.do(lifecycle.Deprovision{})
		if len(d.Timers) != 1 || d.Timers[0].Kind != lifecycle.TimerPurge {
			t.Errorf("timers %+v", d.Timers)
		}
		if _, err := lifecycle.Decide(s.facts, s.policy, s.clock, lifecycle.Accept{}); err == nil {
			t.Error("the invite still works")
		}
		s.do(lifecycle.Restore{})
		if _, err := lifecycle.Decide(s.facts, s.policy, s.clock, lifecycle.Accept{}); err == nil {
			t.Error("the invite works again")
		}
	})
	t.Run("never-logged-in accounts escape a stale rule", func(t *testing.T) {
		t.Parallel()
		s := tell(t, lifecycle.Facts{})
		s.policy.Stale.Suspend = true
		d := s.do(lifecycle.Enroll{})
		if len(d.Timers) != 2 || d.Timers[0].Kind != lifecycle.TimerStaleWarning || !d.Timers[1].Due.Equal(now.Add(90*24*time.Hour)) {
			t.Fatalf("timers %+v", d.Timers)
		}
		s.wait(90 * 24 * time.Hour)
		if !s.facts.Stale(s.policy, s.clock) {
			t.Error("it is not stale")
		}
		s.do(lifecycle.Fire{Kind: lifecycle.TimerStale})
		s.is(lifecycle.StatusSuspended)
		if source := s.facts.Standing(s.clock).Source; source != lifecycle.StalePolicy {
			t.Error(source)
		}
	})
	t.Run("a repeated disable makes false audit rows", func(t *testing.T) {
		t.Parallel()
		s := tell(t, lifecycle.Facts{Stage: lifecycle.Enrolled})
		s.do(suspended)
		for range 3 {
			s.wait(time.Hour)
			if d := s.do(suspended); !d.Nothing() || d.Changed {
				t.Fatalf("%+v", d)
			}
		}
		s.do(asked)
		if d := s.do(lifecycle.Resume{Source: "connection:a"}); !d.Changed {
			t.Fatal("its own suspension stays")
		}
		s.is(lifecycle.StatusSuspended)
		if d := s.do(lifecycle.Resume{Source: "connection:a"}); !d.Nothing() || len(s.facts.Drifts) != 1 {
			t.Fatalf("a repeated wish is told again: %+v", d)
		}
	})
	t.Run("an expired account signs in while the scheduler is down", func(t *testing.T) {
		t.Parallel()
		s := tell(t, lifecycle.Facts{Stage: lifecycle.Enrolled})
		s.do(lifecycle.Schedule{ValidUntil: now.Add(time.Hour)})
		s.wait(time.Hour)
		s.is(lifecycle.StatusSuspended)
		if s.facts.Admits(s.clock) || s.facts.Active(s.clock) || s.facts.Standing(s.clock).Cause != lifecycle.CauseExpired {
			t.Error("it is let in")
		}
		s.wait(time.Hour)
		d := s.do(lifecycle.Schedule{})
		s.is(lifecycle.StatusActive)
		s.emits(d, lifecycle.EventStatusChange, lifecycle.EventDeactivate, lifecycle.EventSessionRevoked, lifecycle.EventAccountDisabled,
			lifecycle.EventStatusChange, lifecycle.EventActivate, lifecycle.EventAccountEnabled)
		if !d.Changes[0].At.Equal(now.Add(time.Hour)) {
			t.Errorf("%+v", d.Changes)
		}
	})
	t.Run("an identity provider's sign-in silently reactivates", func(t *testing.T) {
		t.Parallel()
		s := tell(t, lifecycle.Facts{Stage: lifecycle.Enrolled})
		s.do(asked)
		d := s.do(lifecycle.SignIn{At: s.clock})
		s.is(lifecycle.StatusSuspended)
		if d.Changed || len(d.Events) > 0 || !d.Noted {
			t.Errorf("%+v", d)
		}
	})
	t.Run("an invite outruns active false", func(t *testing.T) {
		t.Parallel()
		s := tell(t, lifecycle.Facts{})
		s.do(lifecycle.Invite{Email: true})
		s.do(suspended)
		s.do(lifecycle.Accept{})
		s.is(lifecycle.StatusSuspended)
		s.do(lifecycle.Resume{Source: "connection:a"})
		s.is(lifecycle.StatusActive)
	})
	t.Run("a restored account is deprovisioned at once by the policy that took it", func(t *testing.T) {
		t.Parallel()
		s := tell(t, lifecycle.Facts{Stage: lifecycle.Enrolled, ValidUntil: now.Add(time.Hour)})
		s.policy.Escalation.Expired = 24 * time.Hour
		s.wait(25 * time.Hour)
		taken := s.do(lifecycle.Fire{Kind: lifecycle.TimerDeprovision})
		s.is(lifecycle.StatusDeprovisioned)
		again := *s
		for back, command := range map[string]lifecycle.Command{"restored": lifecycle.Restore{}, "undone": lifecycle.Undo{Before: taken.Before, After: taken.Facts}} {
			s := again
			s.do(command)
			s.do(lifecycle.Fire{Kind: lifecycle.TimerDeprovision})
			if got := s.facts.Status(s.clock); got != lifecycle.StatusSuspended {
				t.Errorf("%s: %s", back, got)
			}
		}
	})
	t.Run("a held deprovisioning strips or purges", func(t *testing.T) {
		t.Parallel()
		s := tell(t, lifecycle.Facts{Stage: lifecycle.Enrolled})
		d := s.do(lifecycle.Deprovision{Hold: true})
		if slices.Contains(d.Effects, lifecycle.StripMemberships) || !slices.Contains(d.Effects, lifecycle.RevokeTokens) || len(d.Timers) > 0 {
			t.Fatalf("%v, %v", d.Effects, d.Timers)
		}
		if d := s.do(lifecycle.Release{}); !slices.Contains(d.Effects, lifecycle.StripMemberships) || len(d.Timers) != 1 {
			t.Fatalf("%v, %v", d.Effects, d.Timers)
		}
	})
	t.Run("cancelling a first day lets somebody in", func(t *testing.T) {
		t.Parallel()
		s := tell(t, lifecycle.Facts{})
		s.do(lifecycle.Enroll{}, lifecycle.Schedule{ValidFrom: now.Add(time.Hour)})
		s.do(lifecycle.Cancel{Kind: lifecycle.TimerValidFrom})
		s.wait(48 * time.Hour)
		s.is(lifecycle.StatusInactive)
	})
}

// TestEvents holds the events of whole commands.
func TestEvents(t *testing.T) {
	t.Parallel()
	s := tell(t, lifecycle.Facts{})
	s.emits(s.do(lifecycle.Enroll{}, suspended), lifecycle.EventCreate)
	s.emits(s.do(lifecycle.Resume{Source: "connection:a"}), lifecycle.EventStatusChange, lifecycle.EventActivate, lifecycle.EventAccountEnabled)
	s.emits(s.do(asked), lifecycle.EventStatusChange, lifecycle.EventDeactivate, lifecycle.EventSessionRevoked, lifecycle.EventAccountDisabled)
	s.emits(s.do(suspended))
	s.emits(s.do(lifecycle.Override{Reason: "an owner"}), lifecycle.EventStatusChange, lifecycle.EventActivate, lifecycle.EventAccountEnabled)
	s.emits(s.do(lifecycle.Lock{By: "ann", Reason: "odd"}))
	s.emits(s.do(lifecycle.SendReset{Email: true}))
	s.emits(s.do(lifecycle.ResetPassword{ByAdministrator: true}), lifecycle.EventCredentialChange, lifecycle.EventSessionRevoked)
	s.emits(s.do(lifecycle.Deprovision{}), lifecycle.EventStatusChange, lifecycle.EventDelete, lifecycle.EventSessionRevoked, lifecycle.EventAccountDisabled)
	s.emits(s.do(lifecycle.Restore{}), lifecycle.EventStatusChange, lifecycle.EventCreate)
	s.emits(s.do(lifecycle.Deprovision{}), lifecycle.EventStatusChange, lifecycle.EventDelete)
	s.wait(30 * 24 * time.Hour)
	s.emits(s.do(lifecycle.Fire{Kind: lifecycle.TimerPurge}), lifecycle.EventAccountPurged)
}

func TestSuspensionsGoOn(t *testing.T) {
	t.Parallel()
	s := tell(t, lifecycle.Facts{Stage: lifecycle.Enrolled})
	s.do(asked)
	begin := s.facts.Suspensions[0].Since
	s.wait(time.Hour)
	s.do(lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: lifecycle.Administrators, Reason: "still", Since: s.clock, Until: s.clock.Add(time.Hour)}})
	if got := s.facts.Suspensions[0]; !got.Since.Equal(begin) || got.Reason != "still" {
		t.Errorf("other words began another suspension: %+v", got)
	}
	connection := suspended
	connection.Suspension.Until = s.clock.Add(time.Minute)
	s.do(connection, lifecycle.TakeOver{Source: "connection:a", By: "ann", Reason: "mine now"})
	if until, _ := s.facts.SuspendedUntil(s.clock); len(s.facts.Suspensions) != 1 || !until.Equal(s.clock.Add(time.Hour)) {
		t.Errorf("taking over shortened what the administrators had: %+v", s.facts.Suspensions)
	}
	s.do(lifecycle.Resume{Source: "connection:a"})
	s.is(lifecycle.StatusSuspended)
}
