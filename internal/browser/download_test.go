package browser

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"rollcall/internal/operator"
)

// download follows a link to a file and reads that.
func (b *tab) download(link string) string {
	b.t.Helper()
	directory := b.t.TempDir()
	call(b, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: directory, EventsEnabled: new(true),
		BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
	})
	ended := run(b, chromedp.WaitEvent(browser.DownloadProgress, func(e browser.EventDownloadProgress) bool {
		return e.State != browser.DownloadProgressStateInProgress
	}, b.use("link", link)))
	if ended.State != browser.DownloadProgressStateCompleted {
		b.fatal("%s: the file is %s", link, ended.State)
	}
	text, err := os.ReadFile(filepath.Join(directory, ended.GUID))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

// filesAreExported: what the list shows is in the file with its columns, what would
// be a formula is text there, and the file read back changes nothing.
func filesAreExported(t *testing.T, s *site) {
	s.user(t, "Ada Lovelace", "title", "=1+1")
	s.user(t, "Alan Turing")
	b := s.signIn(t, operator.Admin)
	b.follow("Users")
	b.fill("Name, email or id", "ada")
	b.press("Show")
	cells := records(t, b.download("Export this view"))
	if want := [][]string{
		{"userName", "displayName", "email", "status", "roles", "lastLogin", "source", "sourceClient"},
		{"ada@example.com", "Ada Lovelace", "ada@example.com", "Active", "", "", "scim", "default"},
	}; !slices.EqualFunc(cells, want, slices.Equal) {
		t.Errorf("the file has %q", cells)
	}
	b.follow("Show all")
	whole := b.download("Export everything about these users")
	if cells := records(t, whole); len(cells) != 3 || !slices.Contains(cells[1], "'=1+1") {
		t.Errorf("the whole file has %q", cells)
	}
	b.follow("Import users")
	b.chooseFile(whole)
	b.press("Go on")
	b.press("See what it would do")
	b.settles("Would be added: 0, changed: 0; would stay as they are: 2")
	b.misses("Import 2")
}

// records are the cells of a file, without the mark that spreadsheets look for.
func records(t *testing.T, text string) [][]string {
	t.Helper()
	cells, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return cells
}
