package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const (
	eventColumns = `o.type, o.subject, o.version, o.at, o.event, o.payload, o.position`

	eventsSQL = `SELECT ` + eventColumns + ` FROM outbox o
	WHERE o.tenant = $1 AND o.type = $2 AND o.subject = $3 ORDER BY o.version, o.id LIMIT $4`

	eventsAfterSQL = `SELECT ` + eventColumns + ` FROM outbox o
	WHERE o.tenant = $1 AND o.position > $2 ORDER BY o.position LIMIT $3`

	headSQL = `SELECT position FROM outbox_last`
)

// EventsOf returns the oldest events about one subject in the order of their
// versions.
func (s *Store) EventsOf(ctx context.Context, key store.Key, limit int) ([]store.OutboxRow, error) {
	return s.events(ctx, key.Tenant, eventsSQL, int64(key.Tenant), key.Type, id(key.ID), int64(max(limit, 0)))
}

// EventsAfter returns the first events of a tenant behind a position.
func (s *Store) EventsAfter(ctx context.Context, tenant store.TenantID, position int64, limit int) ([]store.OutboxRow, error) {
	return s.events(ctx, tenant, eventsAfterSQL, int64(tenant), position, int64(max(limit, 0)))
}

// Head returns the highest position that was ever given to any event.
func (s *Store) Head(ctx context.Context) (int64, error) {
	var head int64
	return head, failure(ctx, "read outbox", s.pool.QueryRow(ctx, headSQL).Scan(&head))
}

func (s *Store) events(ctx context.Context, tenant store.TenantID, text string, args ...any) ([]store.OutboxRow, error) {
	return collect(ctx, s, "read outbox", func(source pgx.Row) (store.OutboxRow, error) { return scanEvent(source, tenant) }, text, args...)
}

// scanEvent receives eventColumns, and more behind them.
func scanEvent(source pgx.Row, tenant store.TenantID, more ...any) (store.OutboxRow, error) {
	event := store.OutboxRow{Subject: store.Key{Tenant: tenant}}
	var subject pgtype.UUID
	var at pgtype.Timestamptz
	var position pgtype.Int8
	targets := []any{&event.Subject.Type, &subject, &event.Version, &at, &event.Type, &event.Payload, &position}
	err := source.Scan(append(targets, more...)...)
	event.Subject.ID, event.At, event.Position = subject.Bytes, instant(at), position.Int64
	return event, err
}
