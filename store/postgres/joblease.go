package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"rollcall/store"
)

const (
	// The tenants with unfinished jobs are found by skipping through the index,
	// whatever number of jobs each has. The row is locked last, one tenant after
	// the other in the order of fairness, until one is had: where another
	// claimer holds the rows of a tenant, the next job or tenant is taken.
	claimJobSQL = `WITH RECURSIVE waiting AS (
		(SELECT w.tenant FROM job w WHERE w.due IS NOT NULL ORDER BY w.tenant LIMIT 1)
		UNION ALL
		SELECT (SELECT n.tenant FROM job n WHERE n.due IS NOT NULL AND n.tenant > w.tenant ORDER BY n.tenant LIMIT 1)
		FROM waiting w WHERE w.tenant IS NOT NULL),
	claimable AS MATERIALIZED (
		SELECT w.tenant FROM waiting w
		CROSS JOIN LATERAL (SELECT f.due FROM job f WHERE f.tenant = w.tenant AND f.due <= $1 AND f.kind = ANY ($2)
			ORDER BY f.due, f.id LIMIT 1) first
		CROSS JOIN LATERAL (SELECT count(*) AS n FROM job r WHERE r.tenant = w.tenant AND r.state = 'running' AND r.due > $1) held
		WHERE w.tenant IS NOT NULL ORDER BY held.n, first.due, w.tenant),
	picked AS MATERIALIZED (
		SELECT p.tenant, p.id FROM claimable c
		CROSS JOIN LATERAL (SELECT l.tenant, l.id FROM job l WHERE l.tenant = c.tenant AND l.due <= $1 AND l.kind = ANY ($2)
			ORDER BY l.due, l.id LIMIT 1 FOR UPDATE SKIP LOCKED) p
		LIMIT 1),
	leased AS (
		UPDATE job j SET attempt = j.attempt + 1, due = $3, lease_owner = $4, started = coalesce(j.started, $1), state = 'running',
			failures = j.failures + CASE j.state WHEN 'running' THEN 1 ELSE 0 END,
			taken_over = CASE j.state WHEN 'running' THEN $1 ELSE j.taken_over END
		FROM picked p WHERE j.tenant = p.tenant AND j.id = p.id RETURNING j.*)
	SELECT ` + jobColumns + `, i.input, k.checkpoint FROM leased j
	LEFT JOIN job_input i ON i.tenant = j.tenant AND i.job = j.id
	LEFT JOIN job_checkpoint k ON k.tenant = j.tenant AND k.job = j.id`

	// held is the job of a lease.
	held = ` WHERE j.tenant = $1 AND j.id = $2 AND j.attempt = $3 AND j.state = 'running' `

	renewJobSQL = `UPDATE job j SET due = $4` + held + `RETURNING j.cancelling`

	saveJobSQL = `WITH saved AS (
		UPDATE job j SET done = $4, total = $5, failed = $6` + held + `RETURNING j.tenant, j.id, j.cancelling),
	pointed AS (INSERT INTO job_checkpoint (tenant, job, checkpoint) SELECT s.tenant, s.id, $7::bytea FROM saved s WHERE $7::bytea IS NOT NULL
		ON CONFLICT (tenant, job) DO UPDATE SET checkpoint = excluded.checkpoint),
	noted AS (INSERT INTO job_item (tenant, job, number, outcome)
		SELECT s.tenant, s.id, i.number, i.outcome FROM saved s CROSS JOIN unnest($8::bigint[], $9::bytea[]) AS i (number, outcome)
		ON CONFLICT (tenant, job, number) DO UPDATE SET outcome = excluded.outcome)
	SELECT cancelling FROM saved`

	finishJobSQL = `WITH ended AS (
		UPDATE job j SET state = $4, due = NULL, lease_owner = '', cancelling = false, reason = $5, finished = $6, expires = $7,
			done = coalesce($8, j.done), total = coalesce($9, j.total), failed = coalesce($10, j.failed)` + held + `RETURNING j.tenant, j.id),
	emptied AS (DELETE FROM job_input i USING ended e WHERE i.tenant = e.tenant AND i.job = e.id),
	forgotten AS (DELETE FROM job_checkpoint k USING ended e WHERE k.tenant = e.tenant AND k.job = e.id),
	kept AS (INSERT INTO job_result (tenant, job, result) SELECT e.tenant, e.id, $11::bytea FROM ended e WHERE $11::bytea IS NOT NULL),
	told AS (INSERT INTO outbox (tenant, type, subject, version, at, event, payload)
		SELECT e.tenant, $12, e.id, v.number, $6, v.event, v.payload::json
		FROM ended e CROSS JOIN unnest($13::text[], $14::text[]) WITH ORDINALITY AS v (event, payload, number) ORDER BY v.number)
	SELECT false FROM ended`

	retryJobSQL = `UPDATE job j SET state = 'queued', due = $4, run_after = $4, lease_owner = '', failures = j.failures + 1, reason = $5` +
		held + `RETURNING false`

	releaseJobSQL = `UPDATE job j SET state = 'queued', due = $4, run_after = $4, lease_owner = ''` + held + `RETURNING false`
)

