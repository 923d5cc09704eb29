package conformance

import (
	"maps"
	"net/url"
	"testing"

	"rollcall/internal/operator"
)

// TestConsoleUndoesNoChangeOfOthers: a form that was filled from what an operator,
// a receiver or a connection was before is shown again, with what was sent, and changes nothing.
func TestConsoleUndoesNoChangeOfOthers(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Owner, func(t *testing.T, _ *server, o *office, b *browser) {
		id := o.operator(t, "zoe", operator.Owner)
		at := "/operators/" + id
		old := b.filled(t, at, url.Values{"name": {"Zoe"}, "role": {"owner"}})
		o.ask(t, 200, "PATCH", at, `{"role":"auditor"}`)
		for _, sent := range []url.Values{old, {"name": {"Zoe"}, "role": {"owner"}}} {
			response, body := b.submit(t, at, sent)
			shows(t, response, body, 409, "changed meanwhile", `value="Zoe"`, "auditor")
		}
		report(t, map[string]any{"name": "zoe", "role": "auditor"}, o.ask(t, 200, "GET", at, ""))
		_, body := b.submit(t, at, old)
		again := url.Values{"name": {"Zoe"}, "role": {"auditor"}, "version": shownAs(body, "version")[:1]}
		b.done(t, at, again, "The operator was changed.")

		hook := "/receivers/" + o.ask(t, 201, "POST", "/receivers", `{"name":"hook","kind":"set-poll"}`)["id"].(string)
		old = b.filled(t, hook+"/edit", url.Values{"kind": {"set-poll"}, "name": {"mine"}})
		o.ask(t, 200, "PUT", hook, `{"name":"hook","events":["prov:*"]}`)
		for _, sent := range []url.Values{old, {"kind": {"set-poll"}, "name": {"mine"}}} {
			response, body := b.submit(t, hook, sent)
			shows(t, response, body, 409, "changed meanwhile", `value="mine"`, "prov:*")
		}
		report(t, map[string]any{"name": "hook", "events": []any{"prov:*"}}, o.ask(t, 200, "GET", hook, ""))
		_, body = b.submit(t, hook, old)
		b.done(t, hook, url.Values{"kind": {"set-poll"}, "name": {"mine"}, "events": {"prov:*"}, "version": shownAs(body, "version")[:1]}, "The receiver was changed.")

		connections := o.ask(t, 200, "GET", "/connections", "")["connections"].([]any)
		link := "/connections/" + connections[0].(map[string]any)["id"].(string)
		typed := url.Values{"kind": {"okta"}, "profile": {"strict"}, "ownRoles": {"on"}, "roles": {"reader"}, "n.pathKeys": {"allow"}}
		old = b.filled(t, link, maps.Clone(typed))
		o.ask(t, 200, "PATCH", "/connections/default", `{"kind":"entra","options":{"profile":"interop","inspect":true,"normalisations":{"pathKeys":false},"roles":["`+jsonScript+`"]}}`)
		for _, sent := range []url.Values{old, typed} {
			response, body := b.submit(t, link, sent)
			shows(t, response, body, 409, "changed meanwhile", `value="okta" selected`, "<option selected>strict", ">reader</textarea>", `value="allow" selected`,
				"<dt>Kind now</dt><dd>Microsoft Entra ID</dd>", "<dt>Profile now</dt><dd>interop</dd>", "<dt>Last requests now</dt><dd>remembered</dd>", "<dt>pathKeys now</dt><dd>refused</dd>", "<dt>Roles now</dt><dd>&lt;script&gt;")
			harmless(t, link, body)
		}
		report(t, map[string]any{"kind": "entra", "profile": "interop", "options": map[string]any{"inspect": true}}, o.ask(t, 200, "GET", "/connections/default", ""))
		_, body = b.submit(t, link, old)
		typed["version"] = shownAs(body, "version")[:1]
		b.done(t, link, typed, "The connection was changed.")
		report(t, map[string]any{"kind": "okta", "profile": "strict"}, o.ask(t, 200, "GET", "/connections/default", ""))
	})
}

// TestConsoleDeletesNoGroupByABlank: a group whose name cannot be typed is
// confirmed by its id.
func TestConsoleDeletesNoGroupByABlank(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, _ *office, b *browser) {
		id := s.group(t, `\u0001\u0002`)
		response, body := b.open(t, "/groups/"+id)
		shows(t, response, body, 200, "type <strong>"+id+"</strong>")
		for _, confirm := range []string{"", " ", "\u0001\u0002"} {
			response, body := b.submit(t, "/groups/"+id+"/delete", url.Values{"confirm": {confirm}})
			shows(t, response, body, 422, "To delete the group, type its id.")
		}
		s.want(t, 200, "GET", "/Groups/"+id, "")
		b.done(t, "/groups/"+id+"/delete", url.Values{"confirm": {id}}, "The group was deleted")
	})
}
