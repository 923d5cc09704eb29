package conformance

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/internal/auth"
	"rollcall/internal/await"
)

// TestAdminUsers lists users by filter, in order, and in pages that miss nothing
// and show nothing twice.
func TestAdminUsers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		for i := range 7 {
			s.user(t, fmt.Sprintf("user-%d", i))
		}
		off := s.user(t, "off", `"active":false`, `"displayName":"Off"`)
		status := url.QueryEscape(`urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User:status eq "Suspended"`)
		found := o.ask(t, 200, "GET", "/users?filter="+status, "")
		report(t, map[string]any{"totalResults": 1.0, "users": []any{map[string]any{
			"id": off, "userName": "off", "displayName": "Off", "status": "Suspended", "cause": "suspended", "source": "scim", "sourceClient": "default", "stale": false,
			"explanation": "Suspended by connection default, without an end.",
		}}}, found)
		// A row says what the account itself says, under the same names.
		row, own := found["users"].([]any)[0].(map[string]any), o.ask(t, 200, "GET", "/users/"+off, "")
		for _, member := range []string{"status", "cause", "explanation", "statusChanged"} {
			if row[member] == nil || row[member] != own[member] {
				t.Errorf("%s: %v in the list, %v by itself", member, row[member], own[member])
			}
		}
		for _, query := range []string{"?count=3&sortBy=userName&sortOrder=descending", "?count=3"} {
			seen, next, pages := map[string]bool{}, "", 0
			for {
				page := o.ask(t, 200, "GET", "/users"+query+"&cursor="+next, "")
				for _, row := range page["users"].([]any) {
					name := row.(map[string]any)["userName"].(string)
					if seen[name] {
						t.Errorf("%s is there twice", name)
					}
					seen[name] = true
				}
				pages++
				if next, _ = page["next"].(string); next == "" {
					break
				}
			}
			if len(seen) != 8 || pages != 3 {
				t.Errorf("%s: %d users on %d pages", query, len(seen), pages)
			}
		}
		page := o.ask(t, 200, "GET", "/users?startIndex=7&count=5", "")
		report(t, map[string]any{"totalResults": 8.0, "startIndex": 7.0, "users": "$len:2", "next": "$absent"}, page)
		o.ask(t, 400, "GET", "/users?startIndex=1&cursor=", "")
	})
}

// TestAdminTimers cancels what would happen by itself.
func TestAdminTimers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id := s.user(t, "timed")
		o.act(t, 200, id, "suspend", `{"reason":"x","until":"2030-01-01T00:00:00Z"}`)
		kinds := func() string {
			var kinds []string
			for _, timer := range o.ask(t, 200, "GET", "/users/"+id+"/timers", "")["timers"].([]any) {
				kinds = append(kinds, timer.(map[string]any)["kind"].(string))
			}
			return strings.Join(kinds, " ")
		}
		if got := kinds(); !strings.Contains(got, "suspended_until") {
			t.Fatalf("timers %s", got)
		}
		o.ask(t, 412, "DELETE", "/users/"+id+"/timers/suspended_until", "", "If-Match", `W/"1"`)
		o.ask(t, 200, "DELETE", "/users/"+id+"/timers/suspended_until?dryRun=true", "")
		if got := kinds(); !strings.Contains(got, "suspended_until") {
			t.Error("a dry run cancelled it")
		}
		o.ask(t, 200, "DELETE", "/users/"+id+"/timers/suspended_until?reason=stays", "")
		if got := kinds(); strings.Contains(got, "suspended_until") {
			t.Errorf("timers %s", got)
		}
		report(t, map[string]any{"status": "Suspended", "statusUntil": "$absent"}, o.ask(t, 200, "GET", "/users/"+id, ""))
		o.ask(t, 404, "DELETE", "/users/"+id+"/timers/suspended_until", "")
		o.ask(t, 404, "DELETE", "/users/"+id+"/timers/nonsense", "")
		o.act(t, 200, id, "deprovision", "")
		o.ask(t, 200, "DELETE", "/users/"+id+"/timers/purge", "")
		report(t, map[string]any{"explanation": "Deprovisioned; it can be restored and is not purged by itself."}, o.ask(t, 200, "GET", "/users/"+id, ""))
	})
}

