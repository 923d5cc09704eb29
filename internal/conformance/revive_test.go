package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/store"
)

// revives are the options of connections that bring back whom they deleted.
const revives = `{"revive":"externalId"}`

// connection is the SCIM face as a connection sees it that is made with options.
func (o *office) connection(t *testing.T, s *server, name, options string) *server {
	t.Helper()
	o.ask(t, 201, "POST", "/connections", `{"name":"`+name+`","options":`+options+`}`)
	return o.connected(t, s, name)
}

// connected is the SCIM face as a connection sees it now: a token of its own is
// not remembered with the options that it had before.
func (o *office) connected(t *testing.T, s *server, name string) *server {
	t.Helper()
	made := o.ask(t, 201, "POST", "/tokens", `{"connection":"`+name+`","scopes":["scim:read","scim:write"]}`)
	other := *s
	other.Token = made["token"].(string)
	return &other
}

// known is a user under a name that its source knows by an external id.
func known(name, externalID string, more ...string) string {
	return `{` + userSchemas + `,"userName":"` + name + `","externalId":"` + externalID + `"` + joined(more) + `}`
}

// deleted makes a user, lets a connection delete it and returns its id.
func (s *server) deleted(t *testing.T, name, externalID string, more ...string) string {
	t.Helper()
	id := s.want(t, 201, "POST", "/Users", known(name, externalID, more...))["id"].(string)
	s.want(t, 204, "DELETE", "/Users/"+id, "")
	return id
}

// again posts a user and reports whether it is the one with an id.
func (s *server) again(t *testing.T, body, id string) bool {
	t.Helper()
	return s.want(t, 201, "POST", "/Users", body)["id"] == id
}

// TestRevive brings a user back with all that was its own, as a replacement by
// what is posted would leave it.
func TestRevive(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		s = o.connection(t, s, "hr", revives)
		id := s.user(t, "ada", `"externalId":"7"`, `"displayName":"Ada"`, `"title":"Countess"`, `"password":"Correct-Horse-1"`)
		group, gone := s.group(t, "in", id), s.group(t, "gone", id)
		before := s.want(t, 200, "GET", "/Users/"+id, "")
		s.want(t, 204, "DELETE", "/Users/"+id, "")
		s.want(t, 204, "DELETE", "/Groups/"+gone, "")
		s.want(t, 404, "GET", "/Users/"+id, "")

		status, header, back := s.do(t, "POST", "/Users", known("ada.new", "7", `"displayName":"Ada L."`, `"password":"Correct-Horse-2"`))
		if status != 201 || header.Get("Location") != s.Base+"/Users/"+id {
			t.Fatalf("%d, Location %s", status, header.Get("Location"))
		}
		report(t, map[string]any{
			"id": id, "userName": "ada.new", "displayName": "Ada L.", "title": "$absent", "active": true, "groups": []any{map[string]any{"value": group}},
			"meta": map[string]any{"created": before["meta"].(map[string]any)["created"], "location": s.Base + "/Users/" + id}, lifecycleURN: map[string]any{"status": "Active"},
		}, back)
		if now := s.want(t, 200, "GET", "/Users/"+id, ""); now["meta"].(map[string]any)["version"] != header.Get("ETag") || brief(now) != brief(back) {
			t.Errorf("answered %s, is %s", brief(back), brief(now))
		}
		if members := s.members(t, group); !slices.Equal(members, []string{id}) {
			t.Errorf("members: %v", members)
		}
		if o.verifies(t, "ada.new", "Correct-Horse-1") || !o.verifies(t, "ada.new", "Correct-Horse-2") {
			t.Error("the password is not the one that was posted")
		}
		s.want(t, 201, "POST", "/Users", known("ada", "8"))
		row := o.ask(t, 200, "GET", "/users/"+id+"/history", "")["rows"].([]any)[0].(map[string]any)
		report(t, map[string]any{"action": "user.revive", "actorKind": "connection", "changes": map[string]any{
			"status": []any{"Deprovisioned", "Active"}, "userName": []any{"ada", "ada.new"}, "title": []any{"Countess", nil},
		}}, row)
		if strings.Contains(fmt.Sprint(row), "Correct-Horse") {
			t.Error("the audit trail has the password")
		}
		var types []string
		for _, row := range s.outbox(t, []string{id}) {
			types = append(types, row.Type)
		}
		if told := strings.Join(types, " "); !strings.Contains(told, " prov:delete ") || !strings.HasSuffix(told, " prov:create feed:add status:change risc:account-enabled") {
			t.Errorf("events: %s", told)
		}
		t.Run("and again", func(t *testing.T) {
			s.want(t, 204, "DELETE", "/Users/"+id, "")
			report(t, map[string]any{"id": id, "active": false, lifecycleURN: map[string]any{"status": "Suspended"}}, s.want(t, 201, "POST", "/Users", known("ada.new", "7", `"active":false`)))
			s.want(t, 204, "DELETE", "/Users/"+id, "")
			// Its own suspension is over when it is made anew.
			report(t, map[string]any{"id": id, "active": true}, s.want(t, 201, "POST", "/Users", known("ada.new", "7")))
			if o.verifies(t, "ada.new", "Correct-Horse-2") {
				t.Error("an old password came back")
			}
			s.refuse(t, 409, "uniqueness", "POST", "/Users", known("ada.new", "7"))
		})
		t.Run("later", func(t *testing.T) {
			s.want(t, 204, "DELETE", "/Users/"+id, "")
			outcome := s.outcome(t, "POST", "/Users", known("ada.new", "7"))
			report(t, map[string]any{"status": "201", "location": s.Base + "/Users/" + id, "response": map[string]any{"id": id}}, outcome)
		})
		t.Run("what cannot be", func(t *testing.T) {
			s.want(t, 204, "DELETE", "/Users/"+id, "")
			s.refuse(t, 400, "invalidValue", "POST", "/Users", known("", "7"))
			s.refuse(t, 400, "invalidValue", "POST", "/Users", known("nul", `7\u0000`))
			s.want(t, 404, "GET", "/Users/"+id, "")
			if s.again(t, known("other", ""), id) || s.again(t, `{`+userSchemas+`,"userName":"without"}`, id) {
				t.Error("came back without its external id")
			}
			if !s.again(t, known("ada.new", "7"), id) {
				t.Error("did not come back")
			}
		})
	})
}

