package conformance

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/internal/admin"
	"rollcall/internal/console"
	"rollcall/internal/operator"
)

// script is what a stored text would do if a page believed it.
const script = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`

// jsonScript is script inside a JSON string.
var jsonScript = strings.ReplaceAll(script, `"`, `\"`)

// harmless fails where a page repeats script as it came.
func harmless(t *testing.T, path, body string) {
	t.Helper()
	for _, bad := range []string{"<script>alert", "<img src=x", `"'>`} {
		if strings.Contains(body, bad) {
			t.Errorf("%s repeats %q: %s", path, bad, body)
		}
	}
}

// done fails unless a form led to a page that says what was done.
func (b *browser) done(t *testing.T, path string, fields url.Values, says string) {
	t.Helper()
	response, body := b.submit(t, path, fields)
	to := response.Header.Get("Location")
	if response.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: %d %s", path, response.StatusCode, body)
	}
	response, body = b.open(t, strings.TrimPrefix(to, console.Root))
	shows(t, response, body, 200, says)
}

// TestConsoleFindsUsers: the list shows all, finds some, sorts and pages.
func TestConsoleFindsUsers(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Auditor, func(t *testing.T, s *server, o *office, b *browser) {
		for i := range 55 {
			s.user(t, fmt.Sprintf("user%02d", i), fmt.Sprintf(`"displayName":"Person %02d"`, i))
		}
		eve := s.user(t, "eve", `"displayName":"`+jsonScript+`"`, `"externalId":"hr-9"`, `"name":{"familyName":"O'Hara \"x\" \\ )"}`, `"emails":[{"value":"e@example.org"},{"value":"eve@example.com","primary":true}]`, `"roles":[{"value":"engineer"}]`)
		o.act(t, 200, eve, "suspend", `{"reason":"`+jsonScript+`"}`)

		response, body := b.open(t, "/users")
		shows(t, response, body, 200, "56 users", "eve<wbr>@example.com", "engineer", "Suspended", `aria-sort="ascending"`, "user00", "SCIM (default)")
		harmless(t, "/users", body)
		if strings.Contains(body, "user54") || strings.Contains(body, `rel="prev"`) {
			t.Error("the first page is not one")
		}
		_, next, _ := strings.Cut(body, `<a href="?`)
		for !strings.HasPrefix(next, "cursor=") && next != "" {
			_, next, _ = strings.Cut(next, `<a href="?`)
		}
		next, _, _ = strings.Cut(next, `"`)
		response, body = b.open(t, "/users?"+strings.ReplaceAll(next, "&amp;", "&"))
		if shows(t, response, body, 200, "user54", `rel="prev"`, "56 users"); strings.Contains(body, "user00") {
			t.Error("the second page begins anew")
		}
		for query, want := range map[string]string{
			"q=EVE": "1 user<", "q=e@example.org": "1 user<", "q=hr-9": "1 user<", "q=" + eve: "1 user<", "q=Person+1": "10 users", "q=nobody": "0 users",
			"q=" + url.QueryEscape(`O'Hara "x" \ )`): "1 user<", "q=" + url.QueryEscape(`") or (userName pr`): "0 users", "q=%ff%00": "0 users",
			"status=Suspended": "1 user<", "status=Suspended&q=user": "0 users", "activity=never": "56 users", "stale=on": "0 users",
			"sort=odd&order=odd": "56 users", "sort=status&order=descending": "56 users", "sort=lastLogin": "56 users", "sort=created": "56 users",
			"q=" + strings.Repeat("x", 900): "0 users",
		} {
			response, body := b.open(t, "/users?"+query)
			shows(t, response, body, 200, want)
			harmless(t, query, body)
		}
		response, _ = b.open(t, "/users?q=eve&cursor=made-up")
		if to := response.Header.Get("Location"); response.StatusCode != http.StatusSeeOther || to != console.Root+"/users?q=eve" {
			t.Errorf("a made-up cursor: %d %q", response.StatusCode, to)
		}
	})
}

