package sqlite

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// TestAuditPlans: each search walks one index from its place on.
func TestAuditPlans(t *testing.T) {
	t.Parallel()
	s, tenant := newStore(t, Options{})
	for want, search := range map[string]store.AuditSearch{
		"audit_time (tenant=? AND at":                                 {},
		"audit_action (tenant=? AND actor_kind=? AND action=? AND at": {Action: "user."},
		"audit_action (tenant=? AND actor_kind>?":                     {ActorKind: "a"},
		"audit_actor (tenant=? AND actor_id=? AND action=? AND at":    {ActorID: "a", Action: "user."},
		"audit_request (tenant=? AND request_id=?":                    {RequestID: "r"},
		"audit_subject (tenant=? AND type=? AND id=? AND at":          {SubjectType: "User", Subject: uuid.New(), ActorID: "a"},
		"SEARCH m USING PRIMARY KEY (tenant=? AND member=? AND at":    {SubjectType: "User", Subject: uuid.New()},
	} {
		for _, search.OldestFirst = range []bool{false, true} {
			search.Tenant, search.Limit, search.After = tenant, 100, store.TimePosition{At: time.Unix(7, 0), Number: 7}
			got := s.plan(t, selectAudit(search))
			if !strings.Contains(got, want) || strings.Contains(got, "SCAN a ") || strings.Contains(got, "SCAN m") {
				t.Errorf("oldest first %v: no %q in\n%s", search.OldestFirst, want, got)
			}
		}
	}
}
