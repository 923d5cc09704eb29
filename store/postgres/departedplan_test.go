package postgres

import (
	"strings"
	"testing"
)

// TestDepartedPlan: who was deleted is found by external id through its index.
func TestDepartedPlan(t *testing.T) {
	t.Parallel()
	s := populated(t, 1)
	_, err := s.pool.Exec(t.Context(), `INSERT INTO departed (tenant, type, id, external_id, label, created, modified, version, doc, idx,
		unique_values, groups, members, deleted_at, facts_revision, status, reason, kept, api_only)
		SELECT 1, 'User', gen_random_uuid(), 'e' || n, '', now(), now(), 1, '{}', '{}', '[]', '[]', '[]', now(), 1, '', '', false, false FROM generate_series(1, 5000) n`)
	if err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{"without statistics", "with statistics"} {
		plan := s.explain(t, departedAsSQL, planned, int64(1), "User", []string{"e7", "e8"}, int64(10))
		if !strings.Contains(plan, "departed_external") {
			t.Errorf("%s:\n%s", how, plan)
		}
		if _, err := s.pool.Exec(t.Context(), "ANALYZE departed"); err != nil {
			t.Fatal(err)
		}
	}
}
