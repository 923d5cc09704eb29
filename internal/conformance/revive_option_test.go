package conformance

import "testing"

// TestReviveOption switches the option on while users are deleted already, and
// refuses what is no such option.
func TestReviveOption(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		before := o.connection(t, s, "hr", `{}`)
		id := before.deleted(t, "early", "1")
		if before.again(t, known("second", "1"), id) {
			t.Error("came back without the option")
		}
		for _, wrong := range []string{`"userName"`, `true`, `["externalId"]`, `"externalID"`, `7`} {
			o.ask(t, 400, "PATCH", "/connections/hr", `{"options":{"revive":`+wrong+`}}`)
			o.ask(t, 400, "POST", "/connections", `{"name":"wrong","options":{"revive":`+wrong+`}}`)
		}
		report(t, map[string]any{"options": map[string]any{"revive": "externalId"}}, o.ask(t, 200, "PATCH", "/connections/hr", `{"options":`+revives+`}`))
		on := o.connected(t, s, "hr")
		if !on.again(t, known("third", "1"), id) {
			t.Error("who was deleted before the option does not come back")
		}
		on.want(t, 204, "DELETE", "/Users/"+id, "")
		report(t, map[string]any{"options": map[string]any{"revive": "$absent"}}, o.ask(t, 200, "PATCH", "/connections/hr", `{"options":{"revive":null}}`))
		if o.connected(t, s, "hr").again(t, known("fourth", "1"), id) {
			t.Error("came back after the option")
		}
	})
}
