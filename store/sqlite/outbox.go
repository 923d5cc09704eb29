package sqlite

import (
	"context"
	"database/sql"

	"rollcall/store"
)

const eventColumns = `o.type, o.id, o.version, o.at, o.event_type, o.payload, o.position`

// EventsOf returns the oldest events about one subject in the order of their
// versions.
func (s *Store) EventsOf(ctx context.Context, key store.Key, limit int) ([]store.OutboxRow, error) {
	return s.events(ctx, key.Tenant, `SELECT `+eventColumns+` FROM outbox o
		WHERE o.tenant = ? AND o.type = ? AND o.id = ? ORDER BY o.version, o.seq LIMIT ?`, int64(key.Tenant), key.Type, key.ID.String(), max(limit, 0))
}

// EventsAfter returns the first events of a tenant behind a position.
func (s *Store) EventsAfter(ctx context.Context, tenant store.TenantID, position int64, limit int) ([]store.OutboxRow, error) {
	return s.events(ctx, tenant, `SELECT `+eventColumns+` FROM outbox o
		WHERE o.tenant = ? AND o.position > ? ORDER BY o.position LIMIT ?`, int64(tenant), position, max(limit, 0))
}

// Head returns the highest position that was ever given to any event.
func (s *Store) Head(ctx context.Context) (int64, error) {
	var head int64
	err := s.one(ctx, "head", `SELECT position FROM outbox_last`, nil, &head)
	return head, err
}

func (s *Store) events(ctx context.Context, tenant store.TenantID, text string, args ...any) ([]store.OutboxRow, error) {
	var list []store.OutboxRow
	err := s.read(ctx, "events", func(tx *readTx) error {
		rows, err := tx.query(ctx, text, args...)
		return each(rows, err, func(rows *sql.Rows) error {
			event, err := scanEvent(rows, tenant)
			list = append(list, event)
			return err
		})
	})
	return list, err
}

// scanEvent receives eventColumns, and more behind them.
func scanEvent(rows *sql.Rows, tenant store.TenantID, more ...any) (store.OutboxRow, error) {
	event := store.OutboxRow{Subject: store.Key{Tenant: tenant}}
	var at int64
	var position sql.NullInt64
	targets := []any{&event.Subject.Type, &event.Subject.ID, &event.Version, &at, &event.Type, &event.Payload, &position}
	err := rows.Scan(append(targets, more...)...)
	event.At, event.Position = instant(at), position.Int64
	return event, err
}
