package browser

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"rollcall/internal/operator"
)

// mainTasks are what administrators do most, in tabs of some kind.
func mainTasks(options ...option) func(*testing.T, *site) {
	return func(t *testing.T, s *site) {
		ada := s.user(t, "Ada Lovelace")
		s.user(t, "Alan Turing")
		b := s.signIn(t, operator.Admin, options...)
		b.find()
		b.addAndEdit()
		b.assignGroups()
		b.suspendMany(ada)
		b.importFile()
		b.press("Sign out")
		b.sees("You are signed out.")
	}
}

// find finds one of the users by a part of the name.
func (b *tab) find() {
	b.t.Helper()
	b.follow("Users")
	b.fill("Name, email or id", "lovelace")
	b.press("Show")
	b.sees("1 user")
	if found := b.column("user", 1); !slices.Equal(found, []string{"ada@example.com"}) {
		b.t.Errorf("found %q", found)
	}
}

// addAndEdit adds a user, changes it, suspends, deletes and restores it.
func (b *tab) addAndEdit() {
	b.t.Helper()
	b.follow("Add a user")
	b.fill("Username", "grace@example.com")
	b.fill("Display name", "Grace Hopper")
	b.tick("Active at once")
	b.press("Add the user")
	b.sees("The user was added.", "Active")
	b.follow("Edit")
	b.fill("Title", "Admiral")
	b.fill("Tags", "navy")
	b.press("Save")
	b.sees("The user was changed.", "Admiral", "navy")
	b.act("Suspend", "On leave")
	b.sees("The account was suspended.", "On leave")
	b.act("Activate", "")
	b.sees("The account was activated.")
	b.deprovision("Has left")
	b.follow("Deleted")
	b.follow("Restore Grace Hopper")
	b.press("Restore")
	b.sees("It is suspended until you activate it.")
}

// assignGroups adds a group, puts somebody into it and takes her out again.
func (b *tab) assignGroups() {
	b.t.Helper()
	b.follow("Groups")
	b.fill("Name", "Engineers")
	b.press("Add")
	b.fill("Username, or id", "ada@example.com")
	b.press("Add")
	b.sees("1 direct member")
	b.press("Remove Ada Lovelace")
	b.sees("0 direct members")
}

// suspendMany suspends two who were ticked, one of them for the first time, and
// takes it back.
func (b *tab) suspendMany(ada string) {
	b.t.Helper()
	b.follow("Users")
	b.choose("With many users", "Suspend")
	b.tick("the ticked ones")
	b.tick("Tick ada@example.com")
	b.tick("Tick alan@example.com")
	b.press("Go on")
	b.fill("Reason", "Office closed")
	b.press("See what it would do")
	b.sees("Of 2 users: 2 would change")
	b.press("Suspend: 2 users")
	b.settles("Done: 2 of 2")
	if got := b.site.status(b.t, ada); got != "Suspended" {
		b.t.Errorf("she is %s", got)
	}
	b.press("Undo: 2 users")
	b.settles("Done: 2 of 2")
	if got := b.site.status(b.t, ada); got != "Active" {
		b.t.Errorf("undone she is %s", got)
	}
}

// peopleFile is a file of two users, of whom one is there already.
const peopleFile = "userName,displayName,emails\nada@example.com,Ada King,ada@example.com\nhedy@example.com,Hedy Lamarr,hedy@example.com\n"

// chooseFile chooses a file, which no page can be told to by keys alone.
func (b *tab) chooseFile(text string) {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.SetUploadFiles(chromedp.ID("file"), []string{file}))
}

// importFile imports a file and takes it back.
func (b *tab) importFile() {
	b.t.Helper()
	b.follow("Users")
	b.follow("Import users")
	b.chooseFile(peopleFile)
	b.press("Go on")
	b.sees("2 users in 3 columns")
	b.press("See what it would do")
	b.settles("Import 2 users")
	b.sees("Would be added: 1, changed: 1", "Nothing is done by this.", "Ada King")
	b.press("Import 2 users")
	b.settles("Undo: delete 1 added")
	b.sees("Added: 1, changed: 1")
	b.press("Undo: delete 1 added")
	b.settles("Done")
	b.follow("Users")
	b.sees("Ada Lovelace")
	b.misses("hedy@example.com")
}

// look asks for the page of a job again until it says some words, as one does
// whose page does not do so by itself.
func (b *tab) look(words string) {
	b.t.Helper()
	for range 500 {
		if script[bool](b, "text().includes(%s)", words) {
			return
		}
		b.follow("Look again")
	}
	b.fatal("the job does not come to %q", words)
}
