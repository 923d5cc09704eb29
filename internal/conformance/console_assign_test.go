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

// confirmed looks at what a form of many users would do, which has to say
// something, and confirms it; it returns the page of the job once that is over.
func (b *browser) confirmed(t *testing.T, form url.Values, says ...string) (path, body string) {
	t.Helper()
	response, body := b.submit(t, "/batches/ask", form)
	shows(t, response, body, 200, "See what it would do")
	response, body = b.submit(t, "/batches/preview", form)
	shows(t, response, body, 200, append(says, "Nothing is done yet")...)
	harmless(t, "preview", body)
	sent := url.Values{}
	for _, name := range []string{"action", "whom", "id", "q", "reason", "toGroup", "newTag", "users"} {
		for _, value := range shownAs(body, name) {
			sent.Add(name, html.UnescapeString(value))
		}
	}
	response, body = b.submit(t, "/batches", sent)
	to := response.Header.Get("Location")
	if response.StatusCode != http.StatusSeeOther {
		t.Fatalf("a confirmed batch: %d %s", response.StatusCode, body)
	}
	return strings.TrimPrefix(to, console.Root), b.over(t, to)
}

// TestConsoleAssignsMany: those who are ticked, and all that match, come into a
// group, get a tag, and lose them again; undone is what was changed by it.
func TestConsoleAssignsMany(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, b *browser) {
		ids := []string{s.user(t, "user0"), s.user(t, "user1"), s.user(t, "user2")}
		group := s.group(t, jsonScript, ids[0])
		response, body := b.open(t, "/users")
		shows(t, response, body, 200, "Add to group", "Remove from group", ">Tag<", "Remove a tag", "Delete (deprovision)")

		ticked := url.Values{"action": {"add-to-group"}, "whom": {"ticked"}, "id": ids, "reason": {"project"}}
		response, body = b.submit(t, "/batches/ask", ticked)
		shows(t, response, body, 200, `<option value="&lt;script&gt;`)
		harmless(t, "ask", body)
		for group, problem := range map[string]string{"": "Group: is needed", "Nobody": "there is no such group", ids[0]: "there is no such group", `x" or id pr`: "there is no such group"} {
			ticked.Set("toGroup", group)
			response, body = b.submit(t, "/batches/preview", ticked)
			shows(t, response, body, 422, problem)
		}
		ticked.Set("toGroup", script)
		path, body := b.confirmed(t, ticked, "Of 3 users: 2 would change, 1 already so", "&lt;script&gt;")
		harmless(t, path, body)
		if !strings.Contains(body, "2 changed, 1 already so") || !strings.Contains(body, console.Root+"/groups/"+group) {
			t.Errorf("it was not done: %s", body)
		}
		s.wantMembers(t, group, ids...)
		response, _ = b.submit(t, path+"/undo", nil)
		b.over(t, response.Header.Get("Location"))
		s.wantMembers(t, group, ids[0])
		b.confirmed(t, url.Values{"action": {"remove-from-group"}, "whom": {"matching"}, "q": {"user"}, "toGroup": {group}, "reason": {"over"}}, "1 would change, 2 already so")
		s.wantMembers(t, group)

		_, body = b.confirmed(t, url.Values{"action": {"tag"}, "whom": {"matching"}, "q": {"user1"}, "newTag": {script}, "reason": {"r"}}, "1 would change", "&lt;script&gt;")
		harmless(t, "tag", body)
		response, body = b.open(t, "/users?columns=tags")
		shows(t, response, body, 200, `class="tag">&lt;script&gt;`)
		path, _ = b.confirmed(t, url.Values{"action": {"untag"}, "whom": {"matching"}, "newTag": {strings.ToUpper(script)}, "reason": {"r"}}, "1 would change, 2 already so")
		if _, body = b.open(t, "/users?columns=tags"); strings.Contains(body, `class="tag"`) {
			t.Error("a tag was not taken")
		}
		response, _ = b.submit(t, path+"/undo", nil)
		b.over(t, response.Header.Get("Location"))
		response, body = b.open(t, "/users?columns=tags")
		shows(t, response, body, 200, `class="tag">&lt;script&gt;`)
		response, body = b.submit(t, "/batches/preview", url.Values{"action": {"tag"}, "id": ids, "newTag": {" "}, "reason": {"r"}})
		shows(t, response, body, 422, "Tag: is 1 to 100 bytes")

		b.confirmed(t, url.Values{"action": {"delete"}, "whom": {"ticked"}, "id": {ids[2]}, "reason": {"left"}}, "Deprovision: 1 user")
		if o.status(t, ids[2]) != "Deprovisioned" {
			t.Error("it was not deleted")
		}
		// A group of another tenant is none.
		made := o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["scim:read","scim:write"]}`)
		foreign := *s
		foreign.Token = made["token"].(map[string]any)["token"].(string)
		ticked.Set("toGroup", foreign.group(t, "Theirs"))
		response, body = b.submit(t, "/batches/preview", ticked)
		shows(t, response, body, 422, "there is no such group")
		ticked.Set("toGroup", group)
		ticked.Set("users", "3")
		for _, step := range []string{"/batches/ask", "/batches/preview", "/batches"} {
			response, body = b.submit(t, step, ticked, "Sec-Fetch-Site", "cross-site")
			shows(t, response, body, 403, "another site")
		}
	})
}
