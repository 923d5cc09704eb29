package conformance

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/internal/console"
	"rollcall/internal/operator"
)

// local makes a user that no connection provisions.
func (o *office) local(t *testing.T, name string, more ...string) string {
	t.Helper()
	return o.ask(t, 201, "POST", "/users", `{`+userSchemas+`,"userName":"`+name+`"`+joined(more)+`}`)["id"].(string)
}

// edited sends the form of a user as a browser does: what stands in it, but for
// some fields.
func (b *browser) edited(t *testing.T, id string, fields url.Values) (*http.Response, string) {
	t.Helper()
	return b.submit(t, "/users/"+id+"/edit", b.filled(t, "/users/"+id+"/edit", fields))
}

// filled are the fields of a form with the version that it was filled from, as the
// page has it.
func (b *browser) filled(t *testing.T, page string, fields url.Values) url.Values {
	t.Helper()
	_, body := b.open(t, page)
	versions := shownAs(body, "version")
	if len(versions) == 0 {
		t.Fatalf("no form: %s", body)
	}
	fields.Set("version", html.UnescapeString(versions[0]))
	return fields
}

// TestConsoleNotesOnUsers: tags, contact and purpose are set with a new user,
// shown, changed and taken away; texts in them stay texts.
func TestConsoleNotesOnUsers(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, b *browser) {
		boss := s.user(t, "boss")
		first, second := s.group(t, "Engineers"), s.group(t, jsonScript)
		form := url.Values{
			"userName": {"eve"}, "start": {"enrolled"}, "role": {"engineer"}, "tags": {" summer\r\n\r\n" + script + "\nsummer"}, "contact": {boss}, "contactName": {script},
			"purpose": {script}, "groups": {"Engineers\n" + script},
		}
		form.Set("groups", "Engineers\nNobody")
		response, body := b.submit(t, "/users", form)
		shows(t, response, body, 422, "Nobody: there is no such group", "&lt;script&gt;", ">summer")
		harmless(t, "a refused form", body)
		form.Set("groups", "Engineers\n"+second)
		b.done(t, "/users", form, "The user was added.")
		made := s.want(t, 200, "GET", "/Users?"+filterQuery(`userName eq "eve"`), "")["Resources"].([]any)[0].(map[string]any)
		id := made["id"].(string)
		report(t, map[string]any{"userName": "eve", lifecycleURN: map[string]any{
			"tags": []any{"summer", script}, "purpose": script, "linkedContact": map[string]any{"value": boss, "display": script},
		}}, made)
		s.wantMembers(t, first, id)
		s.wantMembers(t, second, id)
		for _, path := range []string{"/users/" + id, "/users/" + id + "/edit", "/users/" + id + "/timeline", "/users/" + id + "/groups"} {
			response, body := b.open(t, path)
			shows(t, response, body, 200, "&lt;script&gt;")
			harmless(t, path, body)
		}
		response, body = b.open(t, "/users/"+id)
		shows(t, response, body, 200, console.Root+"/users/"+boss, "summer", "engineer", "Purpose")

		version := s.version(t, "/Users/"+id)
		same := url.Values{"userName": {"eve"}, "role": {"engineer"}, "tags": {"summer\n" + script}, "contact": {boss}, "contactName": {script}, "purpose": {script}}
		if response, _ := b.edited(t, id, same); response.StatusCode != http.StatusSeeOther || s.version(t, "/Users/"+id) != version {
			t.Errorf("a form that changes nothing: %d, version %s", response.StatusCode, s.version(t, "/Users/"+id))
		}
		b.edited(t, id, url.Values{"userName": {"eve"}, "role": {"engineer"}, "tags": {"autumn\nsummer"}, "contact": {"c-17"}, "purpose": {"build"}})
		report(t, map[string]any{lifecycleURN: map[string]any{"tags": []any{"summer", "autumn"}, "purpose": "build", "linkedContact": map[string]any{"value": "c-17", "display": "$absent"}}},
			s.want(t, 200, "GET", "/Users/"+id, ""))
		b.edited(t, id, url.Values{"userName": {"eve"}})
		report(t, map[string]any{"roles": "$absent", lifecycleURN: map[string]any{"tags": "$absent", "purpose": "$absent", "linkedContact": "$absent"}}, s.want(t, 200, "GET", "/Users/"+id, ""))
		o.act(t, 200, id, "mark", `{"mark":"apiOnly","purpose":"build"}`)
		response, body = b.edited(t, id, url.Values{"userName": {"eve"}, "tags": {"kept"}})
		shows(t, response, body, 422, "purpose", ">kept</textarea>")
	})
}

