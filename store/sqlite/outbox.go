package sqlite

import (
	"context"
	"database/sql"

	"rollcall/store"
)

// EventsOf returns the oldest events about one subject in the order of their
// versions.
func (s *Store) EventsOf(ctx context.Context, key store.Key, limit int) ([]store.OutboxRow, error) {
	var list []store.OutboxRow
	err := s.read(ctx, "events", func(tx *readTx) error {
		rows, err := tx.query(ctx, `SELECT version, at, event_type, payload FROM outbox
			WHERE tenant = ? AND type = ? AND id = ? ORDER BY version, seq LIMIT ?`, int64(key.Tenant), key.Type, key.ID.String(), limit)
		return each(rows, err, func(rows *sql.Rows) error {
			row := store.OutboxRow{Subject: key}
			var at int64
			if err := rows.Scan(&row.Version, &at, &row.Type, &row.Payload); err != nil {
				return err
			}
			row.At = instant(at)
			list = append(list, row)
			return nil
		})
	})
	return list, err
}