// TestConsoleActsOnUsers: what administrators do to a user by its page is what the
// API does, is in the trail in the operator's name, and can be taken back.
func TestConsoleActsOnUsers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		chief := o.operator(t, "Chief "+strings.ReplaceAll(script, `"`, `'`), operator.Admin)
		b := o.signIn(t, chief)
		id := s.user(t, "eve", `"displayName":"`+jsonScript+`"`)
		group := s.group(t, "Engineers", id)
		at := "/users/" + id

		response, body := b.submit(t, at+"/actions/suspend", url.Values{})
		shows(t, response, body, 422, "Reason: is needed")
		response, body = b.submit(t, at+"/actions/suspend", url.Values{"reason": {"leave"}, "until": {"1999-01-01"}})
		shows(t, response, body, 422, "not in the future", `value="leave"`)
		response, body = b.submit(t, at+"/actions/suspend", url.Values{"reason": {"leave"}, "until": {"soon"}})
		shows(t, response, body, 422, "such as 2030-01-31")
		if o.status(t, id) != "Active" {
			t.Error("a refused form changed the account")
		}
		b.done(t, at+"/actions/suspend", url.Values{"reason": {script}, "until": {"2090-01-31"}}, "The account was suspended.")
		for _, tab := range []string{"", "/groups", "/sign-ins", "/timeline", "/schedule", "/actions/activate", "/actions/override"} {
			response, body := b.open(t, at+tab)
			shows(t, response, body, 200, "Suspended")
			harmless(t, tab, body)
		}
		response, body = b.open(t, at+"/timeline")
		shows(t, response, body, 200, "User: suspend", "Chief &lt;script&gt;", "Added to a group", "User: create", "connection default")
		response, body = b.open(t, at+"/groups")
		shows(t, response, body, 200, "Engineers")
		response, body = b.open(t, at+"/schedule")
		shows(t, response, body, 200, "The suspension ends", "31 Jan 2090")
		b.done(t, at+"/timers/suspended_until/cancel", nil, "It was cancelled.")
		b.done(t, at+"/timers/suspended_until/cancel", nil, "There was nothing to cancel") // twice is once
		b.done(t, at+"/actions/activate", url.Values{}, "The account was activated.")
		b.done(t, at+"/actions/schedule", url.Values{"validUntil": {"2090-01-31"}}, "The validity was set.")
		response, body = b.open(t, at+"/actions/schedule")
		shows(t, response, body, 200, `value="2090-01-31"`)

		response, body = b.submit(t, at+"/actions/reset-password", url.Values{})
		shows(t, response, body, 422, "no email address")
		b.done(t, at+"/actions/deprovision", url.Values{"reason": {"left"}}, "The account was deprovisioned.")
		response, body = b.open(t, "/deleted")
		shows(t, response, body, 200, "&lt;script&gt;", "30", "1 group")
		response, body = b.open(t, "/deleted?q=x")
		shows(t, response, body, 200, "Nothing.")
		b.done(t, at+"/actions/restore", url.Values{}, "The account was restored.")
		if o.status(t, id) != "Suspended" || len(o.ask(t, 200, "GET", at, "")["groups"].([]any)) != 1 {
			t.Error("it came back otherwise")
		}
		b.done(t, at+"/actions/deprovision", url.Values{"reason": {"left"}}, "The account was deprovisioned.")
		response, body = b.submit(t, at+"/actions/purge", url.Values{"reason": {"asked for it"}, "confirm": {"ev"}})
		shows(t, response, body, 422, "neither the userName nor the id")
		b.done(t, at+"/actions/purge", url.Values{"reason": {"asked for it"}, "confirm": {"eve"}}, "The account was purged.")

		s.want(t, 204, "DELETE", "/Groups/"+group, "")
		response, body = b.open(t, "/deleted?type=Group")
		shows(t, response, body, 200, "Engineers")
		b.done(t, "/deleted/Group/"+group+"/restore", nil, "It was restored")
		b.done(t, "/deleted/Group/"+group+"/restore", nil, "could not be restored")
		s.want(t, 200, "GET", "/Groups/"+group, "")
		for _, path := range []string{"/users/nobody", "/users/" + group, "/users/nobody/timeline", at + "/actions/dance", at + "/nothing", "/deleted?type=Odd", "/deleted?after=x", at + "/timeline?before=x"} {
			response, body := b.open(t, path)
			shows(t, response, body, 404, "There is nothing here")
		}
	})
}

// TestConsoleHandsLinksOver: without mail the link of an invitation is shown once.
func TestConsoleHandsLinksOver(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Helpdesk, func(t *testing.T, s *server, o *office, b *browser) {
		id := s.user(t, "eve", `"emails":[{"value":"eve@example.com"}]`)
		response, body := b.submit(t, "/users/"+id+"/actions/reset-password", url.Values{"reason": {"forgot it"}})
		shows(t, response, body, 200, "eve@example.com", "/t/default/account/reset?link=")
	})
}

