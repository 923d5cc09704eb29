package postgres

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const (
	// Of what has been put off, the time to which it was; greatest passes over
	// null.
	dueSQL = `SELECT tenant, type, id, due FROM (
		(SELECT r.tenant, r.type, r.id, r.due, greatest(r.due, r.postponed) FROM resource r
			WHERE r.due IS NOT NULL AND greatest(r.due, r.postponed) <= $1 ORDER BY greatest(r.due, r.postponed) LIMIT $2)
		UNION ALL
		(SELECT d.tenant, d.type, d.id, d.purge_after, greatest(d.purge_after, d.postponed) FROM departed d
			WHERE d.purge_after IS NOT NULL AND greatest(d.purge_after, d.postponed) <= $1 ORDER BY greatest(d.purge_after, d.postponed) LIMIT $2)
	) AS all_due (tenant, type, id, due, fires) ORDER BY fires LIMIT $2`

	postponeSQL = `WITH gone AS (UPDATE departed SET postponed = $4 WHERE tenant = $1 AND type = $2 AND id = $3)
	UPDATE resource SET postponed = $4 WHERE tenant = $1 AND type = $2 AND id = $3`

	rescheduleSQL = `SELECT rollcall_reschedule($1, $2, $3, $4, $5)`

	leaseSQL = `INSERT INTO lease AS l (name, owner, until) VALUES ($1, $2, $4)
	ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until WHERE l.owner = excluded.owner OR l.until <= $3`

	forgetSQL = `DELETE FROM sign_in s WHERE s.ctid = ANY(ARRAY(
	SELECT f.ctid FROM sign_in f WHERE f.tenant = $1 AND f.at < $2 ORDER BY f.at LIMIT $3 FOR UPDATE SKIP LOCKED))`
)

// Due returns what something has to be done about, those longest due first.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]store.DueResource, error) {
	return collect(ctx, s, "look for what is due", func(source pgx.Row) (store.DueResource, error) {
		var due store.DueResource
		var of pgtype.UUID
		err := source.Scan((*int64)(&due.Key.Tenant), &due.Key.Type, &of, &due.Due)
		due.Key.ID, due.Due = of.Bytes, due.Due.UTC()
		return due, err
	}, dueSQL, now, int64(max(limit, 0)))
}

// Reschedule writes when resources are due, in the order of ids, in which
// commits lock as well.
func (s *Store) Reschedule(ctx context.Context, tenant store.TenantID, typ string, due []store.Scheduled) error {
	if err := store.CheckText("type", typ); err != nil {
		return failure(ctx, "reschedule", err)
	}
	due = slices.Clone(due)
	slices.SortFunc(due, func(a, b store.Scheduled) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	ids, revisions, times := make([]uuid.UUID, len(due)), make([]int64, len(due)), make([]pgtype.Timestamptz, len(due))
	for i, one := range due {
		ids[i], revisions[i], times[i] = one.ID, one.Revision, timeOrNull(one.Due)
	}
	return failure(ctx, "reschedule", retry(ctx, func() error {
		_, err := s.pool.Exec(ctx, rescheduleSQL, int64(tenant), typ, idArray(ids), revisions, times)
		return err
	}))
}

// Postpone lets Due pass over a resource until a time.
func (s *Store) Postpone(ctx context.Context, key store.Key, until time.Time) error {
	if err := store.CheckText("type", key.Type); err != nil {
		return failure(ctx, "postpone", err)
	}
	_, err := s.pool.Exec(ctx, postponeSQL, int64(key.Tenant), key.Type, id(key.ID), timeOrNull(until))
	return failure(ctx, "postpone", err)
}

// Lease gives a name to an owner, if nobody else holds it.
func (s *Store) Lease(ctx context.Context, name, owner string, now, until time.Time) (bool, error) {
	if err := errors.Join(store.CheckKey("name of a lease", name), store.CheckKey("owner of a lease", owner)); err != nil {
		return false, failure(ctx, "lease", err)
	}
	tag, err := s.pool.Exec(ctx, leaseSQL, name, owner, now, until)
	return tag.RowsAffected() > 0, failure(ctx, "lease", err)
}

// ForgetSignIns removes the oldest rows of the history of sign-ins.
func (s *Store) ForgetSignIns(ctx context.Context, tenant store.TenantID, before time.Time, limit int) (int, error) {
	tag, err := s.pool.Exec(ctx, forgetSQL, int64(tenant), before, int64(max(limit, 0)))
	return int(tag.RowsAffected()), failure(ctx, "forget sign-ins", err)
}
