package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/internal/auth"
	"rollcall/store"
)

const defaultGuard = "/connections/default/guard"

// disabled suspends users by active:false, and tells the status of each answer.
func (s *server) disabled(t *testing.T, ids []string) (statuses []string) {
	t.Helper()
	var operations []string
	for _, id := range ids {
		operations = append(operations, `{"method":"PATCH","path":"/Users/`+id+`","data":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}}`)
	}
	for _, one := range s.want(t, 200, "POST", "/Bulk", bulkBody("", operations...))["Operations"].([]any) {
		statuses = append(statuses, one.(map[string]any)["status"].(string))
	}
	return statuses
}

// guardRows are the actions about the mass guard of a subject, oldest first.
func (s *server) guardRows(t *testing.T, key store.Key) (actions []string) {
	t.Helper()
	rows, err := s.Store.AuditOf(t.Context(), key, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range slices.Backward(rows) {
		if strings.HasPrefix(row.Action, "guard.") {
			actions = append(actions, row.Action)
		}
	}
	return actions
}

func (s *server) defaultConnection(t *testing.T) store.Key {
	t.Helper()
	tenant, err := s.Store.Tenant(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	connection, err := s.Store.Connection(t.Context(), tenant.ID, "default")
	if err != nil {
		t.Fatal(err)
	}
	return store.Key{Tenant: tenant.ID, Type: store.ConnectionSubject, ID: connection.ID}
}

// TestMassSuspension: a connection suspends 200 of its 250 users. It is told of
// once, in the trail and to receivers, and one request undoes all of it: the first
// 50, too, which went below the limit.
func TestMassSuspension(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		ids := s.crowd(t, "mass", 250)
		// What the administrators hold stays suspended, and what they took over.
		o.act(t, 200, ids[0], "suspend", `{"reason":"on leave"}`)
		report(t, map[string]any{"incident": "$absent"}, o.ask(t, 200, "GET", defaultGuard, ""))
		receiver := newHook(t)
		o.ask(t, 201, "POST", "/receivers", `{"name":"alerts","kind":"webhook","url":"`+receiver.URL+`","events":["guard:*"]}`)
		poll := "/receivers/" + o.ask(t, 201, "POST", "/receivers", `{"name":"poll","kind":"set-poll","events":["guard:alert"]}`)["id"].(string) + "/poll"

		for _, status := range s.disabled(t, ids[:200]) {
			if status != "200" {
				t.Fatalf("a suspension answers %s", status)
			}
		}
		state := o.ask(t, 200, "GET", defaultGuard, "")
		report(t, map[string]any{"removals": 199.0, "limit": 50.0, "incident": map[string]any{
			"state": "open", "removals": 199.0, "limit": 50.0, "since": "$any", "began": "$any", "until": "$any", "decided": "$absent",
		}}, state)
		connection := s.defaultConnection(t)
		if rows := s.guardRows(t, connection); !slices.Equal(rows, []string{"guard.alert"}) {
			t.Errorf("the trail of the connection says %v", rows)
		}
		call := receiver.until(t, time.Minute, func(calls []hookCall) bool { return len(calls) == 1 })[0].Event
		report(t, map[string]any{"connection": "default", "guard": "hold", "limit": 50.0, "removals": 51.0, "since": "$any"}, any(call.Data.Details))
		if call.Type != "guard:alert" || call.Data.ID != connection.ID.String() {
			t.Errorf("the event %+v", call)
		}
		token := o.tokens(t, poll, connection)[0]
		report(t, map[string]any{
			"sub_id": map[string]any{"format": "opaque", "id": connection.ID.String(), "uri": "$absent"},
			"events": map[string]any{"urn:rollcall:params:event:guard:alert": map[string]any{"removals": 51.0}},
		}, token)

		o.act(t, 200, ids[1], "take-over", `{"source":"connection:`+connection.ID.String()+`","reason":"ours now"}`)
		for _, id := range ids[2:4] { // the connection itself takes two back, and one it suspends again
			s.want(t, 200, "PATCH", "/Users/"+id, activePatch(true))
		}
		s.disabled(t, ids[3:4])
		report(t, map[string]any{"done": 198.0, "suspensions": 198.0, "failed": "$len:0", "more": false}, o.ask(t, 200, "POST", defaultGuard+"/restore", `{"reason":"a filter typo"}`))
		for i, want := range map[int]string{0: "Suspended", 1: "Suspended", 2: "Active", 3: "Active", 4: "Active", 49: "Active", 50: "Active", 199: "Active", 249: "Active"} {
			if got := o.status(t, ids[i]); got != want {
				t.Errorf("account %d is %s, want %s", i, got, want)
			}
		}
		if n := s.total(t, "/Users", `active eq false`); n != 2 {
			t.Errorf("%v are not active", n)
		}
		report(t, map[string]any{"incident": map[string]any{"state": "restored", "decided": "$any"}}, o.ask(t, 200, "GET", defaultGuard, ""))
		report(t, map[string]any{"done": 0.0, "more": false}, o.ask(t, 200, "POST", defaultGuard+"/restore", ""))
		if rows := s.guardRows(t, connection); !slices.Equal(rows, []string{"guard.alert", "guard.restore", "guard.restore"}) {
			t.Errorf("the trail of the connection says %v", rows)
		}

		// What was meant is not undone.
		s.disabled(t, ids[100:150])
		report(t, map[string]any{"incident": map[string]any{"state": "open"}}, o.ask(t, 200, "GET", defaultGuard, ""))
		if rows := s.guardRows(t, connection); len(rows) != 4 {
			t.Errorf("the next incident is not told: %v", rows)
		}
		report(t, map[string]any{"done": 0.0, "suspensions": 0.0}, o.ask(t, 200, "POST", defaultGuard+"/release", `{"reason":"meant"}`))
		report(t, map[string]any{"removals": 0.0, "incident": map[string]any{"state": "released"}}, o.ask(t, 200, "GET", defaultGuard, ""))
		report(t, map[string]any{"detail": "$re:decided already .* it is released"}, o.ask(t, 409, "POST", defaultGuard+"/restore", ""))
		if got := o.status(t, ids[100]); got != "Suspended" {
			t.Errorf("what was meant is %s", got)
		}
	})
}

