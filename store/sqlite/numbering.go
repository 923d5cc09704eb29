package sqlite

import (
	"context"
	"time"

	"rollcall/store"
)

const (
	// There is one writer, so that the numbers of rows are the order of commits.
	batchSQL = `SELECT tenant, seq, row_number() OVER (ORDER BY seq) AS n FROM (
		SELECT tenant, seq FROM outbox WHERE position IS NULL ORDER BY seq LIMIT ?)`

	headsSQL = `INSERT INTO outbox_head (tenant, position)
		SELECT b.tenant, max(b.n) + (SELECT position FROM outbox_last) FROM (` + batchSQL + `) b WHERE true GROUP BY b.tenant
		ON CONFLICT (tenant) DO UPDATE SET position = excluded.position`

	numberSQL = `UPDATE outbox SET position = b.n + (SELECT position FROM outbox_last) FROM (` + batchSQL + `) b WHERE outbox.seq = b.seq`

	// What a receiver has to get is behind its position or pending.
	waitedForSQL = `SELECT min(
		coalesce((SELECT min(r.position) FROM receiver r WHERE r.tenant = l.tenant), l.position),
		coalesce((SELECT min((SELECT min(d.position) - 1 FROM delivery d WHERE d.tenant = r.tenant AND d.receiver = r.id AND d.state = 'pending'))
			FROM receiver r WHERE r.tenant = l.tenant), l.position))
		FROM (SELECT ? AS tenant, position FROM outbox_last) l`

	pruneOutboxSQL = `DELETE FROM outbox WHERE seq IN (
		SELECT o.seq FROM (SELECT seq, position, at FROM outbox WHERE tenant = ? AND position > 0 ORDER BY position LIMIT ?) o
		WHERE o.at < ? OR o.at < ? AND o.position <= ?)`
)

// Number gives positions to committed events that have none. It looks first
// without the right to write: mostly there is nothing to do.
func (s *Store) Number(ctx context.Context, limit int) (int, error) {
	var some bool
	err := s.one(ctx, "number", `SELECT EXISTS (SELECT 1 FROM outbox WHERE position IS NULL)`, nil, &some)
	if err != nil || !some {
		return 0, err
	}
	limit = max(limit, 0)
	var numbered int64
	err = s.write(ctx, "number", func(tx *writeTx) error {
		if _, err := tx.exec(ctx, headsSQL, limit); err != nil {
			return err
		}
		var err error
		if numbered, err = tx.exec(ctx, numberSQL, limit); err != nil {
			return err
		}
		_, err = tx.exec(ctx, `UPDATE outbox_last SET position = position + ?`, numbered)
		return err
	})
	return int(numbered), err
}

// PruneOutbox removes old events.
func (s *Store) PruneOutbox(ctx context.Context, tenant store.TenantID, done, undone time.Time, limit int) (int, error) {
	var removed int64
	err := s.write(ctx, "prune outbox", func(tx *writeTx) error {
		var waited int64
		err := tx.row(ctx, waitedForSQL, []any{int64(tenant)}, &waited)
		if err != nil {
			return err
		}
		removed, err = tx.exec(ctx, pruneOutboxSQL, int64(tenant), max(limit, 0), micros(undone), micros(done), waited)
		return err
	})
	return int(removed), err
}
