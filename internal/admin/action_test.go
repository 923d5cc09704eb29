package admin_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall/internal/admin"
	"rollcall/internal/validation"
	"rollcall/lifecycle"
	"rollcall/scim"
)

// asked is a request that holds all that an action may need.
func asked(e *scim.Explanation, mark lifecycle.Mark) admin.Request {
	end := noon.Add(time.Hour)
	return admin.Request{
		Reason: "asked", Until: end, Mark: mark, Purpose: "job", Confirm: e.ID, Password: "Correct-Horse-1", ValidUntil: &end, By: "test",
	}
}

// TestAllowedIsTrue: what is said to be allowed does something for some request,
// and what is not is refused or does nothing, for accounts in any state.
func TestAllowedIsTrue(t *testing.T) {
	t.Parallel()
	policy := lifecycle.DefaultPolicy()
	rapid.Check(t, func(t *rapid.T) {
		e := explained(accounts().Draw(t, "facts"))
		e.ID = "0190c8a0-0000-7000-8000-000000000001"
		allowed := admin.Allowed(e)
		for _, name := range admin.Names() {
			action, _ := admin.Lookup(name)
			does := false
			for _, mark := range lifecycle.Marks() {
				order, err := action.Order(e.ID, asked(e, mark), scim.Precondition{}, false)
				if err != nil {
					t.Fatal(err)
				}
				commands, err := order.Commands(e)
				var wrong *validation.Error
				if errors.As(err, &wrong) {
					does = true // it has to be told more
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				for i, command := range commands { // there is an address
					switch command := command.(type) {
					case lifecycle.Invite:
						command.Email = true
						commands[i] = command
					case lifecycle.SendReset:
						command.Email = true
						commands[i] = command
					}
				}
				decision, err := lifecycle.Decide(e.Facts, policy, noon, commands...)
				does = does || err == nil && len(decision.Applied) > 0
			}
			if does && !slices.Contains(allowed, name) {
				t.Errorf("%s does something and is not allowed to %s", name, e.Standing.Status)
			}
			if !does && slices.Contains(allowed, name) && !slices.Contains([]string{"mark", "unmark", "suspend", "lock", "schedule"}, name) {
				t.Errorf("%s is allowed to %s and does nothing", name, e.Standing.Status)
			}
		}
	})
}

// accounts draws facts of accounts in any state.
func accounts() *rapid.Generator[lifecycle.Facts] {
	return rapid.Custom(func(t *rapid.T) lifecycle.Facts {
		f := lifecycle.Facts{
			Stage:      rapid.SampledFrom([]lifecycle.Stage{lifecycle.Staged, lifecycle.Pending, lifecycle.Enrolled, lifecycle.Deprovisioned, lifecycle.Purged}).Draw(t, "stage"),
			BreakGlass: rapid.Bool().Draw(t, "breakGlass"),
			Activity:   lifecycle.Activity{Created: noon.Add(-time.Hour)}, Changed: noon.Add(-time.Hour), Settled: noon.Add(-time.Hour),
		}
		switch f.Stage {
		case lifecycle.Purged:
			return lifecycle.Facts{Stage: lifecycle.Purged}
		case lifecycle.Pending:
			f.PendingOn = rapid.SampledFrom([]lifecycle.Wait{lifecycle.Email, lifecycle.Approval, lifecycle.EmailAndApproval}).Draw(t, "wait")
		case lifecycle.Deprovisioned:
			f.Was, f.Held, f.LegalHold = lifecycle.Enrolled, rapid.Bool().Draw(t, "held"), rapid.Bool().Draw(t, "hold")
			return f
		case lifecycle.Enrolled:
			f.APIOnly = rapid.Bool().Draw(t, "apiOnly")
			if !f.APIOnly && rapid.Bool().Draw(t, "locked") {
				f.Lockout = lifecycle.Lockout{At: noon.Add(-time.Minute), By: "x", Reason: "y"}
			}
		}
		for _, source := range []string{lifecycle.Administrators, "connection:1", lifecycle.StalePolicy} {
			if rapid.Bool().Draw(t, source) {
				f.Suspensions = append(f.Suspensions, lifecycle.Suspension{Source: source, Reason: "r", Since: noon.Add(-time.Minute)})
			}
		}
		return f
	})
}

func TestWhen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"": {}, "90d": noon.Add(90 * 24 * time.Hour), "12h": noon.Add(12 * time.Hour), "2030-01-31T02:00:00+02:00": time.Date(2030, 1, 31, 0, 0, 0, 0, time.UTC),
	} {
		if got, err := admin.When("until", text, noon); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"yesterday", "-1h", "0s", "40000000d", "2001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "d", "1.5d"} {
		var wrong *validation.Error
		if got, err := admin.When("until", text, noon); !errors.As(err, &wrong) || wrong.Field != "until" {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
}

// TestProperties writes out what is said of the actions, a second time.
func TestProperties(t *testing.T) {
	t.Parallel()
	for property, want := range map[string]struct {
		has   func(admin.Action) bool
		names string
	}{
		"asks for a reason": {func(a admin.Action) bool { return a.AsksReason }, "deprovision lock override purge suspend take-over"},
		"removes":           {func(a admin.Action) bool { return a.Removes }, "deprovision lock purge suspend"},
		"deletes":           {func(a admin.Action) bool { return a.Deletes }, "deprovision purge release"},
		"irreversible":      {func(a admin.Action) bool { return a.Irreversible }, "purge"},
		"grave":             {admin.Action.Grave, "deprovision lock purge release suspend"},
		"assists":           {func(a admin.Action) bool { return a.Assists }, "invite reset-attempts reset-password unlock"},
	} {
		var names []string
		for _, name := range admin.Names() {
			if action, _ := admin.Lookup(name); want.has(action) {
				names = append(names, name)
			}
		}
		if got := strings.Join(names, " "); got != want.names {
			t.Errorf("%s: %s, want %s", property, got, want.names)
		}
	}
}

// TestReasonsAreAskedFor: what the lifecycle refuses without a reason, people are
// asked for one.
func TestReasonsAreAskedFor(t *testing.T) {
	t.Parallel()
	refused := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		e := explained(accounts().Draw(t, "facts"))
		for _, name := range admin.Names() {
			action, _ := admin.Lookup(name)
			request := asked(e, lifecycle.MarkLegalHold)
			request.Reason = ""
			order, err := action.Order(e.ID, request, scim.Precondition{}, false)
			if err != nil {
				t.Fatal(err)
			}
			commands, err := order.Commands(e)
			if err != nil {
				continue
			}
			_, err = lifecycle.Decide(e.Facts, lifecycle.DefaultPolicy(), e.At, commands...)
			var refusal *lifecycle.Refusal
			if errors.As(err, &refusal) && refusal.Why == lifecycle.WhyNoReason {
				if refused[name] = true; !action.AsksReason {
					t.Errorf("%s is refused without a reason, and nobody is asked for one", name)
				}
			}
		}
	})
	if !refused["suspend"] || !refused["lock"] {
		t.Errorf("refused without a reason are %v", refused)
	}
}
