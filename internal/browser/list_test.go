package browser

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/internal/operator"
)

const lifecycleURN = "urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User"

// seen reports a sign-in so many days ago.
func (s *site) seen(t *testing.T, id string, days int) {
	t.Helper()
	s.ask(t, 200, "POST", "/sign-ins", map[string]any{"user": id, "succeeded": true, "at": time.Now().UTC().AddDate(0, 0, -days).Format(time.RFC3339)})
}

// counted loads the page again until its numbers have been counted.
func (b *tab) counted() {
	b.t.Helper()
	for range 1000 {
		if !strings.Contains(b.text(), "being counted") {
			return
		}
		b.visit(b.address())
	}
	b.fatal("nothing is counted")
}

// usersAreNarrowedDown: one choice of each kind leads to as many users as stand
// beside it, is taken away again, and two choices go together.
func usersAreNarrowedDown(t *testing.T, s *site) {
	ada := s.user(t, "Ada Lovelace", "roles", []any{map[string]any{"value": "Engineer"}}, lifecycleURN, map[string]any{"tags": []string{"vip"}})
	alan, grace := s.user(t, "Alan Turing"), s.user(t, "Grace Hopper")
	hedy := s.user(t, "Hedy Lamarr")
	s.ask(t, 201, "POST", "/connections", map[string]any{"name": "hr", "kind": "okta"})
	hr := &site{root: s.root, token: s.ask(t, 201, "POST", "/tokens", map[string]any{"connection": "hr", "scopes": []string{"scim:write"}})["token"].(string)}
	ivy := hr.user(t, "Ivy Benson")
	s.ask(t, 201, "POST", "/users?entry=invited", map[string]any{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": "petra@example.com",
		"emails": []any{map[string]any{"value": "petra@example.com", "primary": true}}, "roles": []any{map[string]any{"value": "Reviewer"}},
	})
	s.group(t, "Builders", ada, alan)
	s.seen(t, ada, 0)
	s.seen(t, alan, 45)
	s.seen(t, grace, 120)
	s.ask(t, 200, "POST", "/users/"+grace+"/actions/suspend", map[string]any{"reason": "Gone sailing"})
	s.ask(t, 200, "POST", "/users/"+hedy+"/actions/lock", map[string]any{"reason": "Lost her telephone"})
	s.ask(t, 200, "POST", "/users/"+ivy+"/actions/schedule", map[string]any{"validFrom": "2035-01-01T00:00:00Z"})
	b := s.signIn(t, operator.Auditor)
	b.follow("Users")
	b.counted()
	for _, facet := range []struct {
		label string
		users []string
	}{
		{"Active", []string{"ada", "alan"}},
		{"Inactive", []string{"ivy"}},
		{"Locked", []string{"hedy"}},
		{"Suspended", []string{"grace"}},
		{"Pending", []string{"petra"}},
		{"Today", []string{"ada"}},
		{"In 30 days", []string{"ada"}},
		{"31 to 90 days ago", []string{"alan"}},
		{"More than 90 days ago", []string{"grace"}},
		{"Never", []string{"hedy", "ivy", "petra"}},
		{"Local", []string{"petra"}},
		{"Directory sync", []string{"ivy"}},
		{"SCIM", []string{"ada", "alan", "grace", "hedy"}},
		{"Engineer", []string{"ada"}},
		{"Reviewer", []string{"petra"}},
		{"Builders", []string{"ada", "alan"}},
		{"vip", []string{"ada"}},
	} {
		beside := script[string](b, `find("link", %s).closest("li").querySelector(".quiet").textContent`, facet.label)
		b.follow(facet.label)
		var found []string
		for _, name := range b.column("user", 0) {
			found = append(found, strings.TrimSuffix(name, "@example.com"))
		}
		if !slices.Equal(found, facet.users) || beside != string(rune('0'+len(found))) {
			t.Errorf("%s: %q, beside it stands %s", facet.label, found, beside)
		}
		b.sees("✓ " + facet.label)
		b.follow("✓ " + facet.label)
		b.sees("6 users")
		b.misses("✓")
	}
	b.follow("Builders")
	b.follow("31 to 90 days ago")
	b.sees("1 user", "alan@example.com", "✓ Builders", "✓ 31 to 90 days ago")
}

// columnsAndViews: other columns are chosen, say what is true of each, and are kept
// with the filter under a name, for others, too.
func columnsAndViews(t *testing.T, s *site) {
	grace := s.user(t, "Grace Hopper")
	ada := s.user(t, "Ada Lovelace", lifecycleURN, map[string]any{"tags": []string{"vip"}, "linkedContact": map[string]any{"value": grace, "display": "Grace of HR"}})
	s.group(t, "Engineers", ada)
	b := s.signIn(t, operator.Admin)
	b.follow("Users")
	b.open("Columns")
	b.untick("Display name")
	for _, column := range []string{"Linked contact", "Group memberships", "Shared data", "Tags"} {
		b.tick(column)
	}
	b.press("Show these columns")
	heads := script[[]string](b, `[...document.querySelectorAll("th[scope=col]")].map((e) => squeeze(e.textContent))`)
	if want := []string{"Ticked", "Username", "Email", "Status", "Role", "Last login", "Source", "Linked contact", "Group memberships", "Shared data", "Tags"}; !slices.Equal(heads, want) {
		t.Errorf("the columns are %q", heads)
	}
	rows := b.rows("user")
	if len(rows) != 2 || !slices.Equal(rows[0][7:], []string{"Grace of HR", "Engineers", "shared", "vip"}) || rows[1][9] != "No shared data" {
		t.Errorf("the rows are %q", rows)
	}

	b.fill("Name, email or id", "ada")
	b.press("Show")
	b.open("Save this view")
	b.fill("Name", "About Ada")
	b.tick("for all operators")
	b.press("Save")
	b.sees("The view was saved.", "About Ada (shared)")
	saved := b.address()
	other := s.signIn(t, operator.Helpdesk)
	other.follow("Users")
	other.follow("About Ada")
	other.sees("1 user", "Grace of HR", "(by another operator)")
	if got := other.address(); !strings.HasPrefix(saved, got) {
		t.Errorf("the view leads to %s, and was saved at %s", got, saved)
	}
	other.misses("Remove")
	b.press("Remove the view About Ada")
	b.sees("The view was removed.")
	other.follow("Users")
	other.misses("About Ada")

	b.follow("Users")
	b.follow("ada@example.com")
	b.follow("Edit")
	b.sees("The account comes from connection default.", "(of connection default)")
	for name, owned := range map[string]bool{"Email": true, "Display name": true, "Purpose": false} {
		if got := script[bool](b, `find("field", %s).readOnly`, name); got != owned {
			t.Errorf("%s is read-only: %v", name, got)
		}
	}
	b.follow("Cancel")
	b.follow("Grace of HR")
	b.sees("grace@example.com")
}
