package sqlite

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// TestTokenPlans: tokens of users are many on one connection; a page of them, those
// of one user and the number that works are found by index, and nothing is sorted
// but those of one user.
func TestTokenPlans(t *testing.T) {
	t.Parallel()
	s, tenant := newStore(t, Options{})
	check := func(what string, asked fragment, index string, sorts bool) {
		t.Helper()
		found := s.plan(t, asked)
		if !strings.Contains(found, index) || strings.Contains(found, "SCAN t") || strings.Contains(found, "TEMP B-TREE") != sorts {
			t.Errorf("%s:\n%s", what, found)
		}
	}
	after := store.TokenPosition{Connection: uuid.New(), At: time.Now(), Prefix: "p"}
	for _, newest := range []bool{false, true} {
		for _, connection := range []uuid.UUID{{}, after.Connection} {
			for _, after := range []store.TokenPosition{{}, after} {
				check("a page", selectTokens(store.TokenSearch{Tenant: tenant, Connection: connection, NewestFirst: newest, After: after, Limit: 10}), "INDEX token_connection", false)
			}
		}
	}
	check("of a user", fragment{tokensOfSQL, []any{int64(tenant), uuid.NewString(), 10}}, "INDEX token_subject", true)
	check("uses", fragment{tokenUsesSQL, []any{int64(tenant), int64(1), 10}}, "INDEX token_working (tenant=? AND connection=? AND expires>?)", false)
}
