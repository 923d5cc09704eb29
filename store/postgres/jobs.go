package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"rollcall/store"
)

const (
	jobColumns = `j.tenant, j.id, j.kind, j.state, j.actor_kind, j.actor_id, j.connection, j.request_id, j.done, j.total, j.failed,
	j.attempt, j.failures, j.reason, j.cancelling, j.run_after, CASE j.state WHEN 'running' THEN j.due END, j.lease_owner,
	j.created, j.started, j.finished, j.expires, j.taken_over`

	// The count stops at the limit, which is all that is asked of it.
	enqueueSQL = `WITH made AS (
		INSERT INTO job (tenant, id, kind, state, actor_kind, actor_id, connection, request_id, run_after, due, created)
		SELECT $1, $2, $3, 'queued', $4, $5, $6, $7, $8, $8, $9
		WHERE $10::bigint = 0 OR (SELECT count(*) FROM (SELECT 1 FROM job w WHERE w.tenant = $1 AND w.due IS NOT NULL LIMIT $10::bigint) w) < $10::bigint
		RETURNING tenant, id),
	noted AS (INSERT INTO job_input (tenant, job, input) SELECT m.tenant, m.id, $11::bytea FROM made m),
	itemised AS (INSERT INTO job_item (tenant, job, number, outcome)
		SELECT m.tenant, m.id, i.number, i.outcome FROM made m CROSS JOIN unnest($12::bigint[], $13::bytea[]) AS i (number, outcome))
	SELECT 1 FROM made`

	jobSQL = `SELECT ` + jobColumns + ` FROM job j WHERE j.tenant = $1 AND j.id = $2`

	// Each kind is walked by itself: a tenant may have far more jobs of another one.
	jobsSQL = `SELECT ` + jobColumns + `, f.outcome FROM unnest($6::text[]) AS k (kind) CROSS JOIN LATERAL (
		SELECT * FROM job w WHERE w.tenant + 1 = $1::bigint + 1 AND ` + listedJob + ` AND w.kind = k.kind ORDER BY w.id DESC LIMIT $4) j` + firstItem
	allJobsSQL = `SELECT ` + jobColumns + `, f.outcome FROM (SELECT * FROM job w WHERE w.tenant = $1 AND ` + listedJob + ` ORDER BY w.id DESC LIMIT $4) j` + firstItem

	listedJob = `($2::uuid IS NULL OR w.id < $2) AND ($3::timestamptz IS NULL OR w.due IS NOT NULL OR w.finished > $3)`
	firstItem = ` LEFT JOIN LATERAL (SELECT i.outcome FROM job_item i
		WHERE $5::boolean AND i.tenant = j.tenant AND i.job = j.id AND i.number = 0 OFFSET 0) f ON true ORDER BY j.id DESC LIMIT $4`

	jobResultSQL = `SELECT r.result FROM job j LEFT JOIN job_result r ON r.tenant = j.tenant AND r.job = j.id
	WHERE j.tenant = $1 AND j.id = $2 AND j.due IS NULL`

	jobItemsSQL = `SELECT number, outcome FROM job_item WHERE tenant = $1 AND job = $2 AND number > $3 ORDER BY number LIMIT $4`

	cancelJobSQL = `WITH cancelled AS (
		UPDATE job j SET cancelling = j.state = 'running', state = CASE j.state WHEN 'queued' THEN 'cancelled' ELSE j.state END,
			due = CASE j.state WHEN 'queued' THEN NULL ELSE j.due END,
			finished = CASE j.state WHEN 'queued' THEN $3::timestamptz END, expires = CASE j.state WHEN 'queued' THEN $4::timestamptz END
		WHERE j.tenant = $1 AND j.id = $2 AND j.due IS NOT NULL RETURNING j.tenant, j.id, j.due),
	emptied AS (DELETE FROM job_input i USING cancelled c WHERE i.tenant = c.tenant AND i.job = c.id AND c.due IS NULL)
	DELETE FROM job_checkpoint k USING cancelled c WHERE k.tenant = c.tenant AND k.job = c.id AND c.due IS NULL`

	sweepJobsSQL = `WITH swept AS (
		DELETE FROM job j USING (SELECT e.tenant, e.id FROM job e WHERE e.expires <= $1 ORDER BY e.expires LIMIT $2 FOR UPDATE SKIP LOCKED) e
		WHERE j.tenant = e.tenant AND j.id = e.id RETURNING j.tenant, j.id),
	results AS (DELETE FROM job_result r USING swept s WHERE r.tenant = s.tenant AND r.job = s.id),
	items AS (DELETE FROM job_item i USING swept s WHERE i.tenant = s.tenant AND i.job = s.id)
	SELECT count(*) FROM swept`
)

