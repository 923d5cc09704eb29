package conformance

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"rollcall/internal/console"
	"rollcall/internal/operator"
)

// TestConsoleLooksAfterGroups: groups are found, made, renamed, filled, emptied and
// deleted, and members come in pages.
func TestConsoleLooksAfterGroups(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, b *browser) {
		eve := s.user(t, "eve", `"displayName":"`+jsonScript+`"`)
		o.act(t, 200, eve, "suspend", `{"reason":"r"}`)
		response, body := b.submit(t, "/groups", url.Values{"displayName": {""}})
		shows(t, response, body, 422, "displayName")
		response, _ = b.submit(t, "/groups", url.Values{"displayName": {script}})
		at := strings.TrimSuffix(strings.TrimPrefix(response.Header.Get("Location"), console.Root), "?done=group-made")
		response, body = b.submit(t, "/groups", url.Values{"displayName": {script}})
		shows(t, response, body, 422, "displayName")
		for _, path := range []string{"/groups", "/groups?q=SCRIPT", at} {
			response, body := b.open(t, path)
			shows(t, response, body, 200, "&lt;script&gt;")
			harmless(t, path, body)
		}
		b.done(t, at, url.Values{"displayName": {"Engineers"}}, "The group was changed.")
		for _, nobody := range []string{"", "nobody", "00000000-0000-4000-8000-000000000000", script} {
			response, body := b.submit(t, at+"/add", url.Values{"member": {nobody}})
			shows(t, response, body, 422, `role="alert"`)
			harmless(t, nobody, body)
		}
		inner := s.group(t, "Inner")
		b.done(t, at+"/add", url.Values{"member": {"EVE"}}, "The group was changed.")
		b.done(t, at+"/add", url.Values{"member": {"eve"}}, "The group was changed.") // twice is once
		b.done(t, at+"/add", url.Values{"member": {inner}}, "The group was changed.")
		response, body = b.open(t, at)
		shows(t, response, body, 200, "2 direct members", "Suspended", "Inner", console.Root+"/users/"+eve, console.Root+"/groups/"+inner)
		harmless(t, at, body)
		b.done(t, at+"/remove", url.Values{"member": {eve}}, "The group was changed.")
		b.done(t, at+"/remove", url.Values{"member": {inner}}, "0 direct members")
		response, body = b.submit(t, at+"/delete", url.Values{"confirm": {"engineers"}})
		shows(t, response, body, 422, "type its name")
		b.done(t, at+"/delete", url.Values{"confirm": {"Engineers"}}, "The group was deleted.")

		var ids []string
		for i := range 60 {
			ids = append(ids, s.user(t, fmt.Sprintf("user%02d", i)))
		}
		big := s.group(t, "Big", ids...)
		response, body = b.open(t, "/groups?q=big")
		shows(t, response, body, 200, "<td>60</td>", "1 group<")
		response, body = b.open(t, "/groups/"+big)
		if shows(t, response, body, 200, "60 direct members", `rel="next"`); strings.Count(body, "Remove user") != 50 {
			t.Errorf("%d members on a page", strings.Count(body, "Remove user"))
		}
		_, next, _ := strings.Cut(body, `<a href="/console/groups/`+big+`?after=`)
		next, _, _ = strings.Cut(next, `"`)
		response, body = b.open(t, "/groups/"+big+"?after="+next)
		if shows(t, response, body, 200, "60 direct members"); strings.Count(body, "Remove user") != 10 {
			t.Errorf("%d members on the last page", strings.Count(body, "Remove user"))
		}
		for _, path := range []string{at, "/groups/" + eve, "/groups/x", "/groups/" + big + "?after=x"} {
			response, body := b.open(t, path)
			shows(t, response, body, 404)
		}
		helper := o.signIn(t, o.operator(t, "helper", operator.Helpdesk))
		response, body = helper.open(t, "/groups/"+big)
		if shows(t, response, body, 200, "60 direct members"); strings.Contains(body, "Danger zone") {
			t.Error("what is not allowed is offered")
		}
		for _, path := range []string{"/groups", "/groups/" + big, "/groups/" + big + "/add", "/groups/" + big + "/remove", "/groups/" + big + "/delete"} {
			response, body := helper.submit(t, path, url.Values{"confirm": {"Big"}, "displayName": {"x"}, "member": {ids[0]}})
			shows(t, response, body, 403)
		}
	})
}
