package browser

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rollcall/internal/operator"
)

// manyAreHelped: all that match are put into a group, which is taken back, tagged,
// activated, and let in where they are locked out.
func manyAreHelped(t *testing.T, s *site) {
	s.ask(t, 200, "PUT", "/policy", map[string]any{"lockout": map[string]any{"failures": 2}})
	group := s.group(t, "Engineers")
	var crowd []string
	for i := range 3 {
		crowd = append(crowd, s.user(t, fmt.Sprintf("Crowd%d Member", i)))
	}
	for range 2 {
		s.ask(t, 200, "POST", "/sign-ins", map[string]any{"user": crowd[0], "succeeded": false})
	}
	b := s.signIn(t, operator.Admin)
	b.toMany("Add to group", "Group, by name or id", "Engineers")
	b.press("Add to group: 3 users")
	b.settles("Undo: 3 users")
	if got := s.members(t, group); got != 3 {
		t.Errorf("the group has %d members", got)
	}
	b.press("Undo: 3 users")
	b.settles("Done: 3 of 3")
	if got := s.members(t, group); got != 0 {
		t.Errorf("undone the group has %d members", got)
	}
	b.toMany("Tag", "Tag", "event")
	b.press("Tag: 3 users")
	b.settles("Done: 3 of 3")
	b.visit("/users?columns=tags")
	if tags := b.column("user", 2); !slices.Equal(tags, []string{"event", "event", "event"}) {
		t.Errorf("the tags are %q", tags)
	}

	s.ask(t, 200, "POST", "/users/"+crowd[1]+"/actions/suspend", map[string]any{"reason": "On leave"})
	b.toMany("Activate", "", "")
	b.press("Activate: 3 users")
	b.settles("Done: 3 of 3")
	if got := s.status(t, crowd[1]); got != "Active" {
		t.Errorf("who was on leave is %s", got)
	}
	b.toMany("Reset login attempts", "", "")
	b.press("Reset login attempts: 3 users")
	b.settles("Done: 3 of 3")
	b.sees("Locked")
	if got := s.status(t, crowd[0]); got != "Active" {
		t.Errorf("who was locked out is %s", got)
	}
}

// toMany says what is done to all whose name has "crowd" in it, and looks at what
// that would do.
func (b *tab) toMany(action, field, value string) {
	b.t.Helper()
	b.follow("Users")
	b.fill("Name, email or id", "crowd")
	b.press("Show")
	b.tick("all 3 that match")
	b.choose("With many users", action)
	b.press("Go on")
	if field != "" {
		b.fill(field, value)
	}
	b.fill("Reason", "For the event")
	b.press("See what it would do")
}

// manyAreInvitedAgain: who was invited and did not come gets another letter.
func (s *site) manyAreInvitedAgain(t *testing.T, letters string) {
	t.Helper()
	b := s.signIn(t, operator.Helpdesk)
	admin := s.signIn(t, operator.Admin)
	for _, name := range []string{"crowd1@example.com", "crowd2@example.com", "crowd3@example.com"} {
		admin.follow("Users")
		admin.follow("Add a user")
		admin.fill("Username", name)
		admin.fill("Email", name)
		admin.press("Add the user")
		admin.sees("Pending")
	}
	b.toMany("Invite", "", "")
	b.press("Invite: 3 users")
	b.settles("Done: 3 of 3 looked at, 3 changed")
	sent := []os.DirEntry{}
	for range 1000 { // letters are sent beside the answer
		var err error
		if sent, err = os.ReadDir(letters); err != nil || len(sent) == 6 {
			break
		}
		b.visit(b.address())
	}
	if len(sent) != 6 {
		t.Fatalf("%d letters are sent", len(sent))
	}
	works := 0
	for _, letter := range sent {
		owner := s.tab(t)
		owner.visit(inLetter(t, filepath.Join(letters, letter.Name())))
		if owner.watch.answered() != http.StatusOK {
			continue // it was sent again since
		}
		owner.fill("New password", "correct horse battery")
		owner.fill("The same password again", "correct horse battery")
		owner.press("Set password")
		works++
	}
	admin.visit("/users?status=Active")
	if found := len(admin.rows("user")); found != 3 || works != 3 {
		t.Errorf("%d links of letters work, and %d accounts", works, found)
	}
}

// linkInLetter is the link of an invitation.
var linkInLetter = regexp.MustCompile(`http://\S+/account/invite\?link=[\w-]+`)

// inLetter is the link that a letter brings to the owner of an account.
func inLetter(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// As quoted-printable writes it: lines are broken, and "=" is "=3D".
	link := linkInLetter.FindString(strings.NewReplacer("=\r\n", "", "=\n", "", "=3D", "=").Replace(string(text)))
	if link == "" {
		t.Fatalf("no link in %s", text)
	}
	return link
}

// members counts those of a group.
func (s *site) members(t *testing.T, group string) int {
	t.Helper()
	list, _ := s.scim(t, 200, "GET", "/Groups/"+group, nil)["members"].([]any)
	return len(list)
}
