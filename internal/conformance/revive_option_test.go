package conformance

import (
	"strings"
	"testing"
)

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

// TestReviveBodies: bodies that are refused are refused alike.
func TestReviveBodies(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		hr := s.desk().connection(t, s, "hr", revives)
		id := hr.deleted(t, "ada", "1")
		for name, refused := range map[string]struct {
			status int
			body   string
		}{
			"too large":   {413, known("ada", "1", `"title":"`+strings.Repeat("x", 2<<20)+`"`)},
			"cut off":     {400, `{` + userSchemas + `,"userName":"ada","externalId":"1"`},
			"nothing":     {400, ` `},
			"no name":     {400, `{` + userSchemas + `,"externalId":"1"}`},
			"not UTF-8":   {400, known("ada", "1", "\"title\":\"\xff\"")},
			"wrong dates": {400, known("ada", "1", `"`+lifecycleURN+`":{"validFrom":"2030-01-02T00:00:00Z","validUntil":"2030-01-01T00:00:00Z"}`)},
		} {
			if status, _, answer := hr.lenient().do(t, "POST", "/Users", refused.body); status != refused.status {
				t.Errorf("%s: %d %s", name, status, brief(answer))
			}
		}
		if !hr.again(t, known("ada", "1"), id) {
			t.Error("did not come back")
		}
	})
}
