package browser

import (
	"testing"

	"rollcall/internal/operator"
)

// ownersAreLetIn: the help desk forgets failed tries, invites again and sends a link
// for a new password, which its owner follows.
func ownersAreLetIn(t *testing.T, s *site) {
	s.ask(t, 200, "PUT", "/policy", map[string]any{"lockout": map[string]any{"failures": 3}})
	ada := s.user(t, "Ada Lovelace")
	for range 3 {
		s.ask(t, 200, "POST", "/sign-ins", map[string]any{"user": ada, "succeeded": false, "application": "wiki", "address": "192.0.2.1"})
	}
	b := s.signIn(t, operator.Helpdesk)
	b.visit("/users/" + ada)
	b.sees("Locked")
	b.follow("Sign-ins")
	b.sees("Failed logins since 3")
	if tries := b.rows("The last sign-ins"); len(tries) != 3 || tries[0][1] != "Failed" || tries[0][2] != "wiki" || tries[0][3] != "192.0.2.1" {
		t.Errorf("the history is %q", tries)
	}
	b.act("Reset login attempts", "")
	b.sees("The failed sign-ins were forgotten.", "Active", "Failed logins 0")

	b.act("Send a reset link", "")
	b.sees("hand this link over")
	link := script[string](b, `document.querySelector("pre").innerText`)
	owner := s.tab(t)
	owner.visit(link)
	owner.fill("New password", "correct horse battery")
	owner.fill("The same password again", "correct horse battery")
	owner.press("Set password")
	if !s.verifies(t, "ada@example.com", "correct horse battery") {
		t.Error("the password that the owner chose does not work")
	}

	admin := s.signIn(t, operator.Admin)
	admin.visit("/users/" + ada)
	admin.follow("Set a password")
	admin.fill("New password", "another horse entirely")
	admin.press("Set a password")
	admin.sees("The password was set.")
	if s.verifies(t, "ada@example.com", "correct horse battery") || !s.verifies(t, "ada@example.com", "another horse entirely") {
		t.Error("it is not the one that administrators set")
	}

	admin.follow("Users")
	admin.follow("Add a user")
	admin.fill("Username", "grace@example.com")
	admin.fill("Email", "grace@example.com")
	admin.press("Add the user")
	first := script[string](admin, `document.querySelector("pre").innerText`)
	b.follow("Users")
	b.follow("grace@example.com")
	b.sees("Pending")
	b.act("Invite", "")
	again := script[string](b, `document.querySelector("pre").innerText`)
	owner.visit(first)
	if status := owner.watch.answered(); status < 400 {
		t.Errorf("the first invitation works yet: status %d", status)
	}
	owner.visit(again)
	owner.sees("New password")
}

// verifies reports whether somebody can sign in with a password.
func (s *site) verifies(t *testing.T, name, password string) bool {
	t.Helper()
	return s.ask(t, 200, "POST", "/credentials/verify", map[string]any{"userName": name, "password": password})["verified"] == true
}

// accountsAreMarked: an account for tokens alone needs a reason that is written down
// and shown, and the token that acts for it is revoked.
func accountsAreMarked(t *testing.T, s *site) {
	id := s.user(t, "Build Robot")
	made := s.ask(t, 201, "POST", "/tokens", map[string]any{"connection": "default", "user": id, "scopes": []string{"scim:read"}})
	robot := &site{root: s.root, token: made["token"].(string)}
	robot.scim(t, 200, "GET", "/Me", nil)
	b := s.signIn(t, operator.Admin)
	b.visit("/users/" + id)
	b.follow("Mark")
	b.choose("Mark", "API-only: for tokens alone")
	b.press("Mark")
	if b.watch.answered() != 422 {
		t.Errorf("without a purpose: status %d", b.watch.answered())
	}
	b.fill("Purpose", "Deploys the intranet")
	b.press("Mark")
	b.sees("The account was marked.", "API-only", "for tokens alone", "Deploys the intranet")
	b.follow("Edit")
	b.fill("Purpose", "")
	b.press("Save")
	if b.watch.answered() != 422 {
		t.Errorf("taking the purpose away: status %d", b.watch.answered())
	}
	b.follow("Cancel")

	b.follow("Sign-ins")
	b.follow("Revoke the token " + made["prefix"].(string))
	b.press("Revoke the token")
	b.sees("The token was revoked.")
	b.visit("/users/" + id + "/sign-ins")
	b.sees("Revoked")
	b.follow("Timeline")
	b.sees("Mark")
	b.act("Remove a mark", "")
	b.sees("The mark was removed.")
	b.misses("for tokens alone")
}