// TestAdminPolicy sets the policy in the revision that was read.
func TestAdminPolicy(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id := s.user(t, "stale")
		report(t, map[string]any{"revision": 0.0, "policy": map[string]any{"purgeAfter": "30d"}}, o.ask(t, 200, "GET", "/policy", ""))
		_, header, set := o.do(t, "PUT", "/policy?reason=shorter", `{"stale":{"after":"20d","warnAfter":"10d"}}`, "If-Match", `"0"`, "Content-Type", "application/json")
		report(t, map[string]any{"revision": 1.0, "policy": map[string]any{"purgeAfter": "30d", "stale": map[string]any{"after": "20d"}}}, set)
		if header.Get("ETag") != `"1"` {
			t.Errorf("ETag %s", header.Get("ETag"))
		}
		for _, tag := range []string{`"0"`, `"2"`, "nonsense"} {
			o.ask(t, 412, "PUT", "/policy", `{}`, "If-Match", tag)
		}
		timers := o.ask(t, 200, "GET", "/users/"+id+"/timers", "")["timers"].([]any)
		explained := o.ask(t, 200, "GET", "/users/"+id, "")
		created := explained["statusChanged"].(string)
		if due := timers[0].(map[string]any)["due"].(string); due[:7] == created[:7] && due[:10] <= created[:10] {
			t.Errorf("the timer %v does not follow the policy", timers[0])
		}
		rows := o.ask(t, 200, "GET", "/audit?action=policy.set", "")["rows"].([]any)
		report(t, map[string]any{"actorKind": "operator", "actorId": "token:bootstrap", "reason": "shorter"}, rows[0])
		o.ask(t, 200, "PUT", "/policy", `{}`, "If-Match", "*")
		report(t, map[string]any{"revision": 2.0, "policy": map[string]any{"stale": map[string]any{"after": "90d"}}}, o.ask(t, 200, "GET", "/policy", ""))
	})
}

// TestAdminGuard lets the mass guard hold deletions, and blocks a connection.
func TestAdminGuard(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		o.ask(t, 200, "PUT", "/policy", `{"guard":{"armedFrom":1,"floor":2,"percent":0}}`)
		var ids []string
		for i := range 6 {
			ids = append(ids, s.user(t, fmt.Sprintf("guarded-%d", i)))
		}
		const guard = "/connections/default/guard"
		report(t, map[string]any{"mode": "hold", "armed": true, "removals": 0.0, "limit": 2.0, "livingUsers": 6.0}, o.ask(t, 200, "GET", guard, ""))
		o.ask(t, 200, "POST", guard+"/allow", `{"removals":1,"for":"1h","reason":"one more"}`)
		for _, id := range ids[:5] {
			s.want(t, 204, "DELETE", "/Users/"+id, "")
		}
		report(t, map[string]any{"allowance": 0.0, "removals": 5.0}, o.ask(t, 200, "GET", guard, ""))
		held := 0
		for _, row := range o.ask(t, 200, "GET", "/deleted", "")["deleted"].([]any) {
			if row.(map[string]any)["held"] == true {
				held++
			}
		}
		if held != 2 {
			t.Errorf("%d are held", held)
		}
		report(t, map[string]any{"status": "Deprovisioned", "cause": "heldByMassGuard"}, o.ask(t, 200, "GET", "/users/"+ids[4], ""))
		refused := o.act(t, 409, ids[4], "purge", `{"confirm":"`+ids[4]+`"}`)
		report(t, map[string]any{"why": "held-by-mass-guard", "try": []any{"release", "restore"}}, refused)
		o.act(t, 200, ids[3], "release", "")
		report(t, map[string]any{"done": 1.0, "failed": "$len:0"}, o.ask(t, 200, "POST", guard+"/restore", `{"reason":"a mistake"}`))
		if got := o.status(t, ids[4]); got != "Active" {
			t.Errorf("restored: %s", got)
		}
		report(t, map[string]any{"detail": "$re:decided already .* it is restored"}, o.ask(t, 409, "POST", guard+"/release", ""))
		report(t, map[string]any{"removals": 5.0}, o.ask(t, 200, "GET", guard, ""))

		o.ask(t, 200, "POST", guard+"/block", `{"for":"1h","reason":"migration"}`)
		until := o.ask(t, 200, "GET", guard, "")["blockedUntil"].(string)
		report(t, map[string]any{"detail": "$re:an administrator has blocked .* until " + until[:len("2006-01-02T15:04")]}, s.want(t, 429, "DELETE", "/Users/"+ids[5], ""))
		o.act(t, 200, ids[5], "suspend", `{"reason":"an administrator is not blocked"}`)
		report(t, map[string]any{"blockedUntil": "$absent"}, o.ask(t, 200, "POST", guard+"/unblock", ""))
		s.want(t, 204, "DELETE", "/Users/"+ids[5], "")
		blocked := map[string]any{"action": "guard.block", "changes": map[string]any{"until": []any{nil, "$re:^" + until[:len("2006-01-02T15:04")]}}}
		report(t, []any{
			map[string]any{"action": "guard.unblock", "changes": map[string]any{"until": "$absent"}},
			blocked,
			map[string]any{"action": "guard.restore"},
			map[string]any{"action": "guard.alert"},
			map[string]any{"action": "guard.allow"},
		}, o.ask(t, 200, "GET", "/audit?action=guard.", "")["rows"])
	})
}

