package browser

import (
	"slices"
	"strings"
	"testing"

	"rollcall/internal/operator"
)

// accountLives: an account is suspended, locked, limited in time, deleted,
// restored and purged, and its timeline says so.
func accountLives(t *testing.T, s *site) {
	s.group(t, "Engineers", s.user(t, "Ada Lovelace"))
	b := s.signIn(t, operator.Admin)
	b.follow("Users")
	b.follow("ada@example.com")
	b.sees("Active")

	b.act("Suspend", "Parental leave")
	b.sees("The account was suspended.", "Suspended", "Parental leave")
	b.act("Activate", "")
	b.sees("The account was activated.", "Active")
	b.act("Lock", "Tries from abroad")
	b.sees("The account was locked.", "Locked")
	b.act("Unlock", "")
	b.sees("The account was unlocked.")

	b.follow("Set validity")
	b.fill("Valid until", "2035-12-31")
	b.press("Set validity")
	b.sees("The validity was set.", "Next:")
	b.follow("Schedule")
	b.sees("31 Dec 2035, 00:00 UTC")
	b.press("Cancel: It cannot be used any more")
	b.sees("It was cancelled.")
	b.misses("31 Dec 2035")

	b.deprovision("Has left")
	b.sees("The account was deprovisioned.")
	b.follow("Deleted")
	if cells := b.rows("Deleted"); len(cells) != 1 || cells[0][0] != "Ada Lovelace" || cells[0][3] != "1 group" {
		t.Errorf("deleted are %q", cells)
	}
	b.follow("Restore Ada Lovelace")
	b.press("Restore")
	b.sees("It is suspended until you activate it.")
	b.act("Activate", "")
	b.follow("Groups and roles")
	b.sees("Engineers")
	b.follow("Timeline")
	reasons := b.column("What was done", 3)
	for _, reason := range []string{"Parental leave", "Tries from abroad", "Has left"} {
		if !slices.Contains(reasons, reason) {
			t.Errorf("the timeline says %q, not %q", reasons, reason)
		}
	}

	b.deprovision("Has left again")
	b.follow("Danger zone")
	b.follow("Purge")
	b.fill("Reason", "Asked to be forgotten")
	b.fill("To confirm, type", "somebody else")
	b.press("Purge")
	if b.watch.answered() != 422 {
		t.Errorf("another name: status %d", b.watch.answered())
	}
	b.fill("To confirm, type", "ada@example.com")
	b.press("Purge")
	b.sees("The account was purged.")
	if text := strings.ToLower(b.text()); strings.Contains(text, "lovelace") || strings.Contains(text, "ada@") {
		t.Errorf("after a purge the page says %q", text)
	}
}

// act does something to the account whose page is shown, and says why.
func (b *tab) act(action, reason string) {
	b.t.Helper()
	b.follow(action)
	if reason != "" {
		b.fill("Reason", reason)
	}
	b.press(action)
}

// deprovision deletes the account whose page is shown.
func (b *tab) deprovision(reason string) {
	b.t.Helper()
	b.follow("Danger zone")
	b.follow("Delete (deprovision)")
	b.fill("Reason", reason)
	b.press("Deprovision")
}