// TestReviveWhom: a connection brings back its own deletions, and whoever else
// has a say keeps it.
func TestReviveWhom(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		hr, it := o.connection(t, s, "hr", revives), o.connection(t, s, "it", revives)
		for name, attack := range map[string]func(t *testing.T, who string) (id string, back bool){
			"off": func(t *testing.T, who string) (string, bool) { return s.deleted(t, who, who), false },
			"deleted by another connection": func(t *testing.T, who string) (string, bool) {
				id := hr.want(t, 201, "POST", "/Users", known(who, who))["id"].(string)
				it.want(t, 204, "DELETE", "/Users/"+id, "")
				return id, false
			},
			"of another connection, deleted by this one": func(t *testing.T, who string) (string, bool) {
				id := it.want(t, 201, "POST", "/Users", known(who, who))["id"].(string)
				hr.want(t, 204, "DELETE", "/Users/"+id, "")
				return id, true
			},
			"deleted by an administrator": func(t *testing.T, who string) (string, bool) {
				id := hr.want(t, 201, "POST", "/Users", known(who, who))["id"].(string)
				o.act(t, 200, id, "deprovision", `{"reason":"fired"}`)
				return id, false
			},
			"deleted, restored, and deleted by an administrator": func(t *testing.T, who string) (string, bool) {
				id := hr.deleted(t, who, who)
				o.act(t, 200, id, "restore", "")
				o.act(t, 200, id, "deprovision", `{"reason":"fired"}`)
				return id, false
			},
			"deleted by an administrator, restored, and deleted": func(t *testing.T, who string) (string, bool) {
				id := hr.want(t, 201, "POST", "/Users", known(who, who))["id"].(string)
				o.act(t, 200, id, "deprovision", `{"reason":"a mistake"}`)
				o.act(t, 200, id, "restore", "")
				hr.want(t, 204, "DELETE", "/Users/"+id, "")
				return id, true
			},
			"purged": func(t *testing.T, who string) (string, bool) {
				id := hr.deleted(t, who, who)
				o.act(t, 200, id, "purge", `{"confirm":"`+id+`"}`)
				return id, false
			},
			"deleted so long ago that the audit trail does not know": func(t *testing.T, who string) (string, bool) {
				id := hr.deleted(t, who, who)
				prune := store.AuditPrune{Tenant: tenantOf(t, s).ID, Before: time.Now().Add(time.Hour), Limit: 10_000}
				for step := (store.AuditStep{More: true}); step.More; prune.After = step.Next {
					var err error
					if step, err = s.Store.PruneAudit(t.Context(), prune); err != nil {
						t.Fatal(err)
					}
				}
				return id, false
			},
			"another case": func(t *testing.T, who string) (string, bool) { return hr.deleted(t, who, strings.ToUpper(who)), false },
			"on legal hold": func(t *testing.T, who string) (string, bool) {
				id := hr.deleted(t, who, who)
				o.act(t, 200, id, "mark", `{"mark":"legalHold","reason":"a court"}`)
				return id, true
			},
		} {
			t.Run(name, func(t *testing.T) {
				who := strings.NewReplacer(" ", "-", ",", "").Replace(name)
				id, back := attack(t, who)
				poster := hr
				if name == "off" {
					poster = s
				}
				if poster.again(t, known(who+"-2", who), id) != back {
					t.Errorf("comes back: %v", !back)
				}
			})
		}
		t.Run("of several the last one", func(t *testing.T) {
			o.ask(t, 200, "PATCH", "/connections/hr", `{"options":{"revive":null}}`)
			plain := o.connected(t, s, "hr")
			first, last := plain.deleted(t, "twin-1", "twin"), plain.deleted(t, "twin-2", "twin")
			it.deleted(t, "twin-3", "twin")
			o.ask(t, 200, "PATCH", "/connections/hr", `{"options":`+revives+`}`)
			hr := o.connected(t, s, "hr")
			if !hr.again(t, known("twin-4", "twin"), last) || !hr.again(t, known("twin-5", "twin"), first) {
				t.Error("not the one that was deleted last, or then not the one before")
			}
			if hr.again(t, known("twin-6", "twin"), first) {
				t.Error("came back twice")
			}
		})
	})
}

