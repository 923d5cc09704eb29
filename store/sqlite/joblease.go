package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"rollcall/store"
)

// nextJobSQL skips through the index from tenant to tenant, whatever number of
// jobs each has.
const nextJobSQL = `WITH RECURSIVE waiting (tenant) AS (
	SELECT (SELECT min(tenant) FROM job WHERE due IS NOT NULL)
	UNION ALL
	SELECT (SELECT min(n.tenant) FROM job n WHERE n.due IS NOT NULL AND n.tenant > w.tenant) FROM waiting w WHERE w.tenant IS NOT NULL),
claimable AS (
	SELECT w.tenant,
		(SELECT count(*) FROM job r WHERE r.tenant = w.tenant AND r.state = 'running' AND r.due > ?1) AS held,
		(SELECT f.id FROM job f WHERE f.tenant = w.tenant AND f.due <= ?1 AND f.kind IN (SELECT value FROM json_each(?2))
			ORDER BY f.due, f.id LIMIT 1) AS id
	FROM waiting w WHERE w.tenant IS NOT NULL)
SELECT c.tenant, c.id FROM claimable c JOIN job j ON j.tenant = c.tenant AND j.id = c.id ORDER BY c.held, j.due, c.tenant LIMIT 1`

// ClaimJob leases the job that is next. That there is none, as nearly always,
// is found out without the writing connection.
func (s *Store) ClaimJob(ctx context.Context, claim store.JobClaim) (store.ClaimedJob, error) {
	kinds, err := textArray(claim.Kinds)
	if err == nil {
		err = store.CheckText("owner", claim.Owner)
	}
	if err != nil {
		return store.ClaimedJob{}, wrap(ctx, "claim job", err)
	}
	next := []any{micros(claim.Now), kinds}
	var tenant int64
	var id string
	if err := s.one(ctx, "claim job", nextJobSQL, next, &tenant, &id); err != nil {
		return store.ClaimedJob{}, err
	}
	var row jobRow
	var claimed store.ClaimedJob
	err = s.write(ctx, "claim job", func(tx *writeTx) error {
		// Another claimer may have been faster.
		if err := tx.row(ctx, nextJobSQL, next, &tenant, &id); err != nil {
			return noRows(err)
		}
		if _, err := tx.exec(ctx, `UPDATE job SET attempt = attempt + 1, due = ?3, lease_owner = ?4, started = coalesce(started, ?5),
			failures = failures + (state = 'running'), taken_over = CASE state WHEN 'running' THEN ?5 ELSE taken_over END,
			state = 'running' WHERE tenant = ?1 AND id = ?2`, tenant, id, micros(claim.Until), claim.Owner, micros(claim.Now)); err != nil {
			return err
		}
		return tx.row(ctx, `SELECT `+jobColumns+`, i.input, k.checkpoint FROM job j
			LEFT JOIN job_input i ON i.tenant = j.tenant AND i.job = j.id LEFT JOIN job_checkpoint k ON k.tenant = j.tenant AND k.job = j.id
			WHERE j.tenant = ? AND j.id = ?`, []any{tenant, id}, append(row.into(), &claimed.Input, &claimed.Checkpoint)...)
	})
	if err != nil {
		return store.ClaimedJob{}, err
	}
	claimed.Job = row.read()
	return claimed, nil
}

// held is the job of a lease; its arguments are ?1, ?2 and ?3.
const held = ` WHERE tenant = ?1 AND id = ?2 AND attempt = ?3 AND state = 'running'`

// hold runs changes to the job of a lease: first the statement that finds out
// whether it holds, then more.
func (s *Store) hold(ctx context.Context, operation string, lease store.JobLease, more func(*writeTx, []any) error, set string, args ...any) (cancelling bool, err error) {
	key := []any{int64(lease.Tenant), lease.ID.String()}
	err = s.write(ctx, operation, func(tx *writeTx) error {
		// Asked before the change: an end takes the mark away.
		err := tx.row(ctx, `SELECT cancelling FROM job`+held, append(key, lease.Attempt), &cancelling)
		if errors.Is(err, sql.ErrNoRows) {
			return store.ErrLeaseLost
		}
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `UPDATE job SET `+set+held, append(append(key, lease.Attempt), args...)...); err != nil || more == nil {
			return err
		}
		return more(tx, key)
	})
	return cancelling, err
}