// Enqueue stores a queued job.
func (s *Store) Enqueue(ctx context.Context, enqueued store.NewJob) error {
	if err := enqueued.Check(); err != nil {
		return failure(ctx, "enqueue job", err)
	}
	var made int
	err := s.pool.QueryRow(ctx, enqueueSQL, enqueueArgs(&enqueued)...).Scan(&made)
	if errors.Is(err, pgx.ErrNoRows) {
		err = store.ErrFull
	}
	return failure(ctx, "enqueue job", err)
}

func enqueueArgs(enqueued *store.NewJob) []any {
	job, input := &enqueued.Job, enqueued.Input
	if input == nil {
		input = []byte{}
	}
	numbers, outcomes := itemArgs(enqueued.Items)
	return []any{
		int64(job.Tenant), id(job.ID), job.Kind, job.ActorKind, job.ActorID, idOrNull(job.Connection),
		job.RequestID, job.RunAfter, job.Created, int64(enqueued.Most), input, numbers, outcomes,
	}
}

// itemArgs are items as two arrays.
func itemArgs(items []store.JobItem) (numbers []int64, outcomes [][]byte) {
	numbers, outcomes = make([]int64, len(items)), make([][]byte, len(items))
	for i, item := range items {
		numbers[i], outcomes[i] = item.Number, item.Outcome
		if outcomes[i] == nil {
			outcomes[i] = []byte{}
		}
	}
	return numbers, outcomes
}

// jobs adds the statements that enqueue the jobs of an update.
func (p *plan) jobs(at int, enqueued []store.NewJob) {
	for i := range enqueued {
		enqueued[i].Most = 0
		p.steps = append(p.steps, step{change: at, sql: enqueueSQL, args: enqueueArgs(&enqueued[i])})
	}
}

// Job returns a job.
func (s *Store) Job(ctx context.Context, tenant store.TenantID, job uuid.UUID) (store.Job, error) {
	var w jobRow
	if err := s.pool.QueryRow(ctx, jobSQL, int64(tenant), id(job)).Scan(w.targets()...); err != nil {
		return store.Job{}, failure(ctx, "get job", err)
	}
	return w.job(), nil
}

// Jobs lists jobs, newest first.
func (s *Store) Jobs(ctx context.Context, query store.JobQuery) ([]store.ListedJob, error) {
	if err := store.CheckText("kind", query.Kinds...); err != nil {
		return nil, failure(ctx, "list jobs", err)
	}
	sql, args := allJobsSQL, []any{int64(query.Tenant), idOrNull(query.Before), timeOrNull(query.EndedAfter), int64(max(query.Limit, 0)), query.First}
	if len(query.Kinds) > 0 {
		sql, args = jobsSQL, append(args, query.Kinds)
	}
	return collect(ctx, s, "list jobs", func(source pgx.Row) (store.ListedJob, error) {
		var w jobRow
		var first []byte
		err := source.Scan(append(w.targets(), &first)...)
		return store.ListedJob{Job: w.job(), First: first}, err
	}, sql, args...)
}

// JobResult returns the result of a finished job.
func (s *Store) JobResult(ctx context.Context, tenant store.TenantID, job uuid.UUID) ([]byte, error) {
	var result []byte
	err := s.pool.QueryRow(ctx, jobResultSQL, int64(tenant), id(job)).Scan(&result)
	return result, failure(ctx, "get result of job", err)
}

// JobItems lists items by number.
func (s *Store) JobItems(ctx context.Context, tenant store.TenantID, job uuid.UUID, after int64, limit int) ([]store.JobItem, error) {
	return collect(ctx, s, "list items of job", func(source pgx.Row) (store.JobItem, error) {
		var item store.JobItem
		err := source.Scan(&item.Number, &item.Outcome)
		return item, err
	}, jobItemsSQL, int64(tenant), id(job), after, int64(max(limit, 0)))
}

// CancelJob ends a queued job and marks a running one.
func (s *Store) CancelJob(ctx context.Context, tenant store.TenantID, job uuid.UUID, at, expires time.Time) (store.Job, error) {
	if _, err := s.pool.Exec(ctx, cancelJobSQL, int64(tenant), id(job), at, expires); err != nil {
		return store.Job{}, failure(ctx, "cancel job", err)
	}
	return s.Job(ctx, tenant, job)
}

// SweepJobs deletes finished jobs that expired. Those that another copy is
// deleting are left to it.
func (s *Store) SweepJobs(ctx context.Context, now time.Time, limit int) (int, error) {
	var swept int
	err := s.pool.QueryRow(ctx, sweepJobsSQL, now, int64(max(limit, 0))).Scan(&swept)
	return swept, failure(ctx, "sweep jobs", err)
}