// TestConsoleRespectsOwners: what a connection says of its users, and the roles
// that it gives, are shown with its name and not changed here.
func TestConsoleRespectsOwners(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, b *browser) {
		id := s.user(t, "eve", `"displayName":"Eve"`, `"emails":[{"value":"eve@example.com","type":"work","primary":true}]`, `"roles":[{"value":"engineer","primary":true}]`)
		response, body := b.open(t, "/users/"+id+"/edit")
		shows(t, response, body, 200, "comes from connection default", `value="eve@example.com" readonly`, `value="engineer" readonly`)
		if strings.Count(body, " readonly") != 7 {
			t.Errorf("%d fields are read-only: %s", strings.Count(body, " readonly"), body)
		}
		for field, problem := range map[string]string{"email": "Email: belongs to connection default", "userName": "Username: belongs to", "role": "Role: belongs to connection default", "title": "Title: belongs"} {
			response, body := b.edited(t, id, url.Values{field: {"x"}, "tags": {"mine"}})
			shows(t, response, body, 422, problem)
		}
		if response, _ := b.edited(t, id, url.Values{"userName": {"eve"}, "tags": {"mine"}}); response.StatusCode != http.StatusSeeOther {
			t.Errorf("noting something: %d", response.StatusCode)
		}
		report(t, map[string]any{"displayName": "Eve", "title": "$absent", "emails": []any{map[string]any{"value": "eve@example.com"}}, lifecycleURN: map[string]any{"tags": []any{"mine"}}},
			s.want(t, 200, "GET", "/Users/"+id, ""))
		at := "/users/" + id
		response, body = b.submit(t, at+"/roles/remove", url.Values{"role": {"engineer"}})
		shows(t, response, body, 422, "given by connection default")
		b.done(t, at+"/roles/add", url.Values{"role": {script}}, "The user was changed.")
		response, body = b.open(t, at+"/groups")
		shows(t, response, body, 200, "connection default", "&lt;script&gt;")
		if harmless(t, "roles", body); strings.Contains(body, "Take the role engineer") {
			t.Error("a role of a connection can be taken")
		}
		b.done(t, at+"/roles/remove", url.Values{"role": {script}}, "The user was changed.")
		if roles := s.want(t, 200, "GET", "/Users/"+id, "")["roles"].([]any); len(roles) != 1 {
			t.Errorf("roles %v", roles)
		}
		response, body = b.submit(t, at+"/roles/add", url.Values{"role": {" "}})
		shows(t, response, body, 422, "Role: is needed")
	})
}

// TestConsoleChangesGroupsOfUsers: on the page of a user it is put into a group
// and taken out, and nobody does so whose role or tenant does not allow it.
func TestConsoleChangesGroupsOfUsers(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, b *browser) {
		id := s.user(t, "eve")
		group := s.group(t, "Engineers")
		outer := s.group(t, "Outer", group)
		at := "/users/" + id
		for text, problem := range map[string]string{"": "is needed", "Nobody": "there is no such group", id: "there is no such group"} {
			response, body := b.submit(t, at+"/groups/add", url.Values{"group": {text}})
			shows(t, response, body, 422, problem)
		}
		b.done(t, at+"/groups/add", url.Values{"group": {"engineers"}}, "The user was changed.")
		b.done(t, at+"/groups/add", url.Values{"group": {group}}, "The user was changed.") // twice is once
		s.wantMembers(t, group, id)
		response, body := b.open(t, at+"/groups")
		shows(t, response, body, 200, "by another group", "Remove from Engineers")
		if strings.Contains(body, "Remove from Outer") {
			t.Error("who is in a group by another one can be removed from it")
		}
		made := o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write","scim:read","scim:write"]}`)
		foreign := *s
		foreign.Token = made["token"].(map[string]any)["token"].(string)
		theirs, who := foreign.group(t, "Theirs"), foreign.user(t, "mallory")
		response, body = b.submit(t, at+"/groups/add", url.Values{"group": {theirs}})
		shows(t, response, body, 422, "there is no such group")
		for _, path := range []string{"/groups/add", "/groups/remove", "/roles/add", "/roles/remove"} {
			response, body := b.submit(t, "/users/"+who+path, url.Values{"group": {group}, "role": {"admin"}})
			shows(t, response, body, 404)
			response, body = b.submit(t, at+path, url.Values{"group": {group}, "role": {"admin"}}, "Origin", "https://evil.example")
			shows(t, response, body, 403, "another site")
			for _, role := range []operator.Role{operator.Helpdesk, operator.Auditor} {
				response, body := o.signIn(t, o.operator(t, string(role)+path, role)).submit(t, at+path, url.Values{"group": {group}, "role": {"admin"}})
				shows(t, response, body, 403)
			}
		}
		b.done(t, at+"/groups/remove", url.Values{"group": {group}}, "The user was changed.")
		s.wantMembers(t, group)
		s.wantMembers(t, outer, group)
		history := o.actions(t, id)
		if len(history) != 3 {
			t.Errorf("the trail has %v", history)
		}
	})
}

