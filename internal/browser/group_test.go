package browser

import (
	"slices"
	"testing"

	"rollcall/internal/operator"
)

// groupsAreAdministered: a group is added, gets and loses members, is renamed,
// deleted and restored.
func groupsAreAdministered(t *testing.T, s *site) {
	s.user(t, "Ada Lovelace")
	inner := s.group(t, "Compilers")
	b := s.signIn(t, operator.Admin)
	b.follow("Groups")
	b.fill("Name", "Engineers")
	b.press("Add")
	b.sees("The group was added.", "0 direct members")
	b.fill("Username, or id", "nobody@example.com")
	b.press("Add")
	if b.watch.answered() != 422 {
		t.Errorf("nobody: status %d", b.watch.answered())
	}
	b.fill("Username, or id", "ada@example.com")
	b.press("Add")
	b.sees("1 direct member")
	b.fill("Username, or id", inner)
	b.press("Add")
	names := b.column("Members", 0)
	if slices.Sort(names); !slices.Equal(names, []string{"Ada Lovelace", "Compilers"}) {
		t.Errorf("members are %q", names)
	}
	b.press("Remove Compilers")
	b.sees("1 direct member")
	b.fill("Name", "Builders")
	b.press("Rename")
	b.sees("Builders")

	b.fill("To delete the group, type", "Engineers")
	b.press("Delete the group")
	if b.watch.answered() != 422 {
		t.Errorf("another name: status %d", b.watch.answered())
	}
	b.fill("To delete the group, type", "Builders")
	b.press("Delete the group")
	b.sees("The group was deleted.")
	b.follow("Deleted")
	b.follow("Group")
	b.press("Restore Builders")
	b.sees("It was restored with its memberships.")
	b.follow("Groups")
	b.fill("Name or external id", "build")
	b.press("Show")
	b.sees("1 group")
	b.follow("Builders")
	b.follow("Ada Lovelace")
	b.sees("ada@example.com")
}
