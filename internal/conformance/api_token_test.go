package conformance

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"rollcall/scim/rest"
	"rollcall/store"
)

// tokens polls, acknowledging each, until as many have come as there are events
// about some resources.
func (o *office) tokens(t *testing.T, at string, keys ...store.Key) []map[string]any {
	t.Helper()
	wanted := 0
	for _, key := range keys {
		rows, err := o.Store.EventsOf(t.Context(), key, 100)
		if err != nil {
			t.Fatal(err)
		}
		wanted += len(rows)
	}
	var list []map[string]any
	request := `{}`
	for len(list) < wanted {
		sets := o.ask(t, 200, "POST", at, request)["sets"].(map[string]any)
		if len(sets) == 0 {
			t.Fatalf("%d tokens came of %d", len(list), wanted)
		}
		for _, jti := range slices.Sorted(maps.Keys(sets)) {
			list = append(list, claims(t, o.keys(t), sets[jti].(string)))
		}
		acknowledged, err := json.Marshal(map[string]any{"ack": slices.Collect(maps.Keys(sets))})
		if err != nil {
			t.Fatal(err)
		}
		request = string(acknowledged)
	}
	return list
}

// saying are what tokens say under an event URI, about a subject.
func saying(list []map[string]any, uri, subject string) (said []any) {
	for _, one := range list {
		events, _ := one["events"].(map[string]any)
		about, _ := one["sub_id"].(map[string]any)
		if payload, ok := events[uri]; ok && about["uri"] == subject {
			said = append(said, payload)
		}
	}
	return said
}

// TestEventTokens holds the tokens of all that can happen to a user and a group
// against RFC 9967.
func TestEventTokens(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		at := "/receivers/" + o.ask(t, 201, "POST", "/receivers", `{"name":"poll","kind":"set-poll"}`)["id"].(string) + "/poll"
		id := s.user(t, "ada", `"externalId":"hr-1"`, `"password":"Correct-Horse-1"`, `"title":"Dr"`)
		user, group := "/Users/"+id, s.group(t, "staff")
		s.refuse(t, 409, "uniqueness", "POST", "/Users", `{`+userSchemas+`,"userName":"ada"}`)
		s.want(t, 200, "PATCH", user, patchOp(`{"op":"replace","path":"name.familyName","value":"Lovelace"}`, `{"op":"remove","path":"title"}`))
		s.want(t, 200, "PATCH", user, patchOp(`{"op":"replace","path":"password","value":"Correct-Horse-2"}`))
		s.want(t, 200, "PUT", user, `{`+userSchemas+`,"userName":"ada","externalId":"hr-1","displayName":"Ada"}`)
		s.want(t, 204, "PATCH", "/Groups/"+group, patchOp(`{"op":"add","path":"members","value":[{"value":"`+id+`"}]}`))
		s.want(t, 200, "PATCH", user, patchOp(`{"op":"replace","path":"active","value":false}`), "X-Request-Id", "one-change")
		s.want(t, 200, "PATCH", user, patchOp(`{"op":"replace","path":"active","value":true}`))
		s.want(t, 204, "DELETE", user, "")
		o.act(t, 200, id, "restore", `{"reason":"rehired"}`)
		gone := s.user(t, "gone")
		s.want(t, 204, "DELETE", "/Users/"+gone, "")
		o.act(t, 200, gone, "purge", `{"confirm":"gone","reason":"asked for it"}`)
		tenant := tenantOf(t, s).ID
		list := o.tokens(t, at, store.Key{Tenant: tenant, Type: "User", ID: uuid.MustParse(gone)}, store.Key{Tenant: tenant, Type: "User", ID: uuid.MustParse(id)}, store.Key{Tenant: tenant, Type: "Group", ID: uuid.MustParse(group)})
		const event = "urn:ietf:params:scim:event:"
		t.Run("EVT-03,04 only what is announced", func(t *testing.T) {
			config := s.want(t, 200, "GET", "/ServiceProviderConfig", "")["securityEvents"].(map[string]any)
			for _, one := range list {
				for uri := range one["events"].(map[string]any) {
					if !slices.Contains(config["eventUris"].([]any), any(uri)) && !strings.HasPrefix(uri, "urn:rollcall:") {
						t.Errorf("%s is not announced", uri)
					}
				}
			}
		})
		t.Run("EVT-05..09 the subject and the transaction", func(t *testing.T) { checkClaims(t, list, user) })
		t.Run("EVT-11..15,19 what was made and changed", func(t *testing.T) {
			report(t, []any{
				map[string]any{"data": map[string]any{"id": id, "userName": "ada", "title": "Dr", "password": "$absent"}, "attributes": "$absent"},
				map[string]any{"data": map[string]any{"id": id, "displayName": "Ada"}},
			}, saying(list, event+"prov:create:full", user))
			report(t, []any{map[string]any{"attributes": "$absent", "data": map[string]any{
				"schemas": []any{"urn:ietf:params:scim:api:messages:2.0:PatchOp"},
				"Operations": []any{
					map[string]any{"op": "replace", "path": "name", "value": map[string]any{"familyName": "Lovelace"}}, map[string]any{"op": "remove", "path": "title"},
				},
			}}}, saying(list, event+"prov:patch:full", user))
			report(t, map[string]any{"attributes": []any{"password"}, "data": "$absent"}, saying(list, event+"prov:patch:notice", user)[0])
			report(t, []any{map[string]any{"data": map[string]any{"displayName": "Ada", "name": "$absent"}}}, saying(list, event+"prov:put:full", user))
		})
		t.Run("EVT-16..18 deletion, status and the feed", func(t *testing.T) {
			// It is deactivated by the PATCH, and comes back suspended.
			for name, times := range map[string]int{"prov:activate": 1, "prov:deactivate": 2, "prov:delete": 1, "feed:add": 1} {
				said := saying(list, event+name, user)
				if len(said) != times {
					t.Errorf("%s is told %d times", name, len(said))
				}
				for _, one := range said {
					if len(one.(map[string]any)) != 0 {
						t.Errorf("%s says %v", name, one)
					}
				}
			}
			report(t, "$len:0", saying(list, event+"feed:remove", user))
		})
		t.Run("SET-23..29 sessions, credentials and accounts", func(t *testing.T) { checkSignals(t, list, user, "/Users/"+gone) })
		t.Run("EVT-20,21 failures and groups", func(t *testing.T) {
			if creations := saying(list, event+"prov:create:full", user); len(creations) != 2 {
				t.Errorf("%d creations", len(creations))
			}
			report(t, []any{map[string]any{"attributes": []any{"members"}}}, saying(list, event+"prov:patch:notice", "/Groups/"+group))
		})
	})
}

