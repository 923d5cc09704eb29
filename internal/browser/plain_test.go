package browser

import (
	"testing"

	"rollcall/internal/operator"
)

// withoutAnyScript does the main tasks with the scripts of pages switched off.
func withoutAnyScript(t *testing.T, s *site) {
	ada := s.user(t, "Ada Lovelace")
	s.user(t, "Alan Turing")
	b := s.signIn(t, operator.Owner, withoutScripts)
	b.follow("Users")
	b.follow("Add a user")
	b.fill("Username", "grace@example.com")
	b.tick("Active at once")
	b.press("Add the user")
	b.sees("The user was added.", "Active")
	b.follow("Edit")
	b.fill("Title", "Admiral")
	b.press("Save")
	b.act("Suspend", "On leave")
	b.sees("The account was suspended.")
	b.act("Activate", "")

	b.follow("Users")
	b.fill("Name, email or id", "ada")
	b.press("Show")
	b.sees("1 user")
	b.tick("Tick ada@example.com")
	b.choose("With many users", "Suspend")
	b.press("Go on")
	b.fill("Reason", "Office closed")
	b.press("See what it would do")
	b.press("Suspend: 1 user")
	b.look("Done: 1 of 1")
	b.press("Undo: 1 user")
	b.look("Done: 1 of 1")
	if got := s.status(t, ada); got != "Active" {
		t.Errorf("undone it is %s", got)
	}

	b.follow("Groups")
	b.fill("Name", "Engineers")
	b.press("Add")
	b.fill("Username, or id", "ada@example.com")
	b.press("Add")
	b.sees("1 direct member")
	b.follow("Users")
	b.follow("alan@example.com")
	b.deprovision("Has left")
	b.follow("Deleted")
	b.follow("Restore Alan Turing")
	b.press("Restore")
	b.follow("Audit")
	b.fill("Action", "user.deprovision")
	b.press("Show")
	b.sees("Has left")
	b.press("Sign out")
	b.sees("You are signed out.")
}

// look asks for the page of a job again until it says some words, as one does
// whose page does not do so by itself.
func (b *tab) look(words string) {
	b.t.Helper()
	for range 200 {
		if script[bool](b, "text().includes(%s)", words) {
			return
		}
		b.follow("Look again")
	}
	b.fatal("the job does not come to %q", words)
}
