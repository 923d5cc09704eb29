package conformance

import (
	"encoding/json"
	"strings"
	"testing"
)

// latest is what changed by the newest row about a user, which must be of an
// action.
func (o *office) latest(t *testing.T, id, action string) map[string]any {
	t.Helper()
	row := o.ask(t, 200, "GET", "/users/"+id+"/history?count=1", "")["rows"].([]any)[0].(map[string]any)
	if row["action"] != action {
		t.Errorf("the newest row is of %v, want %s", row["action"], action)
	}
	changes, _ := row["changes"].(map[string]any)
	return changes
}

// TestAuditNamesFacts: a row says what became of the account, whether the same
// request changed the resource as well or not.
func TestAuditNamesFacts(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		mine := map[string]any{"source": "$re:^connection:"}

		off := s.user(t, "off", `"active":false`)
		report(t, map[string]any{
			"": []any{nil, map[string]any{"userName": "off", "active": false}}, "status": []any{"None", "Suspended"}, "suspensions": []any{nil, []any{mine}},
		}, o.latest(t, off, "user.create"))

		id := s.user(t, "ada", `"title":"t1"`)
		report(t, map[string]any{
			"": []any{nil, map[string]any{"userName": "ada", "active": true}}, "status": []any{"None", "Active"}, "suspensions": "$absent", "stage": "$absent",
		}, o.latest(t, id, "user.create"))
		patch := func(operations ...string) map[string]any {
			t.Helper()
			s.want(t, 200, "PATCH", "/Users/"+id, patchOp(operations...))
			return o.latest(t, id, "user.patch")
		}
		const off1, on = `{"op":"replace","path":"active","value":false}`, `{"op":"replace","path":"active","value":true}`
		title := func(value string) string { return `{"op":"replace","path":"title","value":"` + value + `"}` }
		report(t, map[string]any{"title": []any{"t1", "t2"}, "status": []any{"Active", "Suspended"}, "suspensions": []any{nil, []any{mine}}}, patch(off1, title("t2")))
		o.act(t, 200, id, "suspend", `{"reason":"on leave"}`)
		report(t, map[string]any{
			"title": []any{"t2", "t3"}, "status": "$absent", "suspensions": []any{[]any{mine, map[string]any{"source": "administrators"}}, "$len:1"}, "drifts": []any{nil, "$len:1"},
		}, patch(on, title("t3")))
		o.act(t, 200, id, "activate", "")
		report(t, map[string]any{"title": "$absent", "status": []any{"Active", "Suspended"}, "suspensions": []any{nil, []any{mine}}}, patch(off1))
		report(t, map[string]any{"status": []any{"Suspended", "Active"}, "suspensions": []any{[]any{mine}, nil}}, patch(on))
		report(t, map[string]any{
			"status": "$absent", "validUntil": []any{nil, "2090-01-01T00:00:00Z"},
			"urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User:validUntil": []any{nil, "2090-01-01T00:00:00Z"},
		}, patch(`{"op":"add","path":"urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User:validUntil","value":"2090-01-01T00:00:00Z"}`))
		report(t, map[string]any{"roles": []any{nil, "$len:1"}, "roleSources": []any{nil, map[string]any{"writer": "$re:^connection:"}}},
			patch(`{"op":"add","path":"roles","value":[{"value":"writer"}]}`))
		s.want(t, 200, "PUT", "/Users/"+id, `{`+userSchemas+`,"userName":"ada","active":false}`)
		report(t, map[string]any{
			"title": []any{"t3", nil}, "status": []any{"Active", "Suspended"}, "suspensions": []any{nil, []any{mine}}, "roleSources": []any{map[string]any{}, nil},
		}, o.latest(t, id, "user.put"))
		s.want(t, 204, "DELETE", "/Users/"+id, "")
		report(t, map[string]any{"status": []any{"Suspended", "Deprovisioned"}, "stage": []any{"enrolled", "deprovisioned"}}, o.latest(t, id, "user.delete"))
	})
}

// TestAuditOfPasswords: a row says that there is another password, whoever set
// it, and nothing of it.
func TestAuditOfPasswords(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o, ada := s.desk(), person{strings.TrimSuffix(s.Base, "/scim/v2")}
		follow := func(answer map[string]any, password string) {
			t.Helper()
			link := answer["letters"].([]any)[0].(map[string]any)["link"].(string)
			ada.choose(t, strings.TrimPrefix(link, ada.root), password)
		}
		invited := o.invited(t, "ada")
		id := invited["id"].(string)
		named := []any{nil, nil}
		follow(invited, "Correct-Horse-1")
		report(t, map[string]any{"password": named, "status": []any{"Pending", "Active"}}, o.latest(t, id, "user.accept"))
		follow(o.act(t, 200, id, "reset-password", ""), "Correct-Horse-2")
		report(t, map[string]any{"password": named, "resetExpires": []any{"$re:^20", nil}}, o.latest(t, id, "user.reset-password"))
		o.act(t, 200, id, "set-password", `{"password":"Correct-Horse-3"}`)
		report(t, map[string]any{"password": named}, o.latest(t, id, "user.reset-password"))
		s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"password","value":"Correct-Horse-4"}`, `{"op":"replace","path":"active","value":false}`))
		report(t, map[string]any{"password": named, "status": []any{"Active", "Suspended"}}, o.latest(t, id, "user.patch"))
		if text, err := json.Marshal(o.ask(t, 200, "GET", "/users/"+id+"/history", "")); err != nil || strings.Contains(string(text), "Horse") || strings.Contains(string(text), "argon2") {
			t.Errorf("a password is in the trail: %v", err)
		}
	})
}
