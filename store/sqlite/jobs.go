package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

const jobColumns = `j.tenant, j.id, j.kind, j.state, j.actor_kind, j.actor_id, j.connection, j.request_id, j.done, j.total, j.failed,
	j.attempt, j.failures, j.reason, j.cancelling, j.run_after, CASE j.state WHEN 'running' THEN j.due END, j.lease_owner,
	j.created, j.started, j.finished, j.expires, j.taken_over`

// Enqueue stores a queued job.
func (s *Store) Enqueue(ctx context.Context, enqueued store.NewJob) error {
	return s.write(ctx, "enqueue job", func(tx *writeTx) error { return tx.enqueue(ctx, &enqueued) })
}

func (tx *writeTx) enqueue(ctx context.Context, enqueued *store.NewJob) error {
	if err := enqueued.Check(); err != nil {
		return err
	}
	job := &enqueued.Job
	// The count stops at the limit, which is all that is asked of it.
	made, err := tx.exec(ctx, `INSERT INTO job (tenant, id, kind, state, actor_kind, actor_id, connection, request_id, run_after, due, created)
			SELECT ?1, ?2, ?3, 'queued', ?4, ?5, ?6, ?7, ?8, ?8, ?9
			WHERE ?10 = 0 OR (SELECT count(*) FROM (SELECT 1 FROM job WHERE tenant = ?1 AND due IS NOT NULL LIMIT ?10)) < ?10`,
		int64(job.Tenant), job.ID.String(), job.Kind, job.ActorKind, job.ActorID, optionalID(job.Connection), job.RequestID,
		micros(job.RunAfter), micros(job.Created), enqueued.Most)
	switch {
	case taken(err):
		return &store.UniquenessError{}
	case err != nil:
		return err
	case made == 0:
		return store.ErrFull
	}
	if _, err := tx.exec(ctx, `INSERT INTO job_input (tenant, job, input) VALUES (?, ?, ?)`, int64(job.Tenant), job.ID.String(), blob(enqueued.Input)); err != nil {
		return err
	}
	return tx.itemise(ctx, []any{int64(job.Tenant), job.ID.String()}, enqueued.Items)
}

// jobs enqueues what goes with a change, however many there are.
func (c commit) jobs(ctx context.Context, enqueued []store.NewJob) error {
	for _, one := range enqueued {
		one.Most = 0
		if err := c.enqueue(ctx, &one); err != nil {
			return err
		}
	}
	return nil
}

// blob is never null.
func blob(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}

const jobSQL = `SELECT ` + jobColumns + ` FROM job j WHERE j.tenant = ? AND j.id = ?`

// Job returns a job.
func (s *Store) Job(ctx context.Context, tenant store.TenantID, id uuid.UUID) (store.Job, error) {
	var row jobRow
	if err := s.one(ctx, "get job", jobSQL, []any{int64(tenant), id.String()}, row.into()...); err != nil {
		return store.Job{}, err
	}
	return row.read(), nil
}

// Jobs lists jobs, newest first.
func (s *Store) Jobs(ctx context.Context, query store.JobQuery) ([]store.ListedJob, error) {
	for _, kind := range query.Kinds {
		if err := store.CheckText("kind", kind); err != nil {
			return nil, wrap(ctx, "list jobs", err)
		}
	}
	const listed = `SELECT * FROM (SELECT * FROM job WHERE tenant = ? AND (? IS NULL OR id < ?) AND (? IS NULL OR due IS NOT NULL OR finished > ?)`
	before, after, limit := optionalID(query.Before), optionalMicros(query.EndedAfter), max(query.Limit, 0)
	var parts []string
	var args []any
	stretch := func(condition string, of ...any) {
		parts = append(parts, listed+condition+" ORDER BY id DESC LIMIT ?)")
		args = append(args, slices.Concat([]any{int64(query.Tenant), before, before, after, after}, of, []any{limit})...)
	}
	// Each kind is walked by itself: a tenant may have far more jobs of another one.
	for _, kind := range query.Kinds {
		stretch(" AND kind = ?", kind)
	}
	if len(query.Kinds) == 0 {
		stretch("")
	}
	var list []store.ListedJob
	err := s.read(ctx, "list jobs", func(tx *readTx) error {
		rows, err := tx.query(ctx, `SELECT `+jobColumns+`, f.outcome FROM (`+strings.Join(parts, " UNION ALL ")+`) j
			LEFT JOIN job_item f ON ? AND f.tenant = j.tenant AND f.job = j.id AND f.number = 0 ORDER BY j.id DESC LIMIT ?`, append(args, query.First, limit)...)
		return each(rows, err, func(rows *sql.Rows) error {
			var row jobRow
			var first []byte
			if err := rows.Scan(append(row.into(), &first)...); err != nil {
				return err
			}
			list = append(list, store.ListedJob{Job: row.read(), First: first})
			return nil
		})
	})
	return list, err
}

