package browser

import (
	"strings"
	"testing"

	"rollcall/internal/operator"
)

// hostile is what somebody would store who wants the browsers of operators to do
// more than show it.
const hostile = `<script>window.owned=1</script>"'><img src=/owned onerror="window.owned=1">`

// scriptsAreTexts: with a script in every text that people and identity providers
// send, each page shows it as the text it is, and the browser runs and fetches
// nothing.
func scriptsAreTexts(t *testing.T, s *site) {
	marked := map[string]any{"tags": []string{hostile}, "purpose": hostile, "linkedContact": map[string]any{"display": hostile, "value": hostile}}
	eve := s.user(t, hostile, "title", hostile, "externalId", hostile, "roles", []any{map[string]any{"value": hostile}}, lifecycleURN, marked)
	gone := s.user(t, "Gone "+hostile)
	s.group(t, hostile, eve)
	s.scim(t, 204, "DELETE", "/Groups/"+s.group(t, "Old "+hostile, eve), nil)
	s.ask(t, 200, "POST", "/users/"+eve+"/actions/suspend", map[string]any{"reason": hostile, "until": "2035-01-01T00:00:00Z"})
	s.ask(t, 200, "POST", "/users/"+gone+"/actions/deprovision", map[string]any{"reason": hostile})
	s.ask(t, 200, "POST", "/sign-ins", map[string]any{"user": eve, "succeeded": true, "application": hostile, "address": hostile[:31], "detail": hostile})
	s.ask(t, 201, "POST", "/operators", map[string]any{"name": hostile, "role": "helpdesk"})
	receiver := s.ask(t, 201, "POST", "/receivers", map[string]any{"name": hostile, "kind": "set-poll", "audience": hostile})["id"].(string)
	b := s.signIn(t, operator.Owner)
	b.counted()
	cell := `"` + strings.ReplaceAll(hostile, `"`, `""`) + `"`
	b.visit("/imports/new")
	b.chooseFile("userName," + cell + "\nnew," + cell + "\n" + cell + "," + cell + "\n")
	b.press("Go on")
	b.shows()
	b.choose(hostile, "Title")
	b.fill("Reason", hostile)
	b.press("See what it would do")
	b.settles("Import 2 users")
	b.shows()
	b.press("Import 2 users")
	b.settles("Undo: ")
	b.shows()

	b.visit("/users")
	b.counted()
	b.tick("Tick " + hostile)
	b.choose("With many users", "Tag")
	b.press("Go on")
	b.fill("Tag", hostile+"2")
	b.fill("Reason", hostile)
	b.press("See what it would do")
	b.shows()
	user := "/users/" + eve
	for _, page := range []string{
		"/users", "/users?columns=displayName,role,contact,groups,tags,externalId", "/groups", "/deleted", "/deleted?type=Group", user, user + "/edit", user + "/groups",
		user + "/sign-ins", user + "/timeline", user + "/actions/override", "/users/" + gone, "/users/" + gone + "/actions/purge", "/receivers", "/receivers/" + receiver,
		"/receivers/" + receiver + "/edit", "/audit", "/operators",
	} {
		b.visit(page)
		b.shows()
	}
	b.visit("")
	b.owned()
}

// owned fails if a script has run.
func (b *tab) owned() {
	b.t.Helper()
	if script[bool](b, `"owned" in window || document.querySelector("img[src='/owned']") !== null`) {
		b.t.Errorf("%s: the script is a part of the page", b.address())
	}
}

// shows fails unless the page has the script as text, in itself or in a field.
func (b *tab) shows() {
	b.t.Helper()
	b.owned()
	if !script[bool](b, `document.body.textContent.includes(%s) || [...document.querySelectorAll("input, textarea")].some((e) => e.value.includes(%s))`, "<script>window.owned", "<script>window.owned") {
		b.fatal("the page does not show the script")
	}
}
