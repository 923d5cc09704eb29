package browser

import (
	"fmt"
	"testing"

	"rollcall/internal/operator"
)

// manyAreChanged: some are ticked, or all that match are taken; what would happen
// is shown, confirmed by its number, done as a job, and undone.
func manyAreChanged(t *testing.T, s *site) {
	ada, alan := s.user(t, "Ada Lovelace"), s.user(t, "Alan Turing")
	var crowd []string
	for i := range 3 {
		crowd = append(crowd, s.user(t, fmt.Sprintf("Crowd%d Member", i)))
	}
	b := s.signIn(t, operator.Admin)
	b.follow("Users")
	b.choose("With many users", "Suspend")
	b.press("Go on")
	b.sees("Nobody was ticked")

	b.tick("Tick ada@example.com")
	b.tick("Tick alan@example.com")
	b.sees("the ticked ones (2)")
	b.choose("With many users", "Suspend")
	b.press("Go on")
	b.sees("2 ticked users")
	b.fill("Reason", "Office closed")
	b.press("See what it would do")
	b.sees("Of 2 users: 2 would change", "Nothing is done yet")
	if got := s.status(t, ada); got != "Active" {
		t.Errorf("a look has made it %s", got)
	}
	b.press("Suspend: 2 users")
	b.awaits("Done: 2 of 2 looked at, 2 changed")
	b.settles("Undo: 2 users")
	if x, y := s.status(t, ada), s.status(t, alan); x != "Suspended" || y != "Suspended" {
		t.Errorf("they are %s and %s", x, y)
	}
	b.press("Undo: 2 users")
	b.awaits("Done: 2 of 2 looked at, 2 changed")
	if x, y := s.status(t, ada), s.status(t, alan); x != "Active" || y != "Active" {
		t.Errorf("undone they are %s and %s", x, y)
	}

	b.follow("Users")
	b.fill("Name, email or id", "crowd")
	b.press("Show")
	b.tick("all 3 that match")
	b.choose("With many users", "Delete (deprovision)")
	b.press("Go on")
	b.fill("Reason", "The event is over")
	b.press("See what it would do")
	b.press("Deprovision: 3 users")
	b.awaits("Done: 3 of 3")
	b.follow("Deleted")
	if got := len(b.rows("Deleted")); got != len(crowd) {
		t.Errorf("%d are deleted", got)
	}
	b.follow("Jobs")
	if titles := b.column("What was asked for", 0); len(titles) != 3 {
		t.Errorf("jobs are %q", titles)
	}
}