// textArray is a JSON array of texts that can be stored.
func textArray(texts []string) (string, error) {
	if len(texts) == 0 {
		return "[]", nil
	}
	for _, text := range texts {
		if err := store.CheckText("kind", text); err != nil {
			return "", err
		}
	}
	array, err := json.Marshal(texts)
	return string(array), err
}

// JobResult returns the result of a finished job.
func (s *Store) JobResult(ctx context.Context, tenant store.TenantID, id uuid.UUID) ([]byte, error) {
	var result []byte
	err := s.one(ctx, "get result of job", `SELECT r.result FROM job j LEFT JOIN job_result r ON r.tenant = j.tenant AND r.job = j.id
		WHERE j.tenant = ? AND j.id = ? AND j.due IS NULL`, []any{int64(tenant), id.String()}, &result)
	return result, err
}

// JobItems lists items by number.
func (s *Store) JobItems(ctx context.Context, tenant store.TenantID, id uuid.UUID, after int64, limit int) ([]store.JobItem, error) {
	var list []store.JobItem
	err := s.read(ctx, "list items of job", func(tx *readTx) error {
		rows, err := tx.query(ctx, `SELECT number, outcome FROM job_item WHERE tenant = ? AND job = ? AND number > ? ORDER BY number LIMIT ?`,
			int64(tenant), id.String(), after, max(limit, 0))
		return each(rows, err, func(rows *sql.Rows) error {
			var item store.JobItem
			if err := rows.Scan(&item.Number, &item.Outcome); err != nil {
				return err
			}
			list = append(list, item)
			return nil
		})
	})
	return list, err
}

// CancelJob ends a queued job and marks a running one.
func (s *Store) CancelJob(ctx context.Context, tenant store.TenantID, id uuid.UUID, at, expires time.Time) (store.Job, error) {
	var row jobRow
	err := s.write(ctx, "cancel job", func(tx *writeTx) error {
		key := []any{int64(tenant), id.String()}
		if _, err := tx.exec(ctx, `UPDATE job SET cancelling = 1 WHERE tenant = ? AND id = ? AND state = 'running'`, key...); err != nil {
			return err
		}
		ended, err := tx.exec(ctx, `UPDATE job SET state = 'cancelled', cancelling = 0, due = NULL, finished = ?3, expires = ?4
			WHERE tenant = ?1 AND id = ?2 AND state = 'queued'`, append(key, micros(at), optionalMicros(expires))...)
		if err != nil {
			return err
		}
		if ended > 0 {
			if err := tx.emptyJob(ctx, key...); err != nil {
				return err
			}
		}
		return noRows(tx.row(ctx, jobSQL, key, row.into()...))
	})
	if err != nil {
		return store.Job{}, err
	}
	return row.read(), nil
}

// emptyJob drops what only a job to be run needs.
func (t *writeTx) emptyJob(ctx context.Context, key ...any) error {
	if _, err := t.exec(ctx, `DELETE FROM job_input WHERE tenant = ? AND job = ?`, key...); err != nil {
		return err
	}
	_, err := t.exec(ctx, `DELETE FROM job_checkpoint WHERE tenant = ? AND job = ?`, key...)
	return err
}

// SweepJobs deletes finished jobs that expired. That there are none is found
// out without the writing connection.
func (s *Store) SweepJobs(ctx context.Context, now time.Time, limit int) (int, error) {
	const expired = `FROM job WHERE expires <= ?1 ORDER BY expires LIMIT ?2`
	args := []any{micros(now), max(limit, 0)}
	var some bool
	if err := s.one(ctx, "sweep jobs", `SELECT EXISTS (SELECT 1 `+expired+`)`, args, &some); err != nil || !some {
		return 0, err
	}
	swept := int64(0)
	err := s.write(ctx, "sweep jobs", func(tx *writeTx) error {
		for _, table := range []string{"job_result", "job_item"} {
			if _, err := tx.exec(ctx, `DELETE FROM `+table+` WHERE (tenant, job) IN (SELECT tenant, id `+expired+`)`, args...); err != nil {
				return err
			}
		}
		var err error
		swept, err = tx.exec(ctx, `DELETE FROM job WHERE (tenant, id) IN (SELECT tenant, id `+expired+`)`, args...)
		return err
	})
	return int(swept), err
}