// TestRolesOnUsers tries each action on a user in each role, by its page and by its
// form: what a role does not allow is 403 and changes nothing.
func TestRolesOnUsers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id := s.user(t, "eve", `"emails":[{"value":"eve@example.com"}]`)
		actions := []string{"activate", "suspend", "lock", "unlock", "deprovision", "restore", "purge", "invite", "reset-password", "reset-attempts", "set-password", "mark", "schedule", "override"}
		assists := map[string]bool{"unlock": true, "invite": true, "reset-password": true, "reset-attempts": true}
		for _, role := range operator.Roles() {
			b := o.signIn(t, o.operator(t, string(role), role))
			for _, action := range actions {
				allowed := role == operator.Owner || role == operator.Admin || role == operator.Helpdesk && assists[action]
				path := "/users/" + id + "/actions/" + action
				if response, _ := b.open(t, path); (response.StatusCode == 200) != allowed || !allowed && response.StatusCode != 403 {
					t.Errorf("%s: the page of %s: %d", role, action, response.StatusCode)
				}
				if !allowed {
					before := s.version(t, "/Users/"+id)
					if response, body := b.submit(t, path, url.Values{"reason": {"r"}, "confirm": {"eve"}}); response.StatusCode != 403 {
						t.Errorf("%s: %s: %d %s", role, action, response.StatusCode, body)
					}
					if after := s.version(t, "/Users/"+id); after != before {
						t.Errorf("%s: %s changed the user", role, action)
					}
				}
			}
			for _, path := range []string{"/users/" + id + "/timers/stale/cancel", "/deleted/Group/" + id + "/restore"} {
				if response, _ := b.submit(t, path, nil); (response.StatusCode == 403) != (role == operator.Helpdesk || role == operator.Auditor) {
					t.Errorf("%s: %s: %d", role, path, response.StatusCode)
				}
			}
		}
	})
}

// TestConsoleKeepsTenantsApart: an operator of one tenant finds nothing of another.
func TestConsoleKeepsTenantsApart(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id := s.user(t, "eve")
		made := o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write"]}`)
		foreign := *o.server
		foreign.Token = made["token"].(map[string]any)["token"].(string)
		acme := &office{&foreign}
		b := acme.signIn(t, acme.operator(t, "ada", operator.Owner))
		response, body := b.open(t, "/users")
		shows(t, response, body, 200, "0 users")
		for _, path := range []string{"", "/timeline", "/groups", "/sign-ins", "/schedule", "/actions/suspend"} {
			response, _ := b.open(t, "/users/"+id+path)
			shows(t, response, "", 404)
		}
		for _, path := range []string{"/actions/suspend", "/timers/stale/cancel"} {
			response, _ := b.submit(t, "/users/"+id+path, url.Values{"reason": {"r"}})
			shows(t, response, "", 404)
		}
		if o.status(t, id) != "Active" {
			t.Error("it was changed from another tenant")
		}
	})
}