// TestAdminTimersGuard lets the mass guard hold what a policy does by itself, and
// an administrator take it back and block more of it.
func TestAdminTimersGuard(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		var ids []string
		for i := range 5 {
			ids = append(ids, s.user(t, fmt.Sprintf("aging-%d", i)))
		}
		const guard = "/timers/guard"
		o.ask(t, 200, "PUT", "/policy", `{"escalation":{"expired":"1s"},"guard":{"armedFrom":1,"floor":1,"percent":0}}`)
		report(t, map[string]any{"mode": "hold", "armed": true, "removals": 0.0, "limit": 1.0, "livingUsers": 5.0}, o.ask(t, 200, "GET", guard, ""))
		report(t, map[string]any{"allowance": 1.0}, o.ask(t, 200, "POST", guard+"/allow", `{"removals":1,"for":"1h","reason":"one more"}`))
		for _, id := range ids {
			o.act(t, 200, id, "schedule", `{"validUntil":"2020-01-01T00:00:00Z"}`)
		}
		// The guard counts first: what it let go is gone a moment later.
		gone := func(id string) bool { return o.status(t, id) == "Deprovisioned" }
		await.That(t, time.Minute, "the timers fire", func() bool {
			return !slices.ContainsFunc(ids, func(id string) bool { return !gone(id) })
		})
		report(t, map[string]any{"allowance": 0.0, "removals": 5.0}, o.ask(t, 200, "GET", guard, ""))
		report(t, map[string]any{"removals": 0.0}, o.ask(t, 200, "GET", "/connections/default/guard", ""))
		report(t, map[string]any{"blockedUntil": "$any"}, o.ask(t, 200, "POST", guard+"/block", `{"for":"1h","reason":"wait"}`))
		report(t, map[string]any{"done": 0.0}, o.ask(t, 200, "POST", "/connections/default/guard/restore", ""))
		// They expire again after a second, and nothing may go.
		report(t, map[string]any{"done": 3.0, "failed": "$len:0"}, o.ask(t, 200, "POST", guard+"/restore", `{"reason":"a slip"}`))
		report(t, map[string]any{"detail": "$re:decided already .* it is restored"}, o.ask(t, 409, "POST", guard+"/release", ""))
		report(t, map[string]any{"blockedUntil": "$absent"}, o.ask(t, 200, "POST", guard+"/unblock", ""))
		o.ask(t, 404, "GET", "/connections/timers/guard", "")
		o.ask(t, 400, "POST", guard+"/allow", `{"for":"1h"}`)
		if rows := o.ask(t, 200, "GET", "/audit?action=guard.", "")["rows"].([]any); len(rows) != 6 {
			t.Errorf("%d rows about the guard", len(rows))
		}
	})
}

