package browser

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rollcall/internal/operator"
)

// receiversAreSetUp: a webhook is added, tried, paused, resumed and removed.
func receiversAreSetUp(t *testing.T, s *site) {
	called := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(called.Close)
	b := s.signIn(t, operator.Owner)
	b.follow("Webhooks")
	b.follow("Webhook")
	b.fill("Name", "crm")
	b.fill("URL", "ftp://crm.example.com")
	b.press("Add the receiver")
	if b.watch.answered() != http.StatusUnprocessableEntity {
		t.Errorf("a URL that is none: status %d", b.watch.answered())
	}
	b.fill("URL", called.URL)
	b.press("Add the receiver")
	b.sees("it is shown this once", "crm")
	b.press("Send a test")
	b.sees("The test was taken", "204")
	b.press("Pause")
	b.sees("The receiver is paused.")
	b.press("Resume")
	b.sees("The receiver is active")
	b.open("Remove the receiver")
	b.fill("Its events and its log go with it.", "crm")
	b.press("Remove the receiver")
	b.sees("The receiver was removed.")

	b.follow("Webhook")
	b.fill("Name", "erp")
	b.fill("URL", "http://127.0.0.1:9")
	b.press("Add the receiver")
	b.sees("it is shown this once", "erp")
	s.crowd(t, 5)
	b.follow("Overview")
	for range 1000 { // events are delivered beside the answer
		if strings.Contains(b.text(), "erp was out of reach") {
			break
		}
		b.visit("")
	}
	b.follow("erp")
	b.sees("It was out of reach", "It is tried again at")
}

// policiesAreSet: a change is shown before it is made.
func policiesAreSet(t *testing.T, s *site) {
	b := s.signIn(t, operator.Owner)
	b.follow("Policies")
	b.fill("Invitations work for", "3d")
	b.press("See what changes")
	b.sees("Nothing is changed yet.", "1 value")
	b.press("Change 1 value")
	b.sees("The policies were changed.")
	if got := s.ask(t, 200, "GET", "/policy", nil)["policy"].(map[string]any)["inviteValidity"]; got != "3d" {
		t.Errorf("invitations work for %v", got)
	}
	auditor := s.signIn(t, operator.Auditor)
	auditor.visit("/policies")
	auditor.sees("What is in force")
}

// filesAreImported: a file is sent, its columns are named, what it would do is
// shown, done, and undone.
func filesAreImported(t *testing.T, s *site) {
	s.user(t, "Ada Lovelace")
	b := s.signIn(t, operator.Admin)
	b.follow("Users")
	b.follow("Import users")
	b.chooseFile("userName,displayName,emails,post\nada@example.com,Ada King,ada@example.com,Analyst\nhedy@example.com,Hedy Lamarr,hedy@example.com,Inventor\n,Nobody,,\n")
	b.press("Go on")
	b.sees("3 users in 4 columns")
	b.choose("post", "Title")
	b.press("See what it would do")
	b.settles("Ada King")
	b.sees("Would be added: 1, changed: 1", "cannot be imported: 1", "Nothing is done by this.")
	if rows := b.rows("Row by row"); len(rows) != 3 || rows[2][2] != "refused" || rows[2][4] != "userName is required" || !strings.Contains(rows[0][3], "Analyst") {
		t.Errorf("the rows are %q", rows)
	}
	b.press("Import 2 users")
	b.settles("Undo: delete 1 added")
	b.sees("Added: 1, changed: 1")
	hedy := s.scim(t, 200, "GET", "/Users?count=0&filter=displayName+eq+%22Hedy+Lamarr%22", nil)["totalResults"]
	if hedy != 1.0 {
		t.Errorf("%v users have her name", hedy)
	}
	job := b.address()
	b.follow("hedy@example.com")
	b.sees("Inventor")
	b.visit(job)
	b.press("Undo: delete 1 added")
	b.awaits("Done")
	b.follow("Users")
	b.sees("1 user", "Ada Lovelace")
	for _, link := range []string{"Export this view", "Export everything"} {
		if got := b.status(script[string](b, "find('link', %s).getAttribute('href').replace('/console', '')", link)); got != http.StatusOK {
			t.Errorf("%s: status %d", link, got)
		}
	}
}

// groupsOfOneUser: somebody is put into a group and taken out of it, and gets a role
// and loses it, on the page of the user.
func groupsOfOneUser(t *testing.T, s *site) {
	ada := s.user(t, "Ada Lovelace")
	s.group(t, "Engineers")
	b := s.signIn(t, operator.Admin)
	b.visit("/users/" + ada + "/groups")
	b.fill("Group, by name or id", "Engineers")
	b.press("Add to the group")
	if groups := b.column("Groups that the user is in", 0); len(groups) != 1 || groups[0] != "Engineers" {
		t.Errorf("the groups are %q", groups)
	}
	b.press("Remove from Engineers")
	b.sees("The user is in no group.")
	b.fill("Role", "analyst")
	b.press("Give the role")
	if roles := b.column("Roles of the user", 0); len(roles) != 1 || roles[0] != "analyst" {
		t.Errorf("the roles are %q", roles)
	}
	b.press("Take the role analyst")
	b.sees("The user has no role.")
}