func activePatch(active bool) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":%t}]}`, active)
}

// TestIncidentOfOthers: nobody undoes what belongs to another connection or
// tenant.
func TestIncidentOfOthers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		o.ask(t, 200, "PUT", "/policy", `{"guard":{"armedFrom":1,"floor":1,"percent":0}}`)
		ids := s.crowd(t, "mine", 4)
		other, _ := s.under(t, `{}`)
		second := other.user(t, "theirs")
		s.disabled(t, append(slices.Clone(ids), second))
		other.want(t, 200, "PATCH", "/Users/"+ids[0], activePatch(false))
		other.want(t, 200, "PATCH", "/Users/"+ids[1], activePatch(false))

		neighbour := s.another(t, "neighbour", auth.ScopeAdminRead, auth.ScopeAdminWrite)
		report(t, map[string]any{"incident": "$absent"}, neighbour.desk().ask(t, 200, "GET", defaultGuard, ""))
		report(t, map[string]any{"done": 0.0}, neighbour.desk().ask(t, 200, "POST", defaultGuard+"/restore", ""))
		o.as(t, auth.ScopeAdminRead).ask(t, 403, "POST", defaultGuard+"/restore", "")
		if got := o.status(t, ids[3]); got != "Suspended" {
			t.Errorf("another tenant lifted a suspension: %s", got)
		}
		report(t, map[string]any{"done": 5.0, "failed": "$len:0"}, o.ask(t, 200, "POST", defaultGuard+"/restore", ""))
		for i, want := range []string{"Suspended", "Suspended", "Active", "Active"} {
			if got := o.status(t, ids[i]); got != want {
				t.Errorf("account %d is %s, want %s", i, got, want)
			}
		}
		if got := o.status(t, second); got != "Active" {
			t.Errorf("the user of the other connection is %s", got)
		}
	})
}