// TestAdminAccess makes connections and tokens, and ends them.
func TestAdminAccess(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		made := o.ask(t, 201, "POST", "/connections", `{"name":"okta/prod","kind":"okta","options":{"profile":"strict","note":"hello"}}`)
		report(t, map[string]any{"kind": "okta", "profile": "strict", "normalisations": "$len:0"}, made)
		o.ask(t, 409, "POST", "/connections", `{"name":"okta/prod"}`)
		const path = "/connections/okta%2Fprod"
		changed := o.ask(t, 200, "PATCH", path, `{"kind":"entra","options":{"profile":null,"limit":3}}`)
		report(t, map[string]any{"kind": "entra", "profile": "lenient", "options": map[string]any{"note": "hello", "limit": 3.0, "profile": "$absent"}}, changed)
		o.ask(t, 400, "PATCH", path, `{"name":"other"}`)
		report(t, map[string]any{"name": "okta/prod"}, o.ask(t, 200, "GET", path, ""))
		report(t, map[string]any{"connections": "$len:2"}, o.ask(t, 200, "GET", "/connections", ""))

		o.ask(t, 201, "POST", "/connections", `{"name":"ipsie","options":{"profile":"ipsie-al1"}}`)
		o.ask(t, 400, "POST", "/tokens", `{"connection":"ipsie","scopes":["scim:read"]}`)
		token := o.ask(t, 201, "POST", "/tokens", `{"connection":"okta/prod","scopes":["scim:read","admin:read"],"expires":"90d"}`)
		holder := *s
		holder.Token = token["token"].(string)
		holder.want(t, 200, "GET", "/Users", "")
		holder.desk().ask(t, 200, "GET", "/users", "")
		listed := o.ask(t, 200, "GET", "/tokens?connection=okta%2Fprod", "")
		report(t, map[string]any{"tokens": []any{map[string]any{"prefix": token["prefix"], "connection": "okta/prod", "token": "$absent"}}}, listed)
		user := s.user(t, "selfish")
		own := o.ask(t, 201, "POST", "/tokens", `{"connection":"default","scopes":["scim:read"],"user":"selfish"}`)
		report(t, map[string]any{"user": user}, own)
		o.ask(t, 404, "GET", "/tokens?connection=none", "")
		if status, _, _ := o.do(t, "DELETE", "/tokens/"+token["prefix"].(string), ""); status != http.StatusNoContent {
			t.Errorf("revoke: %d", status)
		}
		grant, err := o.Store.Grant(t.Context(), token["prefix"].(string))
		if err != nil || grant.Token.Revoked.IsZero() {
			t.Errorf("it is not revoked: %v", err)
		}
	})
}

// TestAdminAudit searches the trail in pages, and takes it away.
func TestAdminAudit(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id := s.user(t, "audited")
		for i := range 5 {
			o.act(t, 200, id, "suspend", fmt.Sprintf(`{"reason":"reason %d"}`, i))
		}
		for _, order := range []string{"newest", "oldest"} {
			var reasons []string
			for next := ""; ; {
				page := o.ask(t, 200, "GET", "/audit?action=user.&actorKind=operator&count=2&order="+order+"&cursor="+next, "")
				for _, row := range page["rows"].([]any) {
					reason, _ := row.(map[string]any)["reason"].(string)
					reasons = append(reasons, reason)
				}
				if next, _ = page["next"].(string); next == "" {
					break
				}
			}
			want := "reason 0,reason 1,reason 2,reason 3,reason 4"
			if order == "newest" {
				want = "reason 4,reason 3,reason 2,reason 1,reason 0"
			}
			if got := strings.Join(reasons, ","); got != want {
				t.Errorf("%s: %s", order, got)
			}
		}
		report(t, map[string]any{"rows": "$len:6"}, o.ask(t, 200, "GET", "/audit?subjectType=User&subject="+id, ""))
		report(t, map[string]any{"rows": "$len:6"}, o.ask(t, 200, "GET", "/audit?subject="+id, ""))
		for form, media := range map[string]string{"jsonl": "application/jsonl", "csv": "text/csv; charset=utf-8"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.Base+"/audit/export?format="+form, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", "Bearer "+o.Token)
			response, _, err := exchange(t, request, nil)
			if err != nil || response.StatusCode != 200 || response.Header.Get("Content-Type") != media {
				t.Errorf("%s: %d %s: %v", form, response.StatusCode, response.Header.Get("Content-Type"), err)
			}
		}
		report(t, map[string]any{"rows": "$len:2"}, o.ask(t, 200, "GET", "/audit?action=audit.export", ""))
	})
}