// checkClaims: one event of one subject in a token, each with an id of its own,
// those of one change in one transaction.
func checkClaims(t *testing.T, list []map[string]any, user string) {
	t.Helper()
	ids, together := map[any]bool{}, 0
	for _, one := range list {
		subject, _ := one["sub_id"].(map[string]any)
		if one["sub"] != nil || subject["format"] != "scim" || len(one["events"].(map[string]any)) != 1 || one["txn"] == nil || ids[one["jti"]] {
			t.Errorf("claims %v", one)
		}
		if ids[one["jti"]] = true; subject["uri"] == user && subject["externalId"] != "hr-1" {
			t.Errorf("the subject is %v", subject)
		}
		if one["txn"] == "one-change" {
			together++
		}
	}
	// prov:patch, prov:deactivate, status:change, session-revoked, account-disabled.
	if together != 5 {
		t.Errorf("%d tokens of one change", together)
	}
}

// checkSignals: CAEP 1.0 sections 2, 3.1 and 3.3, RISC 1.0 section 2. A deleted
// account can be restored; that it is gone for good is told when it is purged.
func checkSignals(t *testing.T, list []map[string]any, user, gone string) {
	t.Helper()
	const caep, risc = "https://schemas.openid.net/secevent/caep/event-type/", "https://schemas.openid.net/secevent/risc/event-type/"
	revoked := map[string]any{"event_timestamp": "$number", "initiating_entity": "admin"}
	report(t, []any{revoked, revoked}, saying(list, caep+"session-revoked", user))
	report(t, []any{map[string]any{"credential_type": "password", "change_type": "update", "event_timestamp": "$number"}}, saying(list, caep+"credential-change", user))
	for name, times := range map[string]string{"account-disabled": "$len:2", "account-enabled": "$len:1", "account-purged": "$len:0", "sessions-revoked": "$len:0"} {
		report(t, times, saying(list, risc+name, user))
	}
	report(t, "$len:1", saying(list, risc+"account-purged", gone))
}

// TestKeySetIsOpen asks for what is not the key set.
func TestKeySetIsOpen(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		at := strings.TrimSuffix(s.Base, rest.Root) + "/.well-known/jwks.json"
		for method, status := range map[string]int{http.MethodHead: http.StatusOK, http.MethodPost: http.StatusMethodNotAllowed} {
			request, err := http.NewRequestWithContext(t.Context(), method, at, nil)
			if err != nil {
				t.Fatal(err)
			}
			if response, _, err := exchange(t, request, nil); err != nil || response.StatusCode != status {
				t.Errorf("%s: %v, %v", method, response.StatusCode, err)
			}
		}
	})
}