// TestMassMemberRemoval: members that are taken out of a group beyond the limit
// stay until an administrator allows it, and the answer says so, in whatever way
// it is asked.
func TestMassMemberRemoval(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		for mode, refused := range map[string]bool{"hold": true, "reject": true, "alert": false, "off": false} {
			o := s.desk()
			other := s
			if mode != "hold" { // each with a tenant of its own
				other = s.another(t, mode, auth.ScopeSCIMRead, auth.ScopeSCIMWrite, auth.ScopeAdminRead, auth.ScopeAdminWrite)
				o = other.desk()
			}
			o.ask(t, 200, "PUT", "/policy", `{"guard":{"mode":"`+mode+`"}}`)
			ids := other.crowd(t, "mass", 250)
			group := other.group(t, "team", ids[:100]...)
			for way, remove := range memberRemovals(ids[:100]) {
				status, header, answer := remove(t, other, group)
				left := len(other.members(t, group))
				if !refused {
					if left != 0 || status != "200" && status != "204" {
						t.Errorf("%s %s: %s, %d members are left", mode, way, status, left)
					}
					other.want(t, 200, "PUT", "/Groups/"+group, groupBody("team", ids[:100]...))
					continue
				}
				detail, _ := answer["detail"].(string)
				if status != "429" || left != 100 || !strings.Contains(detail, "an administrator has to allow it") {
					t.Errorf("%s %s: %s %q, %d members are left", mode, way, status, detail, left)
				}
				if header != nil && header.Get("Retry-After") == "" {
					t.Errorf("%s %s: no Retry-After", mode, way)
				}
			}
			if !refused {
				continue
			}
			// What is refused has not happened: up to the limit there is room.
			report(t, map[string]any{"removals": 0.0, "incident": map[string]any{"state": "open", "removals": 0.0}}, o.ask(t, 200, "GET", defaultGuard, ""))
			other.want(t, 200, "PUT", "/Groups/"+group, groupBody("team", ids[50:100]...))
			other.want(t, 429, "PUT", "/Groups/"+group, groupBody("team", ids[52:100]...))
			// One that goes by itself is no removal in bulk.
			other.want(t, 200, "PUT", "/Groups/"+group, groupBody("team", ids[51:100]...))
			report(t, map[string]any{"allowance": 50.0}, o.ask(t, 200, "POST", defaultGuard+"/allow", `{"removals":50,"for":"1h","reason":"a reorganisation"}`))
			other.want(t, 200, "PUT", "/Groups/"+group, groupBody("team"))
			if left := other.members(t, group); len(left) != 0 {
				t.Errorf("%s: %d members are left although it was allowed", mode, len(left))
			}
		}
	})
}

func groupBody(name string, members ...string) string {
	values := make([]string, len(members))
	for i, id := range members {
		values[i] = `{"value":"` + id + `"}`
	}
	return `{` + groupSchemas + `,"displayName":"` + name + `","members":[` + strings.Join(values, ",") + `]}`
}

// memberRemovals are the ways to take members out of a group; each returns the
// status, the header where there is one of it, and what it is answered.
func memberRemovals(ids []string) map[string]func(*testing.T, *server, string) (string, http.Header, map[string]any) {
	single := func(method, body string) func(*testing.T, *server, string) (string, http.Header, map[string]any) {
		return func(t *testing.T, s *server, group string) (string, http.Header, map[string]any) {
			t.Helper()
			status, header, answer := s.do(t, method, "/Groups/"+group, body)
			return fmt.Sprint(status), header, answer
		}
	}
	bulk := func(method, data string) func(*testing.T, *server, string) (string, http.Header, map[string]any) {
		return func(t *testing.T, s *server, group string) (string, http.Header, map[string]any) {
			t.Helper()
			one := s.want(t, 200, "POST", "/Bulk", bulkBody("", `{"method":"`+method+`","path":"/Groups/`+group+`","data":`+data+`}`))["Operations"].([]any)[0].(map[string]any)
			answer, _ := one["response"].(map[string]any)
			return one["status"].(string), nil, answer
		}
	}
	patch := func(operation string) string {
		return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operation + `]}`
	}
	all := patch(`{"op":"remove","path":"members"}`)
	where := patch(`{"op":"remove","path":"members[value ne \"` + ids[0] + `x\"]"}`)
	var values []string
	for _, id := range ids {
		values = append(values, `{"value":"`+id+`"}`)
	}
	named := patch(`{"op":"replace","path":"members","value":[]}`)
	listed := patch(`{"op":"remove","path":"members","value":[` + strings.Join(values, ",") + `]}`)
	return map[string]func(*testing.T, *server, string) (string, http.Header, map[string]any){
		"PUT": single("PUT", groupBody("team")), "PATCH all": single("PATCH", all), "PATCH filter": single("PATCH", where),
		"PATCH replace": single("PATCH", named), "PATCH list": single("PATCH", listed),
		"Bulk PUT": bulk("PUT", groupBody("team")), "Bulk PATCH": bulk("PATCH", all),
	}
}