// TestConsoleAddsAndEditsUsers: a user is added in each of the ways to begin, and
// changed like a PATCH changes it.
func TestConsoleAddsAndEditsUsers(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, b *browser) {
		for problem, form := range map[string]url.Values{
			"userName":         {"displayName": {script}, "start": {admin.EntryStaged}},
			"no email address": {"userName": {"eve"}, "start": {admin.EntryInvited}},
			"at least 8":       {"userName": {"eve"}, "start": {"password"}, "password": {"short"}},
			"8 characters":     {"userName": {"eve"}, "start": {"password"}, "password": {"e\u0301e\u0301e\u0301e\u0301123"}},
			"Password: is":     {"userName": {"eve"}, "start": {"password"}},
			"Start: is one of": {"userName": {"eve"}, "email": {"eve@example.com"}, "start": {"somehow"}},
			"Start: is one":    {"userName": {"eve"}, "email": {"eve@example.com"}},
		} {
			response, body := b.submit(t, "/users", form)
			shows(t, response, body, 422, problem)
			harmless(t, problem, body)
		}
		for _, test := range []struct {
			start, status string
			more          url.Values
		}{{"password", "Active", url.Values{"password": {"Correct-Horse-1"}}}, {admin.EntryEnrolled, "Active", nil}, {admin.EntryStaged, "Inactive", nil}} {
			form := url.Values{"userName": {test.start}, "start": {test.start}, "givenName": {"Eve"}, "familyName": {script}, "email": {test.start + "@example.com"}, "role": {"engineer"}}
			for name, values := range test.more {
				form[name] = values
			}
			response, body := b.submit(t, "/users", form)
			if response.StatusCode != http.StatusSeeOther {
				t.Fatalf("%s: %d %s", test.start, response.StatusCode, body)
			}
			found := s.want(t, 200, "GET", "/Users?"+filterQuery(`userName eq "`+test.start+`"`), "")["Resources"].([]any)[0].(map[string]any)
			report(t, map[string]any{
				"name": map[string]any{"givenName": "Eve", "familyName": script}, "emails": []any{map[string]any{"value": test.start + "@example.com", "type": "work", "primary": true}},
				"roles": []any{map[string]any{"value": "engineer", "primary": true}}, "displayName": "$absent", "title": "$absent",
			}, found)
			if got := o.status(t, found["id"].(string)); got != test.status {
				t.Errorf("%s begins %s", test.start, got)
			}
		}
		if !o.verifies(t, "password", "Correct-Horse-1") {
			t.Error("the initial password does not work")
		}
		response, body := b.submit(t, "/users", url.Values{"userName": {"asked"}, "email": {"i@example.com"}, "start": {admin.EntryInvited}})
		shows(t, response, body, 200, "/t/default/account/invite?link=", "i@example.com")
		response, body = b.submit(t, "/users", url.Values{"userName": {"ASKED"}, "start": {admin.EntryEnrolled}})
		shows(t, response, body, 422, "userName")

		id := o.local(t, "bob", `"title":"Dr"`, `"emails":[{"value":"home@example.com","type":"home"},{"value":"b@example.com","type":"work","primary":true}]`)
		at := "/users/" + id + "/edit"
		response, body = b.open(t, at)
		shows(t, response, body, 200, `value="b@example.com"`, `value="Dr"`)
		// form is what a browser sends: what is typed, and what the form was filled
		// from.
		form := func(fields url.Values) url.Values {
			t.Helper()
			_, body := b.open(t, at)
			fields["version"] = []string{html.UnescapeString(shownAs(body, "version")[0])}
			return fields
		}
		old := form(url.Values{"userName": {"robert"}})
		b.done(t, at, form(url.Values{"userName": {"bobby"}, "displayName": {script}, "email": {"bobby@example.com"}, "role": {"admin"}}), "The user was changed.")
		response, body = b.submit(t, at, old)
		shows(t, response, body, 409, "changed meanwhile", `value="robert"`, "<dt>Username now</dt><dd>bobby</dd>", "<dt>Display name now</dt><dd>&lt;script&gt;")
		response, body = b.submit(t, at, url.Values{"userName": {"robert"}})
		shows(t, response, body, 409, "changed meanwhile")
		report(t, map[string]any{
			"userName": "bobby", "displayName": script, "title": "$absent", "roles": []any{map[string]any{"value": "admin"}},
			"emails": []any{map[string]any{"value": "home@example.com", "type": "home"}, map[string]any{"value": "bobby@example.com", "type": "work", "primary": true}},
		}, s.want(t, 200, "GET", "/Users/"+id, ""))
		version := s.version(t, "/Users/"+id)
		b.done(t, at, form(url.Values{"userName": {"bobby"}, "displayName": {script}, "email": {"bobby@example.com"}, "role": {"admin"}}), "The user was changed.")
		if s.version(t, "/Users/"+id) != version {
			t.Error("a form that changes nothing changed the user")
		}
		response, body = b.submit(t, at, form(url.Values{"userName": {"password"}}))
		shows(t, response, body, 422, `value="password"`)
		response, body = b.submit(t, at, form(url.Values{"userName": {""}}))
		shows(t, response, body, 422, "userName")
		b.done(t, at, form(url.Values{"userName": {"bobby"}}), "The user was changed.")
		report(t, map[string]any{"emails": []any{map[string]any{"value": "home@example.com"}}, "roles": "$absent"}, s.want(t, 200, "GET", "/Users/"+id, ""))
		for _, path := range []string{"/users/nobody/edit", "/users/" + s.group(t, "g") + "/edit"} {
			response, body := b.open(t, path)
			shows(t, response, body, 404)
		}
		auditor := o.signIn(t, o.operator(t, "auditor", operator.Auditor))
		for _, path := range []string{"/users/new", at} {
			response, body := auditor.open(t, path)
			shows(t, response, body, 403)
		}
		response, body = auditor.submit(t, "/users", url.Values{"userName": {"x"}, "start": {admin.EntryEnrolled}})
		shows(t, response, body, 403)
		response, body = auditor.submit(t, at, url.Values{"userName": {"x"}})
		shows(t, response, body, 403)
	})
}