// TestReviveKeepsWhatOthersHold: nobody gets rid of what others hold against an
// account by deleting and making it anew.
func TestReviveKeepsWhatOthersHold(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		hr := o.connection(t, s, "hr", revives)
		rises := func(t *testing.T, id, who string, want map[string]any) {
			t.Helper()
			want["id"] = id
			// Many clients name all that they have nothing to say about.
			for _, more := range []string{`"active":true`, `"title":"","roles":[],"` + lifecycleURN + `":{"validFrom":null,"purpose":null}`, `"roles":null,"` + lifecycleURN + `":null`} {
				hr.want(t, 204, "DELETE", "/Users/"+id, "")
				report(t, want, hr.want(t, 201, "POST", "/Users", known(who, who, more)))
			}
		}
		shown := func(status string) map[string]any {
			return map[string]any{lifecycleURN: map[string]any{"status": status}}
		}
		one := func(t *testing.T, who string, more ...string) string {
			t.Helper()
			return hr.want(t, 201, "POST", "/Users", known(who, who, more...))["id"].(string)
		}
		t.Run("a suspension", func(t *testing.T) {
			id := one(t, "suspended")
			o.act(t, 200, id, "suspend", `{"reason":"an inquiry"}`)
			rises(t, id, "suspended", shown("Suspended"))
			o.act(t, 200, id, "activate", "")
			report(t, map[string]any{"active": true}, hr.want(t, 200, "GET", "/Users/"+id, ""))
		})
		t.Run("a lock", func(t *testing.T) {
			id := one(t, "locked")
			o.act(t, 200, id, "lock", `{"reason":"stolen"}`)
			rises(t, id, "locked", shown("Locked"))
		})
		t.Run("dates and marks", func(t *testing.T) {
			id := one(t, "dated", `"`+lifecycleURN+`":{"validFrom":"2999-01-01T00:00:00Z"}`)
			o.act(t, 200, id, "mark", `{"mark":"breakGlass","reason":"x"}`)
			rises(t, id, "dated", map[string]any{lifecycleURN: map[string]any{"status": "Inactive", "validFrom": "2999-01-01T00:00:00Z"}})
			report(t, map[string]any{"facts": map[string]any{"breakGlass": true}}, o.ask(t, 200, "GET", "/users/"+id, ""))
		})
		t.Run("roles", func(t *testing.T) {
			id := one(t, "roles", `"roles":[{"value":"own"}]`)
			s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"add","path":"roles","value":[{"value":"theirs"}]}`))
			rises(t, id, "roles", map[string]any{"roles": []any{map[string]any{"value": "theirs"}}})
		})
		t.Run("an approval", func(t *testing.T) {
			approved := one(t, "approved")
			o.ask(t, 200, "PUT", "/policy", provisionedWaits)
			waits := one(t, "waits")
			rises(t, waits, "waits", waiting(nil))
			// Who was let in before begins anew like everybody else.
			rises(t, approved, "approved", waiting(nil))
			o.ask(t, 200, "PUT", "/policy", nobodyWaits)
			rises(t, waits, "waits", waiting(nil))
			if done := o.act(t, 200, waits, "approve", ""); done["to"] != "Active" {
				t.Errorf("approved: %s", brief(done))
			}
		})
		t.Run("the mass guard", func(t *testing.T) {
			o.ask(t, 200, "PUT", "/policy", `{"guard":{"armedFrom":1,"floor":1,"percent":1}}`)
			ids := []string{one(t, "held-1"), one(t, "held-2")}
			group := hr.group(t, "held", ids...)
			hr.want(t, 204, "DELETE", "/Users/"+ids[0], "")
			rises(t, ids[1], "held-2", map[string]any{"groups": "$len:1", "active": true})
			if members := hr.members(t, group); !slices.Contains(members, ids[1]) {
				t.Errorf("members: %v", members)
			}
			o.ask(t, 200, "POST", "/connections/hr/guard/release", `{"reason":"it was meant"}`)
			report(t, map[string]any{"groups": "$len:1"}, hr.want(t, 200, "GET", "/Users/"+ids[1], ""))
			o.ask(t, 200, "PUT", "/policy", nobodyWaits)
		})
		t.Run("a name that is taken", func(t *testing.T) {
			id := hr.deleted(t, "name", "name")
			heir := s.user(t, "name")
			hr.refuse(t, 409, "uniqueness", "POST", "/Users", known("NAME", "name"))
			if got := o.status(t, id); got != "Deprovisioned" {
				t.Errorf("is %s", got)
			}
			if !hr.again(t, known("name-2", "name"), id) {
				t.Error("did not come back under another name")
			}
			report(t, map[string]any{"userName": "name"}, s.want(t, 200, "GET", "/Users/"+heir, ""))
		})
	})
}
