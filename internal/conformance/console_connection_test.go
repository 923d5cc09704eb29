package conformance

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/internal/console"
	"rollcall/internal/operator"
)

// after is what stands in a page between two texts, empty where it is not there.
func after(body, before, end string) string {
	_, rest, found := strings.Cut(body, before)
	if !found {
		return ""
	}
	text, _, _ := strings.Cut(rest, end)
	return text
}

// connected is the page of the connection of the tests.
func (s *server) connected(t *testing.T) string {
	t.Helper()
	return "/connections/" + s.defaultConnection(t).ID.String()
}

// made is where below the root a form led to that made something.
func (b *browser) made(t *testing.T, path string, fields url.Values) string {
	t.Helper()
	response, body := b.submit(t, path, fields)
	if response.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: %d %s", path, response.StatusCode, body)
	}
	to, _, _ := strings.Cut(strings.TrimPrefix(response.Header.Get("Location"), console.Root), "?")
	return to
}

// TestConsoleLooksAfterConnections: connections are made and changed as by the
// API, and nobody's change is lost.
func TestConsoleLooksAfterConnections(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, b *browser) {
		for problem, fields := range map[string]url.Values{
			"Name: the name of a connection":   {"name": {script}, "kind": {"entra"}, "profile": {"lenient"}},
			"Kind: the kind of a connection":   {"name": {"acme"}, "kind": {script}, "profile": {"lenient"}},
			"there is no profile":              {"name": {"acme"}, "kind": {"okta"}, "profile": {script}},
			"Another connection has this name": {"name": {"default"}, "kind": {"okta"}, "profile": {"lenient"}},
		} {
			response, body := b.submit(t, "/connections", fields)
			shows(t, response, body, 422, problem)
			harmless(t, problem, body)
		}
		at := strings.TrimSuffix(b.made(t, "/connections", url.Values{"name": {"acme/1"}, "kind": {"entra"}, "profile": {"strict"}}), "/tokens")
		o.ask(t, 200, "PATCH", "/connections/acme%2F1", `{"options":{"note":"`+jsonScript+`"}}`)
		for _, path := range []string{"/connections", at} {
			response, body := b.open(t, path)
			shows(t, response, body, 200, "acme/1", "Microsoft Entra ID", "strict")
			harmless(t, path, body)
		}
		response, body := b.open(t, at)
		shows(t, response, body, 200, strings.TrimSuffix(s.Base, "/")+"</code>", "note")
		version := after(body, `name="version" value="`, `"`)

		wanted := url.Values{
			"version": {version}, "kind": {"okta"}, "profile": {"lenient"}, "n.pathKeys": {"refuse"}, "n.booleanStrings": {"allow"}, "n.emptyStrings": {"odd"},
			"ownRoles": {"on"}, "roles": {"reader\r\n\r\n" + script}, "revive": {"on"},
		}
		b.done(t, at, wanted, "The connection was changed.")
		found := o.ask(t, 200, "GET", "/connections/acme%2F1", "")
		report(t, map[string]any{"kind": "okta", "profile": "lenient", "options": map[string]any{
			"note": "$any", "profile": "$absent", "revive": "externalId", "roles": []any{"reader", script},
			"normalisations": map[string]any{"pathKeys": false, "booleanStrings": true, "emptyStrings": "$absent"},
		}}, found)
		response, body = b.submit(t, at, wanted)
		shows(t, response, body, 409, "changed meanwhile")
		harmless(t, at, body)
		wanted = url.Values{"version": {after(body, `name="version" value="`, `"`)}, "kind": {"okta"}, "profile": {"lenient"}, "ownRoles": {"on"}, "roles": {strings.Repeat("x", 300)}}
		response, body = b.submit(t, at, wanted)
		shows(t, response, body, 422, "roles takes at most")
		wanted.Del("ownRoles")
		b.done(t, at, wanted, "The connection was changed.")
		report(t, map[string]any{"options": map[string]any{"note": "$any", "revive": "$absent", "roles": "$absent", "normalisations": "$absent"}}, o.ask(t, 200, "GET", "/connections/acme%2F1", ""))

		rows := o.ask(t, 200, "GET", "/audit?action=connection.", "")["rows"].([]any)
		if actor := rows[0].(map[string]any); actor["action"] != "connection.update" || !strings.HasPrefix(actor["actorId"].(string), "operator:") && len(actor["actorId"].(string)) < 30 {
			t.Errorf("the trail says %v", actor)
		}
	})
}