// TestAdminSignIns reports sign-ins one by one and in batches, up to a lock.
func TestAdminSignIns(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		reporter := o.as(t, auth.ScopeSigninsReport)
		id := s.user(t, "reported")
		version := s.version(t, "/Users/"+id)
		report(t, map[string]any{"id": id, "status": "Active"}, reporter.ask(t, 200, "POST", "/sign-ins", `{"user":"reported","succeeded":true,"application":"wiki","address":"192.0.2.1"}`))
		batch := make([]string, 0, 12)
		for range 10 {
			batch = append(batch, `{"user":"`+id+`","succeeded":false}`)
		}
		batch = append(batch, `{"user":"nobody","succeeded":true}`, `{"user":"reported","succeeded":true}`)
		results := reporter.ask(t, 200, "POST", "/sign-ins", `{"signIns":[`+strings.Join(batch, ",")+`]}`)["results"].([]any)
		if len(results) != 12 {
			t.Fatalf("%d results", len(results))
		}
		report(t, map[string]any{"status": "Locked", "locked": true}, results[9])
		report(t, map[string]any{"problem": map[string]any{"status": 404.0}}, results[10])
		report(t, map[string]any{"status": "Locked", "problem": "$absent"}, results[11])
		report(t, map[string]any{"results": "$len:0"}, reporter.ask(t, 200, "POST", "/sign-ins", `{"signIns":[]}`))
		report(t, map[string]any{"cause": "failedLogins"}, o.ask(t, 200, "GET", "/users/"+id, ""))
		if got := s.version(t, "/Users/"+id); strings.Split(got, "-")[0] != strings.Split(version, "-")[0] {
			t.Errorf("the version moved from %s to %s", version, got)
		}
		rows := 0
		for next := ""; ; {
			page := o.ask(t, 200, "GET", "/users/"+id+"/sign-ins?count=5&cursor="+next, "")
			rows += len(page["signIns"].([]any))
			if next, _ = page["next"].(string); next == "" {
				break
			}
		}
		if rows != 12 {
			t.Errorf("%d rows of history", rows)
		}
	})
}

// TestAdminVerify: whoever asks whether a credential is good learns nothing else.
func TestAdminVerify(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		verifier := o.as(t, auth.ScopeCredentialsVerify)
		const right = "Correct-Horse-1"
		ids := map[string]string{}
		for _, name := range []string{"good", "wrong", "locked", "suspended", "gone", "staged"} {
			ids[name] = s.user(t, name, `"password":"`+right+`"`)
		}
		s.user(t, "without")
		o.act(t, 200, ids["locked"], "lock", `{"reason":"x"}`)
		o.act(t, 200, ids["suspended"], "suspend", `{"reason":"x"}`)
		o.act(t, 200, ids["staged"], "schedule", `{"validFrom":"2030-01-01T00:00:00Z"}`)
		o.act(t, 200, ids["gone"], "deprovision", "")
		verify := func(name, password string) string {
			return fmt.Sprint(verifier.ask(t, 200, "POST", "/credentials/verify", `{"userName":"`+name+`","password":"`+password+`","application":"wiki"}`))
		}
		refused := verify("nobody", right)
		for _, name := range []string{"wrong", "without"} {
			if got := verify(name, "Wrong-Horse-1"); got != refused {
				t.Errorf("%s: %s", name, got)
			}
		}
		for _, name := range []string{"locked", "suspended", "gone", "staged", "without"} {
			if got := verify(name, right); got != refused || strings.Contains(got, "true") {
				t.Errorf("%s: %s", name, got)
			}
		}
		report(t, map[string]any{"verified": true, "id": ids["good"], "userName": "good"},
			verifier.ask(t, 200, "POST", "/credentials/verify", `{"userName":"GOOD","password":"`+right+`"}`))
		report(t, map[string]any{"signIns": []any{map[string]any{"succeeded": true, "application": "default"}}}, o.ask(t, 200, "GET", "/users/"+ids["good"]+"/sign-ins", ""))
		report(t, map[string]any{"failedLogins": 1.0}, o.ask(t, 200, "GET", "/users/"+ids["wrong"], ""))
		o.act(t, 200, ids["good"], "set-password", `{"password":"Another-Horse-2"}`)
		if got := verify("good", right); got != refused {
			t.Errorf("the old password: %s", got)
		}
	})
}
