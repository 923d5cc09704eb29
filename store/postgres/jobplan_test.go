package postgres

import (
	"regexp"
	"testing"
	"time"
)

// TestJobListPlans: a page of the jobs of some kinds is found however many there are
// of another one.
func TestJobListPlans(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	const fill = `INSERT INTO job (tenant, id, kind, state, actor_kind, actor_id, request_id, run_after, created, finished)
		SELECT 1, gen_random_uuid(), CASE n % 1000 WHEN 0 THEN 'batch' WHEN 1 THEN 'import' ELSE 'mail' END, 'succeeded', '', '', '', now(), now(), now() FROM generate_series(1, 20000) n`
	const letters = `INSERT INTO job (tenant, id, kind, state, actor_kind, actor_id, request_id, run_after, created, finished)
		SELECT 1, gen_random_uuid(), 'mail', 'succeeded', '', '', '', now(), now(), now() FROM generate_series(1, 20000) n`
	// Statistics may be of before, and say that letters are all that there is.
	for _, statement := range []string{letters, "ANALYZE job", fill, "ANALYZE job"} {
		if _, err := s.pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
		if statement == letters {
			continue
		}
		plan := s.carriedOut(t, jobsSQL, int64(1), nil, nil, int64(10), true, []string{"batch", "import"})
		many := regexp.MustCompile(`rows=\d{3,}|Seq Scan on job|Rows Removed by Filter: \d{3,}`)
		if many.MatchString(plan) {
			t.Errorf("after %s: a list of jobs goes through many:\n%s", statement, plan)
		}
	}
}

// TestJobPlans: a claim steps from tenant to tenant and takes the head of each,
// whatever number of jobs wait behind it.
func TestJobPlans(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	const fill = `INSERT INTO job (tenant, id, kind, state, actor_kind, actor_id, request_id, run_after, due, created)
		SELECT 1 + n % 3, gen_random_uuid(), 'k', 'queued', '', '', '', now(), now() + n * interval '1 ms', now() FROM generate_series(1, 20000) n`
	for _, statement := range []string{fill, "ANALYZE job"} {
		if _, err := s.pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	soon := time.Now().Add(time.Hour)
	plan := s.carriedOut(t, claimJobSQL, soon, []string{"k"}, soon, "me")
	many := regexp.MustCompile(`rows=\d{3,}|Seq Scan`)
	if many.MatchString(plan) {
		t.Errorf("a claim goes through many jobs:\n%s", plan)
	}
}