// TestConsoleLooksAfterTokens: a token is shown once, works beside others, and
// ends when it is revoked.
func TestConsoleLooksAfterTokens(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		admin, owner := o.signIn(t, o.operator(t, "ada", operator.Admin)), o.signIn(t, o.operator(t, "chief", operator.Owner))
		at := admin.made(t, "/connections", url.Values{"name": {"acme"}, "kind": {"entra"}, "profile": {"ipsie-al1"}})
		for problem, fields := range map[string]url.Values{
			"Scopes: no scope is named":     {},
			"Scopes: unknown scope":         {"scope": {"scim:read", script}, "expires": {"90d"}},
			"is neither a number":           {"scope": {"scim:read"}, "expires": {script}},
			"not in a reasonable future":    {"scope": {"scim:read"}, "expires": {"-1h"}},
			"profile ipsie-al1, whose toke": {"scope": {"scim:read"}},
		} {
			response, body := admin.submit(t, at, fields)
			shows(t, response, body, 422, problem)
			harmless(t, problem, body)
		}
		response, body := admin.open(t, at)
		if shows(t, response, body, 200, "There is none."); strings.Contains(body, "admin:write") {
			t.Error("an administrator is offered what makes owners")
		}
		response, body = admin.submit(t, at, url.Values{"scope": {"scim:read", "admin:write"}, "expires": {"90d"}})
		shows(t, response, body, 403)
		response, body = owner.submit(t, at, url.Values{"scope": {"admin:write"}, "expires": {"90d"}})
		shows(t, response, body, 200, "shown this once")

		var tokens []string
		for range 2 {
			response, body = admin.submit(t, at, url.Values{"scope": {"scim:read", "scim:write"}, "expires": {"90d"}})
			shows(t, response, body, 200, "shown this once", s.Base)
			tokens = append(tokens, after(body, "<pre><code>", "</code>"))
		}
		for _, token := range tokens {
			one := *s
			one.Token = token
			one.want(t, 200, "GET", "/Users", "")
			response, body = admin.open(t, at)
			if shows(t, response, body, 200, token[:16]); strings.Contains(body, token) {
				t.Error("a token is shown again")
			}
		}
		revoke := at + "/" + tokens[0][3:15] + "/revoke"
		response, body = admin.open(t, revoke)
		shows(t, response, body, 200, "cannot be taken back")
		admin.done(t, revoke, nil, "The token was revoked.")
		admin.done(t, revoke, nil, "The token was revoked.") // twice is once
		for i, state := range []string{"Revoked", "Works"} {
			if row := after(must(admin.open(t, at)), tokens[i][:15], "</tr>"); !strings.Contains(row, state) {
				t.Errorf("token %d: %s", i, row)
			}
		}
		// The token of another connection is not found by the page of this one.
		for _, path := range []string{s.connected(t) + "/tokens/" + tokens[1][3:15] + "/revoke", at + "/nothing/revoke"} {
			response, body = admin.submit(t, path, nil)
			shows(t, response, body, 404)
		}
	})
}

// must is the body of an answer.
func must(_ *http.Response, body string) string { return body }

