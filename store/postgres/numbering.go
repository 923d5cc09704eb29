package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rollcall/store"
)

// numberingLock is the key of the advisory lock that one copy holds while it
// numbers events: that of migrations and two more.
const numberingLock = migrationLock + 2

const (
	unnumberedSQL = `SELECT EXISTS (SELECT 1 FROM outbox WHERE position IS NULL ORDER BY id LIMIT 1)`

	// Of one subject, ids ascend with versions: who writes version 2 waits for
	// the row that who wrote version 1 has locked. reach holds that order even
	// where ids would not.
	numberSQL = `WITH batch AS (
		SELECT tenant, type, subject, version, id FROM outbox WHERE position IS NULL ORDER BY id LIMIT $1),
	reached AS (
		SELECT *, max(id) OVER (PARTITION BY tenant, type, subject ORDER BY version, id) AS reach FROM batch),
	sorted AS (
		SELECT *, row_number() OVER (ORDER BY reach, version, id) AS n FROM reached),
	numbered AS (
		UPDATE outbox o SET position = l.position + s.n FROM sorted s, outbox_last l
		WHERE o.tenant = s.tenant AND o.type = s.type AND o.subject = s.subject AND o.version = s.version AND o.id = s.id
		RETURNING o.tenant, o.position),
	heads AS (
		INSERT INTO outbox_head AS h (tenant, position) SELECT tenant, max(position) FROM numbered GROUP BY tenant
		ON CONFLICT (tenant) DO UPDATE SET position = excluded.position)
	UPDATE outbox_last SET position = position + (SELECT count(*) FROM numbered) RETURNING (SELECT count(*) FROM numbered)`

	// What a receiver has to get is behind its position or pending.
	waitedForSQL = `SELECT least(
		(SELECT min(r.position) FROM receiver r WHERE r.tenant = $1),
		(SELECT min(d.position) - 1 FROM receiver r CROSS JOIN LATERAL (
			SELECT d.position FROM delivery d WHERE d.tenant = $1 AND d.receiver = r.id AND d.state = 'pending'
			ORDER BY d.position LIMIT 1) d WHERE r.tenant = $1),
		(SELECT position FROM outbox_last))`

	pruneOutboxSQL = `DELETE FROM outbox o USING (
		SELECT position, at FROM outbox WHERE tenant = $1 AND position > 0 ORDER BY position LIMIT $5) old
	WHERE o.tenant = $1 AND o.position = old.position AND (o.at < $3 OR o.at < $2 AND o.position <= $4)`
)

// Number gives positions to committed events that have none. It asks first
// without a lock: mostly there is nothing to do.
func (s *Store) Number(ctx context.Context, limit int) (numbered int, err error) {
	var some bool
	if err := s.pool.QueryRow(ctx, unnumberedSQL).Scan(&some); err != nil || !some {
		return 0, failure(ctx, "number events", err)
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var mine bool
		if err := tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock($1)", int64(numberingLock)).Scan(&mine); err != nil || !mine {
			return err
		}
		// A statement of its own: it has to see what committed before the lock.
		return tx.QueryRow(ctx, numberSQL, int64(max(limit, 0))).Scan(&numbered)
	})
	if err != nil {
		return 0, failure(ctx, "number events", err)
	}
	return numbered, nil
}

// PruneOutbox removes old events.
func (s *Store) PruneOutbox(ctx context.Context, tenant store.TenantID, done, undone time.Time, limit int) (int, error) {
	var waited int64
	if err := s.pool.QueryRow(ctx, waitedForSQL, int64(tenant)).Scan(&waited); err != nil {
		return 0, failure(ctx, "prune outbox", err)
	}
	tag, err := s.pool.Exec(ctx, pruneOutboxSQL, int64(tenant), done, undone, waited, int64(max(limit, 0)))
	return int(tag.RowsAffected()), failure(ctx, "prune outbox", err)
}