// RenewJob moves the end of the lease.
func (s *Store) RenewJob(ctx context.Context, lease store.JobLease, until time.Time) (cancelling bool, err error) {
	return s.hold(ctx, "renew lease of job", lease, nil, `due = ?4`, micros(until))
}

// SaveJob stores progress, checkpoint and items together.
func (s *Store) SaveJob(ctx context.Context, lease store.JobLease, save store.JobSave) (cancelling bool, err error) {
	if err := save.Check(); err != nil {
		return false, wrap(ctx, "save job", err)
	}
	return s.hold(ctx, "save job", lease, func(tx *writeTx, key []any) error {
		if save.Checkpoint != nil {
			if _, err := tx.exec(ctx, `INSERT INTO job_checkpoint (tenant, job, checkpoint) VALUES (?, ?, ?)
				ON CONFLICT (tenant, job) DO UPDATE SET checkpoint = excluded.checkpoint`, append(key, save.Checkpoint)...); err != nil {
				return err
			}
		}
		return tx.itemise(ctx, key, save.Items)
	}, `done = ?4, total = ?5, failed = ?6`, save.Progress.Done, save.Progress.Total, save.Progress.Failed)
}

// FinishJob ends the job.
func (s *Store) FinishJob(ctx context.Context, lease store.JobLease, end store.JobEnd) error {
	err := end.Check()
	if err != nil {
		return wrap(ctx, "finish job", err)
	}
	var done, total, failed any
	if end.Progress != nil {
		done, total, failed = end.Progress.Done, end.Progress.Total, end.Progress.Failed
	}
	_, err = s.hold(ctx, "finish job", lease, func(tx *writeTx, key []any) error { return tx.settleJob(ctx, key, &end) },
		`state = ?4, due = NULL, lease_owner = '', cancelling = 0, reason = ?5, finished = ?6, expires = ?7,
			done = coalesce(?8, done), total = coalesce(?9, total), failed = coalesce(?10, failed)`,
		string(end.State), end.Reason, micros(end.At), optionalMicros(end.Expires), done, total, failed)
	return err
}

// settleJob writes what is left of a job when it has ended.
func (t *writeTx) settleJob(ctx context.Context, key []any, end *store.JobEnd) error {
	if err := t.emptyJob(ctx, key...); err != nil {
		return err
	}
	if end.Result != nil {
		if _, err := t.exec(ctx, `INSERT INTO job_result (tenant, job, result) VALUES (?, ?, ?)`, append(key, end.Result)...); err != nil {
			return err
		}
	}
	for i, event := range end.Events {
		_, err := t.exec(ctx, `INSERT INTO outbox (tenant, type, id, version, at, event_type, payload) VALUES (?1, ?3, ?2, ?4, ?5, ?6, ?7)`,
			append(key, store.JobSubject, i+1, micros(end.At), event.Type, jsonObject(event.Payload))...)
		if err != nil {
			return err
		}
	}
	return nil
}

// RetryJob ends a failed attempt.
func (s *Store) RetryJob(ctx context.Context, lease store.JobLease, runAfter time.Time, reason string) error {
	if err := store.CheckText("reason", reason); err != nil {
		return wrap(ctx, "retry job", err)
	}
	_, err := s.hold(ctx, "retry job", lease, nil, `state = 'queued', due = ?4, run_after = ?4, lease_owner = '', failures = failures + 1, reason = ?5`,
		micros(runAfter), reason)
	return err
}

// ReleaseJob ends an attempt that has not failed.
func (s *Store) ReleaseJob(ctx context.Context, lease store.JobLease, at time.Time) error {
	_, err := s.hold(ctx, "release job", lease, nil, `state = 'queued', due = ?4, run_after = ?4, lease_owner = ''`, micros(at))
	return err
}