// TestConsoleDangerZone: what takes an account away has a page of its own, and a
// purge is possible only there, once it is deprovisioned, by typing its name.
func TestConsoleDangerZone(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, b *browser) {
		id := s.user(t, "eve")
		at := "/users/" + id
		response, body := b.open(t, at)
		if shows(t, response, body, 200, at+"/danger"); strings.Contains(body, "/actions/deprovision") {
			t.Error("a danger stands beside other actions")
		}
		response, body = b.open(t, at+"/danger")
		shows(t, response, body, 200, "/actions/deprovision", "Delete (deprovision)", "Possible once the account is deprovisioned")
		helper := o.signIn(t, o.operator(t, "helper", operator.Helpdesk))
		response, body = helper.open(t, at+"/danger")
		if shows(t, response, body, 200, "Your role does not allow this"); strings.Contains(body, "/actions/") && strings.Contains(body, "button grave") {
			t.Errorf("a danger is offered to a helper: %s", body)
		}
		b.done(t, at+"/actions/deprovision", url.Values{"reason": {"left"}}, "The account was deprovisioned.")
		response, body = b.open(t, at+"/danger")
		shows(t, response, body, 200, "/actions/purge", "Not possible as the account stands")
		response, body = b.submit(t, at+"/actions/purge", url.Values{"reason": {"r"}, "confirm": {"EVE"}})
		shows(t, response, body, 422, "neither the userName nor the id")
		b.done(t, at+"/actions/purge", url.Values{"reason": {"r"}, "confirm": {"eve"}}, "The account was purged.")
		response, body = b.open(t, at+"/danger")
		shows(t, response, body, 200, "Not possible as the account stands")
	})
}

// TestConsoleShowsTokensOfUsers: the tokens that act for a user are listed, and
// end by a button.
func TestConsoleShowsTokensOfUsers(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, b *browser) {
		id, other := s.user(t, "eve"), s.user(t, "other")
		made := o.ask(t, 201, "POST", "/tokens", `{"connection":"default","user":"`+id+`","scopes":["scim:read"]}`)
		token, prefix := made["token"].(string), made["prefix"].(string)
		mine := *s
		mine.Token = token
		mine.want(t, 200, "GET", "/Me", "")
		response, body := b.open(t, "/users/"+id+"/sign-ins")
		shows(t, response, body, 200, prefix, "Revoke", "Failed logins since")
		if strings.Contains(body, token) {
			t.Error("the page shows the token itself")
		}
		response, none := b.open(t, "/users/"+other+"/sign-ins")
		shows(t, response, none, 200, "No token acts for the user")
		_, path, _ := strings.Cut(body, `class="button plain" href="`+console.Root+`/connections/`)
		path, _, _ = strings.Cut(path, `"`)
		b.done(t, "/connections/"+path, nil, "The token was revoked.")
		_, body = o.signIn(t, o.operator(t, "auditor", operator.Auditor)).open(t, "/users/"+id+"/sign-ins")
		if !strings.Contains(body, prefix) || strings.Contains(body, ">Revoke<") {
			t.Errorf("what an auditor sees of tokens: %s", body)
		}
		response, body = b.open(t, "/users/"+id+"/sign-ins")
		shows(t, response, body, 200, "Revoked")
	})
}
