package browser

import (
	"fmt"
	"testing"

	"rollcall/internal/operator"
)

// removalsAreDecided: an incident of the mass guard stands on the overview, all of
// it is undone, another one was meant, and more is allowed for a time.
func removalsAreDecided(t *testing.T, s *site) {
	s.ask(t, 200, "PUT", "/policy", map[string]any{"guard": map[string]any{"armedFrom": 1, "floor": 2, "percent": 0}})
	var ids []string
	for i := range 8 {
		ids = append(ids, s.user(t, fmt.Sprintf("Crowd%d Member", i)))
	}
	for _, id := range ids[:4] {
		s.scim(t, 204, "DELETE", "/Users/"+id, nil)
	}
	b := s.signIn(t, operator.Admin)
	b.counted()
	b.sees("Mass guard: 1 incident", "waits for a decision")
	b.follow("the connection default")
	b.sees("4 of at most 2", "Waits for a decision")
	b.follow("Deleted")
	b.sees("Held by the mass guard")
	b.visit("")
	b.follow("the connection default")
	b.press("Undo all (4)")
	b.sees("were undone", "Was undone")
	if got := s.status(t, ids[3]); got != "Active" {
		t.Errorf("what was held is %s", got)
	}

	s.scim(t, 204, "DELETE", "/Users/"+ids[4], nil)
	b.visit(b.address()[:len(b.address())-len("/restore")])
	b.press("This was meant")
	b.sees("1 were let go.", "Was meant")
	if got := s.status(t, ids[4]); got != "Deprovisioned" {
		t.Errorf("what was meant is %s", got)
	}
	b.fill("Removals beyond the limit", "3")
	b.press("Allow")
	b.sees("More removals are allowed for a time.", "3 more until")
	s.scim(t, 204, "DELETE", "/Users/"+ids[5], nil)
	b.follow("Deleted")
	b.misses("Held by the mass guard")
}
