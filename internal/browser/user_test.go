package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/internal/operator"
)

// usersAreFound: a list is searched, filtered, sorted and paged, and its address
// shows the same to somebody else.
func usersAreFound(t *testing.T, s *site) {
	s.user(t, "Ada Lovelace")
	gone := s.user(t, "Alan Turing")
	s.user(t, "Grace Hopper")
	s.ask(t, 200, "POST", "/users/"+gone+"/actions/suspend", map[string]any{"reason": "Left for a while"})
	for i := range 52 {
		s.user(t, fmt.Sprintf("Crowd%02d Member", i))
	}
	b := s.signIn(t, operator.Auditor)
	b.follow("Users")
	b.sees("55 users")
	b.follow("Next page")
	if got := len(b.rows("user")); got != 5 {
		t.Errorf("%d users on the second page", got)
	}
	b.follow("Previous page")

	b.fill("Name, email or id", "lovelace")
	b.press("Show")
	b.sees("1 user")
	if names := b.column("user", 0); !slices.Equal(names, []string{"ada@example.com"}) {
		t.Errorf("found %q", names)
	}
	b.fill("Name, email or id", "")
	b.choose("Status", "Suspended")
	b.press("Show")
	b.sees("1 user", "alan@example.com", "Suspended")
	other, address := s.signIn(t, operator.Helpdesk), b.address()
	other.visit(address)
	other.sees("1 user", "alan@example.com")

	b.follow("Show all")
	b.follow("Display name")
	b.follow("Display name")
	names := b.column("user", 1)
	if !slices.IsSortedFunc(names, func(x, y string) int { return strings.Compare(y, x) }) || names[0] != "Grace Hopper" {
		t.Errorf("sorted downwards: %q", names)
	}
	if got := script[string](b, `document.querySelector("th[aria-sort]").ariaSort`); got != "descending" {
		t.Errorf("aria-sort is %q", got)
	}
	b.follow("Never")
	b.sees("55 users", "✓ Never")
}

// usersAreAdded: with an invitation that its owner follows, with an initial
// password, and changed afterwards.
func usersAreAdded(t *testing.T, s *site) {
	group := s.group(t, "Engineers")
	b := s.signIn(t, operator.Admin)
	b.follow("Users")
	b.follow("Add a user")
	b.fill("Username", "ada@example.com")
	b.fill("First name", "Ada")
	b.fill("Last name", "Lovelace")
	b.fill("Display name", "Ada Lovelace")
	b.fill("Email", "ada@example.com")
	b.press("Add the user")
	b.sees("hand this link over to ada@example.com")
	link := script[string](b, `document.querySelector("pre").innerText`)
	b.follow("See the user")
	b.sees("Pending", "Ada Lovelace")
	ada := strings.Split(b.address(), "/")[2]

	owner := s.tab(t)
	owner.visit(link)
	owner.fill("New password", "correct horse battery")
	owner.fill("The same password again", "correct horse battery")
	owner.press("Set password")
	b.visit(b.address())
	b.sees("Active")

	b.follow("Users")
	b.follow("Add a user")
	b.fill("Username", "grace@example.com")
	b.tick("Set an initial password")
	b.fill("Initial password", "short")
	b.fill("Role", "analyst")
	b.fill("Groups", "Engineers")
	b.press("Add the user")
	b.sees("at least 8 characters")
	b.fill("Initial password", "four words in a row")
	b.press("Add the user")
	b.sees("The user was added.", "Active", "grace@example.com", "analyst")
	if got := s.members(t, group); got != 1 {
		t.Errorf("the group has %d members", got)
	}

	b.follow("Edit")
	b.fill("Last name", "Hopper")
	b.fill("Title", "Rear Admiral")
	b.fill("Linked contact", "Ada of Engines")
	b.fill("Id of the contact", ada)
	b.press("Save")
	b.sees("The user was changed.")
	who := b.address()
	b.follow("Ada of Engines")
	b.sees("ada@example.com")
	b.visit(who)
	b.follow("Edit")
	id := strings.Split(b.address(), "/")[2]
	if got := script[field](b, "about(%s)", "Title").Value; got != "Rear Admiral" {
		t.Errorf("the title is %q", got)
	}
	s.scim(t, 200, "PATCH", "/Users/"+id, map[string]any{
		"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": []any{map[string]any{"op": "replace", "path": "title", "value": "Commodore"}},
	})
	b.fill("Title", "Captain")
	b.press("Save")
	b.sees("changed meanwhile", "Title now", "Commodore")
	if got := script[field](b, "about(%s)", "Title").Value; got != "Captain" {
		t.Errorf("after a change from beside, %q is left of what was typed", got)
	}
	b.press("Save")
	b.sees("The user was changed.", "Captain")
	b.follow("Users")
	b.follow("Add a user")
	b.fill("Username", "grace@EXAMPLE.com")
	b.tick("Active at once")
	b.press("Add the user")
	if b.watch.answered() != 422 {
		t.Errorf("a name that is taken: status %d", b.watch.answered())
	}
}
