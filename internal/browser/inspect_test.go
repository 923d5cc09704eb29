package browser

import (
	"strings"
	"testing"

	"rollcall/internal/operator"
)

// requestsAreInspected: the inspector is switched on, and shows what a connection
// asked for, what was put right and why, without what is secret; the page of the
// user says what each request changed.
func requestsAreInspected(t *testing.T, s *site) {
	b := s.signIn(t, operator.Owner)
	b.follow("Connections")
	b.fill("Name", "hr")
	b.press("Add")
	b.press("Make a token")
	hr := &site{root: s.root, token: script[string](b, `document.querySelector("pre").innerText.trim()`)}
	b.follow("Requests")
	b.sees("Not remembered")
	b.follow("Options")
	b.tick("Remember its last requests")
	b.press("Save")
	b.sees("The connection was changed.")
	b.follow("Requests")
	b.sees("Remembered", "Nothing.")

	id := hr.user(t, "Ada Lovelace", "password", "Hunter2-and-more")
	// Operations in capitals are a habit of one identity provider.
	hr.scim(t, 200, "PATCH", "/Users/"+id, map[string]any{
		"schemas":    []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"},
		"Operations": []any{map[string]any{"op": "Replace", "path": "displayName", "value": "Ada King"}},
	})
	hr.scim(t, 404, "GET", "/Users/00000000-0000-4000-8000-000000000000", nil)
	b.requests(3)
	rows := b.rows("Requests, newest first")
	if patched := strings.Join(rows[1], " "); !strings.Contains(patched, "PATCH /scim/v2/Users/"+id) || !strings.Contains(patched, "200 OK") || !strings.Contains(patched, "operationCase:") {
		t.Errorf("the change is shown as %q", patched)
	}
	b.choose("Status", "4xx")
	b.press("Show")
	if rows := b.rows("Requests, newest first"); len(rows) != 1 || !strings.Contains(strings.Join(rows[0], " "), "404 Not Found") {
		t.Errorf("what failed is %q", rows)
	}
	b.follow("Show all")
	b.follow("POST /scim/v2/Users")
	b.sees("201 Created", "Lovelace", "[redacted]")
	b.misses("Hunter2")

	b.visit("/users/" + id)
	b.follow("Provisioning")
	b.sees("No drift", "Ada Lovelace", "Ada King", "operationCase")
	b.act("Suspend", "On leave")
	hr.scim(t, 200, "PATCH", "/Users/"+id, map[string]any{
		"schemas":    []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"},
		"Operations": []any{map[string]any{"op": "replace", "path": "active", "value": true}},
	})
	b.follow("Provisioning")
	b.sees("Drift connection hr wants the account active")

	grace := hr.user(t, "Grace Hopper")
	hr.scim(t, 200, "PATCH", "/Users/"+grace, map[string]any{
		"schemas":    []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"},
		"Operations": []any{map[string]any{"op": "replace", "path": "title", "value": strings.Repeat("Admiral ", 3000) + "."}},
	})
	b.follow("Connections")
	b.follow("hr")
	b.follow("Requests")
	b.requests(6)
	b.follow("PATCH /scim/v2/Users/" + grace)
	b.sees("It was not kept: it is larger than what is kept.")
	b.follow("All requests")
	b.press("Forget all requests now")
	b.sees("Nothing.")
	b.visit("/users/" + id)
	b.follow("Provisioning")
	b.misses("operationCase")
}

// requests loads the list of requests again until it has some: they are written
// down beside the answers.
func (b *tab) requests(n int) {
	b.t.Helper()
	for range 1000 {
		if rows := b.rows("Requests, newest first"); len(rows) >= n {
			return
		}
		b.visit(b.address())
	}
	b.fatal("there are no %d requests", n)
}
