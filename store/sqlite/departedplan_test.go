package sqlite

import (
	"strings"
	"testing"
)

// TestDepartedPlan: who was deleted is found by external id through its index.
func TestDepartedPlan(t *testing.T) {
	t.Parallel()
	s, tenant := newStore(t, Options{})
	if found := s.plan(t, fragment{departedAs, []any{int64(tenant), "User", "e", 10}}); !strings.Contains(found, "departed_external") {
		t.Error(found)
	}
}
