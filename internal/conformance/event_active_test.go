package conformance

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// TestEventsOfInactiveAccounts: whoever knows nothing but RFC 9967 does not take
// an account that is not active for one that is, however it came to be there.
func TestEventsOfInactiveAccounts(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o, h := s.desk(), newHook(t)
		at := "/receivers/" + o.ask(t, 201, "POST", "/receivers", `{"name":"poll","kind":"set-poll"}`)["id"].(string) + "/poll"
		o.ask(t, 201, "POST", "/receivers", `{"name":"hook","kind":"webhook","url":"`+h.URL+`","events":["prov:*","status:change"]}`)
		on, off := s.user(t, "on"), s.user(t, "off", `"active":false`)
		early := s.user(t, "early", `"urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User":{"validFrom":"2090-01-01T00:00:00Z"}`)
		staged := o.ask(t, 201, "POST", "/users?entry=staged", `{`+userSchemas+`,"userName":"staged"}`)["id"].(string)
		put := s.user(t, "put")
		s.want(t, 200, "PUT", "/Users/"+put, `{`+userSchemas+`,"userName":"put","active":false}`)
		s.want(t, 200, "PUT", "/Users/"+put, `{`+userSchemas+`,"userName":"put","title":"Dr"}`)
		patched := s.user(t, "patched")
		s.want(t, 200, "PATCH", "/Users/"+patched, patchOp(`{"op":"replace","path":"active","value":false}`))
		back := s.user(t, "back")
		s.want(t, 204, "DELETE", "/Users/"+back, "")
		o.act(t, 200, back, "restore", `{"reason":"rehired"}`)

		tenant := tenantOf(t, s).ID
		var keys []store.Key
		for _, id := range []string{on, off, early, staged, put, patched, back} {
			keys = append(keys, store.Key{Tenant: tenant, Type: "User", ID: uuid.MustParse(id)})
		}
		list := o.tokens(t, at, keys...)
		const event = "urn:ietf:params:scim:event:"
		active := func(is ...bool) (want []any) {
			for _, one := range is {
				want = append(want, map[string]any{"data": map[string]any{"active": one}})
			}
			return want
		}
		for id, want := range map[string]struct {
			created []any
			ended   string
		}{
			on: {active(true), "$len:0"}, off: {active(false), "$len:1"}, early: {active(false), "$len:1"}, staged: {active(false), "$len:1"},
			back: {active(true, false), "$len:1"},
		} {
			report(t, want.created, saying(list, event+"prov:create:full", "/Users/"+id))
			report(t, want.ended, saying(list, event+"prov:deactivate", "/Users/"+id))
		}
		report(t, active(false, false), saying(list, event+"prov:put:full", "/Users/"+put))
		report(t, []any{map[string]any{"data": map[string]any{"Operations": []any{map[string]any{"op": "replace", "path": "active", "value": false}}}}},
			saying(list, event+"prov:patch:full", "/Users/"+patched))
		report(t, "$len:0", saying(list, "urn:rollcall:params:event:status:change", "/Users/"+off))

		calls := h.until(t, time.Minute, func(calls []hookCall) bool {
			return len(of(calls, "prov:deactivate", off)) == 1 && len(of(calls, "prov:deactivate", back)) == 1 && len(of(calls, "prov:patch", patched)) == 1 &&
				len(of(calls, "prov:put", put)) == 2
		})
		for typ, id := range map[string]string{"prov:create": off, "prov:put": put, "prov:patch": patched} {
			shown(t, of(calls, typ, id)[0], false)
		}
		shown(t, of(calls, "prov:create", on)[0], true)
		shown(t, of(calls, "prov:create", back)[1], false)
		for _, id := range []string{off, back} {
			made := of(calls, "prov:create", id)
			if made[len(made)-1].Event.Data.Position > of(calls, "prov:deactivate", id)[0].Event.Data.Position {
				t.Errorf("that %s is not active is told before it is made", id)
			}
		}
	})
}

// TestEventsOfRenamedAccounts: who is restored under another name is told of
// under that name.
func TestEventsOfRenamedAccounts(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		at := "/receivers/" + o.ask(t, 201, "POST", "/receivers", `{"name":"poll","kind":"set-poll"}`)["id"].(string) + "/poll"
		id := s.user(t, "ada")
		s.want(t, 204, "DELETE", "/Users/"+id, "")
		s.user(t, "ada")
		o.act(t, 200, id, "restore", `{"reason":"rehired"}`)
		name := s.want(t, 200, "GET", "/Users/"+id, "")["userName"]
		list := o.tokens(t, at, store.Key{Tenant: tenantOf(t, s).ID, Type: "User", ID: uuid.MustParse(id)})
		report(t, []any{map[string]any{"data": map[string]any{"userName": "ada"}}, map[string]any{"data": map[string]any{"userName": name, "active": false}}},
			saying(list, "urn:ietf:params:scim:event:prov:create:full", "/Users/"+id))
		if name == "ada" {
			t.Error("two users have one name")
		}
	})
}

// shown holds the resource of a webhook to a value of active.
func shown(t *testing.T, call hookCall, active bool) {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(call.Body, &body); err != nil {
		t.Fatal(err)
	}
	report(t, map[string]any{"data": map[string]any{"resource": map[string]any{"active": active}}}, body)
}
