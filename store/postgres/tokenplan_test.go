package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// TestTokenPlans: tokens of users are many on one connection; a page of them, those
// of one user and the number that works are found by index.
func TestTokenPlans(t *testing.T) {
	t.Parallel()
	s := populated(t, 1)
	of := uuid.New()
	for _, sql := range []string{
		`INSERT INTO tenant (id, name, created) OVERRIDING SYSTEM VALUE VALUES (1, 'main', now())`,
		`INSERT INTO connection (tenant, id, name, kind, options, created) VALUES (1, '` + of.String() + `', 'one', 'generic', '{}', now())`,
		`INSERT INTO token (prefix, tenant, connection, hash, scopes, subject, created, expires) SELECT 'p' || n, 1, '` + of.String() + `', '', '{}', gen_random_uuid(),
			now() - n * interval '1s', CASE WHEN n % 2 = 0 THEN now() + n * interval '1s' END FROM generate_series(1, 20000) n`,
	} {
		if _, err := s.pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	after := store.TokenPosition{Connection: of, At: time.Now(), Prefix: "p"}
	for _, how := range []string{"without statistics", "with statistics"} {
		for _, newest := range []bool{false, true} {
			for _, connection := range []uuid.UUID{{}, of} {
				for _, after := range []store.TokenPosition{{}, after} {
					q := selectTokens(store.TokenSearch{Tenant: 1, Connection: connection, NewestFirst: newest, After: after, Limit: 10})
					if plan := s.explain(t, q.sql(), append([]any{planned}, q.args...)...); !strings.Contains(plan, "token_connection") || strings.Contains(plan, "Seq Scan on token") {
						t.Errorf("%s, a page:\n%s", how, plan)
					}
				}
			}
		}
		if plan := s.explain(t, tokensOfSQL, planned, int64(1), id(uuid.New()), int64(10)); !strings.Contains(plan, "token_subject") {
			t.Errorf("%s, of a user:\n%s", how, plan)
		}
		if plan := s.explain(t, tokenUsesSQL, planned, int64(1), time.Now(), int64(10)); strings.Count(plan, "token_working") != 2 || strings.Contains(plan, "Seq Scan on token") {
			t.Errorf("%s, uses:\n%s", how, plan)
		}
		if _, err := s.pool.Exec(t.Context(), "ANALYZE token"); err != nil {
			t.Fatal(err)
		}
	}
}
