package postgres

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rollcall/internal/testpg"
)

// TestJobListPlans: a page of the jobs of some kinds is found however many there are
// of another one.
func TestJobListPlans(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), testpg.DSN(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	const fill = `INSERT INTO job (tenant, id, kind, state, actor_kind, actor_id, request_id, run_after, created, finished)
		SELECT 1, gen_random_uuid(), CASE n % 1000 WHEN 0 THEN 'batch' WHEN 1 THEN 'import' ELSE 'mail' END, 'succeeded', '', '', '', now(), now(), now() FROM generate_series(1, 20000) n`
	for _, statement := range []string{fill, "ANALYZE job"} {
		if _, err := s.pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := s.pool.Query(t.Context(), "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) "+jobsSQL, int64(1), nil, nil, int64(10), true, []string{"batch", "import"})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	many := regexp.MustCompile(`rows=\d{3,}|Seq Scan on job|Rows Removed by Filter: \d{3,}`)
	if plan := strings.Join(lines, "\n"); many.MatchString(plan) {
		t.Errorf("a list of jobs goes through many:\n%s", plan)
	}
}

// TestJobPlans: a claim steps from tenant to tenant and takes the head of each,
// whatever number of jobs wait behind it.
func TestJobPlans(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), testpg.DSN(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	const fill = `INSERT INTO job (tenant, id, kind, state, actor_kind, actor_id, request_id, run_after, due, created)
		SELECT 1 + n % 3, gen_random_uuid(), 'k', 'queued', '', '', '', now(), now() + n * interval '1 ms', now() FROM generate_series(1, 20000) n`
	for _, statement := range []string{fill, "ANALYZE job"} {
		if _, err := s.pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	soon := time.Now().Add(time.Hour)
	rows, err := s.pool.Query(t.Context(), "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) "+claimJobSQL, soon, []string{"k"}, soon, "me")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	many := regexp.MustCompile(`rows=\d{3,}|Seq Scan`)
	if plan := strings.Join(lines, "\n"); many.MatchString(plan) {
		t.Errorf("a claim goes through many jobs:\n%s", plan)
	}
}