// TestConsoleDecidesAboutTheGuard: what was meant goes its way, what was not comes
// back, for the number that was seen.
func TestConsoleDecidesAboutTheGuard(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, b *browser) {
		at := s.connected(t) + "/guard"
		response, body := b.open(t, "/timers/guard")
		shows(t, response, body, 200, "not armed", "There was none.")
		o.ask(t, 200, "PUT", "/policy", `{"guard":{"armedFrom":1,"floor":2,"percent":10}}`)
		ids := s.crowd(t, "mass", 12)
		for _, id := range ids[:5] {
			s.want(t, 204, "DELETE", "/Users/"+id, "")
		}
		s.disabled(t, ids[5:6])
		response, body = b.open(t, at)
		shows(t, response, body, 200, "6 of at most 2", "<dd>2 at the least; 10 % of 12 users = 1</dd>", "6, where 2 were the limit", "(2 at the least; 10 % of 12 users = 1)", "Waits for a decision", "Undo all (6)", "This was meant (6)")
		for path, want := range map[string]string{"/release": "look at the number", "/allow": "Removals: is a number", "/block": "lasts at most"} {
			response, body = b.submit(t, at+path, url.Values{"confirm": {"5"}, "for": {"900d"}, "removals": {script}})
			shows(t, response, body, 422, want)
			harmless(t, path, body)
		}
		response, body = b.submit(t, at+"/restore", url.Values{"confirm": {"6"}, "reason": {script}})
		shows(t, response, body, 200, "4 were undone, 1 of them suspensions", "Was undone", "by ada")
		response, body = b.submit(t, at+"/release", url.Values{"confirm": {"6"}})
		shows(t, response, body, 422, "was decided already", "Was undone")
		o.ask(t, 409, "POST", defaultGuard+"/release", `{}`)
		for i, want := range map[int]string{0: "Deprovisioned", 2: "Active", 4: "Active", 5: "Active"} {
			if got := o.status(t, ids[i]); got != want {
				t.Errorf("account %d is %s, want %s", i, got, want)
			}
		}
		for _, id := range ids[6:8] {
			s.want(t, 204, "DELETE", "/Users/"+id, "")
		}
		seen := after(must(b.open(t, at)), "This was meant (", ")")
		response, body = b.submit(t, at+"/release", url.Values{"confirm": {seen}})
		shows(t, response, body, 200, "2 were let go.", "Was meant")

		b.done(t, at+"/allow", url.Values{"removals": {"7"}, "for": {""}}, "7 more until")
		b.done(t, at+"/block", url.Values{"for": {"2h"}, "reason": {script}}, "Removals are blocked")
		s.want(t, 429, "DELETE", "/Users/"+ids[8], "")
		b.done(t, at+"/unblock", nil, "not blocked any more")
		s.want(t, 204, "DELETE", "/Users/"+ids[8], "")
		response, body = b.submit(t, at+"/forget", nil)
		shows(t, response, body, 404)
		rows := s.guardRows(t, s.defaultConnection(t))
		if got := strings.Join(rows, " "); got != "guard.alert guard.restore guard.alert guard.release guard.allow guard.block guard.unblock" {
			t.Errorf("the trail says %s", got)
		}
		response, body = b.open(t, "/audit?action=guard.")
		shows(t, response, body, 200, "&lt;script&gt;")
		harmless(t, "/audit", body)
	})
}

// TestConnectionPagesOfRoles: who may see and who may change connections, tokens
// and the guard, by role; of another tenant nobody.
func TestConnectionPagesOfRoles(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		made := o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write"]}`)
		foreign := *o.server
		foreign.Token = made["token"].(map[string]any)["token"].(string)
		neighbour := &office{&foreign}
		stranger := neighbour.signIn(t, neighbour.operator(t, "stranger", operator.Owner))
		at := s.connected(t)
		token := at + "/tokens/" + after(must(o.signIn(t, o.operator(t, "first", operator.Owner)).open(t, at+"/tokens")), "<code>rc_", "_") + "/revoke"
		pages := []string{"/connections", "/timers/guard", at, at + "/tokens", at + "/guard"}
		forms := []string{"/connections", at, at + "/tokens", at + "/guard/allow", at + "/guard/block", at + "/guard/unblock", at + "/guard/release", at + "/guard/restore", "/timers/guard/block"}
		for role, may := range map[operator.Role][2]bool{operator.Owner: {true, true}, operator.Admin: {true, true}, operator.Auditor: {true, false}, operator.Helpdesk: {}} {
			b := o.signIn(t, o.operator(t, "of "+string(role), role))
			for _, path := range pages {
				response, body := b.open(t, path)
				shows(t, response, body, map[bool]int{true: 200, false: 403}[may[0]])
				if forms := strings.Count(body, `method="post"`) > 1 && !strings.Contains(body, `disabled>`); may[0] && forms != may[1] {
					t.Errorf("%s: %s is offered forms: %t", role, path, forms)
				}
			}
			for _, path := range forms {
				response, body := b.submit(t, path, url.Values{"version": {"x"}, "confirm": {"x"}, "for": {"x"}})
				// What is wrong with the form is told to who may send it.
				if allowed := response.StatusCode != 403; allowed != may[1] {
					t.Errorf("%s: %s: %d %s", role, path, response.StatusCode, body)
				}
				response, body = b.submit(t, path, nil, "Sec-Fetch-Site", "cross-site")
				shows(t, response, body, 403, "another site")
			}
		}
		for _, path := range pages[2:] {
			response, body := stranger.open(t, path)
			shows(t, response, body, 404)
		}
		for _, path := range append(forms[1:8:8], token, "/connections/x", "/connections/x/tokens") {
			response, body := stranger.submit(t, path, url.Values{"scope": {"scim:read"}, "removals": {"1"}})
			shows(t, response, body, 404)
		}
	})
}
