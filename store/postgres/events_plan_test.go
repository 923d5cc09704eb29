package postgres

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

// TestEventPlans: what is asked again and again costs the same however long the
// outbox is, with and without statistics.
func TestEventPlans(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	const fill = `INSERT INTO outbox (tenant, type, subject, version, at, event, payload, position)
		SELECT 1, 'User', md5((n % 500)::text)::uuid, n / 500 + 1, now(), 'prov:put', '{}', n FROM generate_series(1, 20000) n`
	if _, err := s.pool.Exec(t.Context(), fill); err != nil {
		t.Fatal(err)
	}
	const purged = `INSERT INTO tombstone (tenant, type, id, at, version, unerased) SELECT 1, 'User', gen_random_uuid(), now(), 3, n % 1000 = 0 FROM generate_series(1, 20000) n`
	if _, err := s.pool.Exec(t.Context(), purged); err != nil {
		t.Fatal(err)
	}
	lease := leaseArgs(store.Turn{Receiver: store.Receiver{Tenant: 1, ID: uuid.New()}, Lease: uuid.New()})
	now, one := time.Now(), []pgtype.Timestamptz{timeOrNull(time.Now())}
	for _, how := range []string{"without statistics", "with statistics"} {
		for _, test := range []struct {
			what, index, sql string
			args             []any
		}{
			{"unnumbered", "outbox_unnumbered", unnumberedSQL, nil},
			{"fresh", "outbox_position", freshSQL, append(lease[:3:3], int64(5), int64(10))},
			{"pending", "delivery_state", pendingSQL, append(lease[:3:3], int64(10))},
			{"resume", "outbox_key", resumeSQL, append(lease[:2:2], []int64{1}, []string{"User"}, idArray{uuid.New()}, []int64{1}, one)},
			{"prune", "outbox_position", pruneOutboxSQL, []any{int64(1), now, now, int64(5), int64(10)}},
			{"payloads", "outbox_key", payloadsSQL, []any{int64(1), "User", id(uuid.New()), int64(2), int64(3), int64(100)}},
			{"unerased", "tombstone_unerased", unerasedSQL, []any{planned, one[0], int64(1), "User", id(uuid.New()), int64(100)}},
			{"waited for", "delivery_state", waitedForSQL, []any{int64(1)}},
			{"log", "delivery_key", deliveriesSQL + " ORDER BY d.position DESC LIMIT $4", append(lease[:2:2], int64(9), int64(10), int64(0))},
			{"log of a state", "delivery_state", deliveriesSQL + " AND d.state = $6 ORDER BY d.position DESC LIMIT $4", append(lease[:2:2], int64(9), int64(10), int64(0), "failed")},
		} {
			plan := s.explain(t, test.sql, test.args...)
			if !strings.Contains(plan, test.index) || strings.Contains(plan, "Seq Scan on outbox o") || strings.Contains(plan, "Seq Scan on delivery") {
				t.Errorf("%s, %s: not by %s:\n%s", test.what, how, test.index, plan)
			}
		}
		if _, err := s.pool.Exec(t.Context(), "ANALYZE"); err != nil {
			t.Fatal(fmt.Errorf("analyze: %w", err))
		}
	}
}
