package conformance

import (
	"strings"
	"testing"

	"rollcall/internal/operator"
)

// TestConsoleForetells: the schedule of a user lists what the policies will do with
// it, and what follows from that, and each can be put off as far as that is
// possible.
func TestConsoleForetells(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		b := o.signIn(t, o.operator(t, "ada", operator.Admin))
		helpdesk := o.signIn(t, o.operator(t, "hal", operator.Helpdesk))
		o.ask(t, 200, "PUT", "/policy", `{"stale":{"after":"90d","warnAfter":"80d","suspend":true},"escalation":{"expired":"14d","suspended":"60d"}}`, "If-Match", "*")
		id := s.user(t, "eve", `"emails":[{"value":"e@example.com"}]`)
		at := "/users/" + id

		response, body := b.open(t, at+"/schedule")
		shows(t, response, body, 200, "The owner is warned that it is unused", "unless somebody uses it first", "It is suspended, because nobody uses it", "It is deprovisioned", "It is purged for good",
			`<a href="/console/policies#stale.after">Unused accounts: Unused after</a>`, `href="/console/policies#escalation.suspended"`, `href="/console/policies#purgeAfter"`, "It follows from what comes before it.")
		if n := strings.Count(body, "Postpone</button>"); n != 2 {
			t.Errorf("%d things can be postponed: %s", n, body)
		}
		response, body = b.open(t, at)
		shows(t, response, body, 200, "Next: The owner is warned")
		response, body = helpdesk.open(t, at+"/schedule")
		if shows(t, response, body, 200, "It is purged for good", "Your role cannot cancel it."); strings.Contains(body, "/policies#") || strings.Contains(body, "</button> <span") {
			t.Errorf("the help desk is offered what it cannot do: %s", body)
		}
		b.done(t, at+"/timers/stale/cancel", nil, "It was postponed")

		b.done(t, at+"/actions/schedule", map[string][]string{"validUntil": {"2090-01-31"}}, "The validity was set.")
		response, body = b.open(t, at+"/schedule")
		shows(t, response, body, 200, "31 Jan 2090", "It then has no last day.", "it does not come to that")
		b.done(t, at+"/actions/mark", map[string][]string{"mark": {"breakGlass"}, "purpose": {"x"}}, "was marked")
		if _, body = b.open(t, at+"/schedule"); strings.Contains(body, "It is deprovisioned") || strings.Contains(body, "because nobody uses it") {
			t.Errorf("policies leave it alone: %s", body)
		}
		b.done(t, at+"/actions/unmark", map[string][]string{"mark": {"breakGlass"}}, "The mark was removed.")
		b.done(t, at+"/actions/deprovision", map[string][]string{"reason": {"left"}}, "The account was deprovisioned.")
		response, body = b.open(t, at+"/schedule")
		shows(t, response, body, 200, "It is purged for good", "It is then kept until somebody purges it.")
		b.done(t, at+"/timers/purge/cancel", nil, "It was cancelled.")
		response, body = b.open(t, at+"/schedule")
		shows(t, response, body, 200, "Nothing: neither")
		b.done(t, at+"/timers/purge/cancel", nil, "There was nothing to cancel")
	})
}

// TestLastDaysAreNotPostponed: what follows from the last day of an account is
// cancelled with that day alone.
func TestLastDaysAreNotPostponed(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		b := o.signIn(t, o.operator(t, "ada", operator.Admin))
		o.ask(t, 200, "PUT", "/policy", `{"stale":{"after":"0","warnAfter":"0"},"escalation":{"expired":"14d"}}`, "If-Match", "*")
		id := s.user(t, "eve")
		o.act(t, 200, id, "schedule", `{"validUntil":"2090-01-31T00:00:00Z"}`)
		at := "/users/" + id
		response, body := b.open(t, at+"/schedule")
		shows(t, response, body, 200, "31 Jan 2090", "14 Feb 2090", "It follows from the last day of the account.", at+"/actions/schedule", "escalation.expired")
		if strings.Contains(body, "/timers/deprovision/") {
			t.Error("what cannot be cancelled has a button")
		}
		b.done(t, at+"/timers/deprovision/cancel", nil, "It cannot be cancelled")
		report(t, map[string]any{"detail": "$re:follows from what the account is"}, o.ask(t, 409, "DELETE", at+"/timers/deprovision", ""))
		b.done(t, at+"/timers/valid_until/cancel", nil, "It was cancelled.")
		response, body = b.open(t, at+"/schedule")
		shows(t, response, body, 200, "Nothing: neither")
	})
}