// ClaimJob leases the job that is next.
func (s *Store) ClaimJob(ctx context.Context, claim store.JobClaim) (store.ClaimedJob, error) {
	if err := errors.Join(store.CheckText("kind", claim.Kinds...), store.CheckText("owner", claim.Owner)); err != nil {
		return store.ClaimedJob{}, failure(ctx, "claim job", err)
	}
	var w jobRow
	var claimed store.ClaimedJob
	err := retry(ctx, func() error {
		return s.pool.QueryRow(ctx, claimJobSQL, claim.Now, claim.Kinds, claim.Until, claim.Owner).
			Scan(append(w.targets(), &claimed.Input, &claimed.Checkpoint)...)
	})
	claimed.Job = w.job()
	return claimed, failure(ctx, "claim job", err)
}

// RenewJob moves the end of the lease.
func (s *Store) RenewJob(ctx context.Context, lease store.JobLease, until time.Time) (cancelling bool, err error) {
	return s.hold(ctx, "renew lease of job", renewJobSQL, lease, until)
}

// SaveJob stores progress, checkpoint and items together.
func (s *Store) SaveJob(ctx context.Context, lease store.JobLease, save store.JobSave) (cancelling bool, err error) {
	if err := save.Check(); err != nil {
		return false, failure(ctx, "save job", err)
	}
	numbers, outcomes := itemArgs(save.Items)
	return s.hold(ctx, "save job", saveJobSQL, lease, save.Progress.Done, save.Progress.Total, save.Progress.Failed,
		save.Checkpoint, numbers, outcomes)
}

// FinishJob ends the job.
func (s *Store) FinishJob(ctx context.Context, lease store.JobLease, end store.JobEnd) error {
	if err := end.Check(); err != nil {
		return failure(ctx, "finish job", err)
	}
	var done, total, failed *int64
	if end.Progress != nil {
		done, total, failed = &end.Progress.Done, &end.Progress.Total, &end.Progress.Failed
	}
	args := append([]any{
		string(end.State), end.Reason, end.At, timeOrNull(end.Expires), done, total, failed, end.Result, store.JobSubject,
	}, eventArgs(end.Events)...)
	_, err := s.hold(ctx, "finish job", finishJobSQL, lease, args...)
	return err
}

// RetryJob ends a failed attempt.
func (s *Store) RetryJob(ctx context.Context, lease store.JobLease, runAfter time.Time, reason string) error {
	if err := store.CheckText("reason", reason); err != nil {
		return failure(ctx, "retry job", err)
	}
	_, err := s.hold(ctx, "retry job", retryJobSQL, lease, runAfter, reason)
	return err
}

// ReleaseJob ends an attempt that has not failed.
func (s *Store) ReleaseJob(ctx context.Context, lease store.JobLease, at time.Time) error {
	_, err := s.hold(ctx, "release job", releaseJobSQL, lease, at)
	return err
}

// hold runs a statement that touches the job of a lease, if it holds.
func (s *Store) hold(ctx context.Context, operation, sql string, lease store.JobLease, args ...any) (cancelling bool, err error) {
	args = append([]any{int64(lease.Tenant), id(lease.ID), int64(lease.Attempt)}, args...)
	err = retry(ctx, func() error { return s.pool.QueryRow(ctx, sql, args...).Scan(&cancelling) })
	if errors.Is(err, pgx.ErrNoRows) {
		err = store.ErrLeaseLost
	}
	return cancelling, failure(ctx, operation, err)
}
