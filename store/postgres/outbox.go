package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const eventsSQL = `SELECT version, at, event, payload FROM outbox
	WHERE tenant = $1 AND type = $2 AND subject = $3 ORDER BY version, id LIMIT $4`

// EventsOf returns the oldest events about one subject in the order of their
// versions.
func (s *Store) EventsOf(ctx context.Context, key store.Key, limit int) ([]store.OutboxRow, error) {
	rows, err := s.pool.Query(ctx, eventsSQL, int64(key.Tenant), key.Type, id(key.ID), int64(max(limit, 0)))
	if err != nil {
		return nil, failure(ctx, "read outbox", err)
	}
	found, err := pgx.CollectRows(rows, func(source pgx.CollectableRow) (store.OutboxRow, error) {
		event := store.OutboxRow{Subject: key}
		var at pgtype.Timestamptz
		err := source.Scan(&event.Version, &at, &event.Type, &event.Payload)
		event.At = instant(at)
		return event, err
	})
	return found, failure(ctx, "read outbox", err)
}
