package browser

import (
	"strings"
	"testing"

	"rollcall/internal/operator"
)

// trailIsSearched: by action, by subject and by day.
func trailIsSearched(t *testing.T, s *site) {
	id := s.user(t, "Ada Lovelace")
	s.user(t, "Alan Turing")
	s.ask(t, 200, "POST", "/users/"+id+"/actions/suspend", map[string]any{"reason": "Parental leave"})
	b := s.signIn(t, operator.Auditor)
	b.follow("Audit")
	all := len(b.rows("What was done"))
	b.fill("Action", "user.suspend")
	b.press("Show")
	if rows := b.rows("What was done"); len(rows) != 1 || rows[0][3] != "Parental leave" || all < 4 {
		t.Errorf("%d rows, of suspensions %q", all, rows)
	}
	b.follow("Show all")
	b.fill("Id of the subject", id)
	b.press("Show")
	if got := len(b.rows("What was done")); got != 2 {
		t.Errorf("%d rows about her", got)
	}
	b.fill("To (UTC)", "2001-01-01")
	b.press("Show")
	b.sees("Nothing.")
	b.fill("Id of the subject", "nobody")
	b.press("Show")
	b.sees("Subject: is the id")
}

// operatorsComeAndGo: an owner makes an operator, hands over a link, gives another
// role, and ends sessions.
func operatorsComeAndGo(t *testing.T, s *site) {
	s.user(t, "Ada Lovelace")
	owner := s.signIn(t, operator.Owner)
	owner.follow("Operators")
	owner.fill("Name", "Hedy")
	owner.choose("Role", "helpdesk")
	owner.press("Add")
	owner.sees("The operator was added.")
	owner.press("Make a sign-in link")
	link := script[string](owner, `document.querySelector("pre").innerText`)

	hedy := s.tab(t)
	hedy.visit(link)
	hedy.sees("Hedy", "acme")
	hedy.press("Sign in")
	hedy.visit("/users")
	hedy.misses("Add a user")
	hedy.follow("ada@example.com")
	hedy.misses("Suspend", "Deprovision", "Edit")
	hedy.visit("/audit")
	hedy.sees("Not allowed")

	owner.follow("Operators")
	owner.follow("Hedy")
	owner.choose("Role", "admin")
	owner.press("Save")
	owner.sees("The operator was changed.")
	hedy.visit("/users")
	hedy.sees("Add a user")

	owner.follow("Sessions")
	if rows := owner.rows("Who is signed in"); len(rows) != 2 {
		t.Errorf("sessions are %q", rows)
	}
	owner.press("End the session of Hedy")
	owner.sees("The session has ended.")
	hedy.visit("/users")
	hedy.sees("Operators sign in by a link")

	owner.follow("Operators")
	owner.follow("Hedy")
	owner.press("Remove Hedy")
	owner.sees("The operator was removed and is signed out.")
	owner.follow("Operators")
	owner.follow("Olga owner")
	owner.choose("Role", "admin")
	owner.press("Save")
	owner.sees("An owner has to stay")
	owner.press("Sign out")
	owner.sees("You are signed out.")
	owner.visit("/users")
	if !strings.HasPrefix(owner.address(), "/sign-in") {
		t.Errorf("after signing out the tab is at %s", owner.address())
	}
}
