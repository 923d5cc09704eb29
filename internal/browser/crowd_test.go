package browser

import (
	"fmt"
	"slices"
	"testing"

	"rollcall/internal/operator"
)

// crowd makes so many users by requests of many, and returns their ids.
func (s *site) crowd(t *testing.T, n int) []string {
	t.Helper()
	var ids []string
	for len(ids) < n {
		operations := []any{}
		for i := range min(n-len(ids), 1000) {
			name := fmt.Sprintf("crowd%04d", len(ids)+i)
			operations = append(operations, map[string]any{
				"method": "POST", "path": "/Users", "bulkId": name,
				"data": map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": name, "displayName": name},
			})
		}
		done := s.scim(t, 200, "POST", "/Bulk", map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:BulkRequest"}, "Operations": operations})
		for _, one := range done["Operations"].([]any) {
			location := one.(map[string]any)["location"].(string)
			ids = append(ids, location[len(location)-36:])
		}
	}
	return ids
}

// largeGroupsArePaged: all members of a group are found page by page, also from a
// page that says why somebody was not added.
func largeGroupsArePaged(t *testing.T, s *site) {
	s.group(t, "Crowd", s.crowd(t, 120)...)
	b := s.signIn(t, operator.Admin)
	b.follow("Groups")
	b.follow("Crowd")
	b.sees("120 direct members")
	b.fill("Username, or id", "nobody")
	b.press("Add")
	if b.watch.answered() != 422 {
		t.Errorf("nobody: status %d", b.watch.answered())
	}
	seen := b.column("Members", 0)
	for range 2 {
		if len(seen)%50 != 0 {
			t.Errorf("a page ends after %d members", len(seen))
		}
		b.follow("Next page")
		seen = append(seen, b.column("Members", 0)...)
	}
	b.misses("Next page")
	last := seen[len(seen)-1]
	slices.Sort(seen)
	if found := len(slices.Compact(slices.Clone(seen))); found != 120 || len(seen) != 120 {
		t.Errorf("%d members in %d rows", found, len(seen))
	}
	b.press("Remove " + last)
	b.sees("119 direct members")
}

// lookIsCarriedOut: what would become of more users than can be looked at while
// somebody waits is a job, and carried out from its page.
func lookIsCarriedOut(t *testing.T, s *site) {
	ids := s.crowd(t, 2001)
	for _, id := range ids[:2] {
		s.ask(t, 200, "POST", "/users/"+id+"/actions/suspend", map[string]any{"reason": "Office closed"})
	}
	b := s.signIn(t, operator.Admin)
	b.follow("Users")
	b.tick("all 2,001 that match")
	b.choose("With many users", "Activate")
	b.press("Go on")
	b.fill("Reason", "The office is open")
	b.press("See what it would do")
	b.settles("Activate: carry it out on 2001 users")
	b.sees("Activate (dry run)", "Nothing is done yet.", "2 changed, 1999 already so")
	if got := s.status(t, ids[0]); got != "Suspended" {
		t.Errorf("a look has made it %s", got)
	}
	b.press("Activate: carry it out on 2001 users")
	b.misses("dry run")
	b.settles("Undo: 2 users")
	b.choose("Outcome", "changed")
	b.press("Show")
	names := b.column("User by user", 0)
	if slices.Sort(names); !slices.Equal(names, []string{"crowd0000", "crowd0001"}) {
		t.Errorf("%q were changed", names)
	}
	for _, id := range ids[:2] {
		if got := s.status(t, id); got != "Active" {
			t.Errorf("somebody is %s", got)
		}
	}
	b.follow("Jobs")
	titles := b.column("What was asked for", 0)
	if slices.Sort(titles); !slices.Equal(titles, []string{"Activate", "Activate (dry run)"}) {
		t.Errorf("jobs are %q", titles)
	}
}
