package sqlite

import (
	"context"
	"database/sql"

	"rollcall/store"
)

const (
	listPayloads = `SELECT version, seq, payload FROM outbox
		WHERE tenant = ? AND type = ? AND id = ? AND (version, seq) > (?, ?) ORDER BY version, seq LIMIT ?`

	leavePayload = `UPDATE outbox SET payload = ? WHERE seq = ?`
)

// EraseEvents removes personal data from events about a subject.
func (s *Store) EraseEvents(ctx context.Context, erasure store.EventErasure) (store.EventStep, error) {
	step := store.EventStep{Next: erasure.After}
	err := s.write(ctx, "erase events", func(tx *writeTx) error {
		if err := store.CheckKey("subject", erasure.Subject.Type); err != nil {
			return err
		}
		left := map[int64]string{}
		err := tx.each(ctx, listPayloads, []any{
			int64(erasure.Subject.Tenant), erasure.Subject.Type, erasure.Subject.ID.String(), erasure.After.Version, erasure.After.Number, max(erasure.Limit, 0),
		}, func(rows *sql.Rows) error {
			var payload []byte
			if err := rows.Scan(&step.Next.Version, &step.Next.Number, &payload); err != nil {
				return err
			}
			step.More = true
			if text := erasure.Left(payload); string(text) != string(payload) {
				left[step.Next.Number] = string(text)
			}
			return nil
		})
		if err != nil {
			return err
		}
		step.Events = len(left)
		for seq, text := range left {
			if _, err := tx.exec(ctx, leavePayload, text, seq); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return store.EventStep{}, err
	}
	return step, nil
}

// each reads the rows of a statement.
func (t *writeTx) each(ctx context.Context, text string, args []any, read func(*sql.Rows) error) error {
	statement, err := t.statement(ctx, text) //nolint:sqlclosecheck // kept, and closed with the connection
	if err != nil {
		return err
	}
	rows, err := statement.QueryContext(ctx, args...)
	return each(rows, err, read)
}
