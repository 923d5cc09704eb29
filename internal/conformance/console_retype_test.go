package conformance

import (
	"net/url"
	"testing"

	"rollcall/internal/operator"
)

// TestConsoleKeepsWhatWasTyped: a small form that is refused is shown again with
// what was typed into it, and the other forms of its page are not.
func TestConsoleKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		b := o.signIn(t, o.operator(t, "ada", operator.Owner))
		eve := s.user(t, "eve")
		group, other := s.group(t, "Engineers", eve), s.group(t, "Designers")
		connection := s.connected(t)
		for _, one := range []struct {
			form string
			sent url.Values
			want []string
		}{
			{"/groups/" + group + "/add", url.Values{"member": {"nobody-here"}}, []string{`name="member" value="nobody-here"`, `name="displayName" value="Engineers"`}},
			{"/groups/" + group, url.Values{"displayName": {"Designers"}}, []string{`name="displayName" value="Designers"`, `name="member" value=""`}},
			{"/users/" + eve + "/groups/add", url.Values{"group": {"Nowhere"}}, []string{`name="group" list="groups" value="Nowhere"`}},
			{"/users/" + eve + "/roles/add", url.Values{"role": {"  "}, "group": {other}}, []string{`name="role" value="  "`, `name="group" list="groups" value=""`}},
			{connection + "/guard/allow", url.Values{"removals": {"5"}, "for": {"soon"}, "reason": {"year end"}}, []string{`required value="5"`, `name="for" value="soon"`, `value="year end"`, `id="block-for" name="for" value="1h"`}},
		} {
			response, body := b.submit(t, one.form, one.sent)
			shows(t, response, body, 422, one.want...)
		}
	})
}
