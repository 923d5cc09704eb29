package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// fillAudit writes rows of some actions, actors and requests.
const fillAudit = `INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
	SELECT 1, 'User', md5((n % 500)::text)::uuid, 1, '2026-01-01'::timestamptz + n * interval '1 second',
		'kind' || n % 3, 'actor' || n % 50, 'user.' || n % 7, 'request' || n, '', '{}'
	FROM generate_series($1::int, $2::int) n`

// TestAuditPlans: each search walks one index from its place on, without
// statistics, with those of a much smaller trail, and with true ones.
func TestAuditPlans(t *testing.T) {
	t.Parallel()
	s := populated(t, 50)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := s.pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	searches := map[string]store.AuditSearch{
		"audit_action": {}, "audit_actor": {ActorID: "actor7", Action: "user."}, "audit_request": {RequestID: "request7"},
		"audit_key": {SubjectType: "User", Subject: uuid.New()},
	}
	check := func(how string) {
		t.Helper()
		for index, search := range searches {
			for _, search.OldestFirst = range []bool{false, true} {
				search.Tenant, search.Limit = 1, 100
				search.From, search.After = time.Unix(0, 0), store.TimePosition{At: time.Unix(1_769_000_000, 0), Number: 7}
				found := selectAudit(search)
				plan := s.explain(t, found.sql(), append([]any{planned}, found.args...)...)
				if !strings.Contains(plan, "using "+index+" ") && !strings.Contains(plan, "on "+index+"\n") || strings.Contains(plan, "Seq Scan") {
					t.Errorf("%s: %s, oldest first %v:\n%s", how, index, search.OldestFirst, plan)
				}
				if index != "audit_request" && !strings.Contains(plan, "ROW(") {
					t.Errorf("%s: %s does not begin at the position:\n%s", how, index, plan)
				}
			}
		}
	}
	check("no statistics")
	exec("ANALYZE")
	exec(fillAudit, 1, 8000)
	check("old statistics")
	exec("ANALYZE")
	check("statistics")
}
