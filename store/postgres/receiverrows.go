package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const receiverColumns = `r.tenant, r.id, r.name, r.kind, r.url, r.events, r.options, r.created, r.state, r.since, r.reason,
	r.position, r.failures, r.failing, r.succeeded, r.due`

// Receiver returns one receiver.
func (s *Store) Receiver(ctx context.Context, tenant store.TenantID, receiver uuid.UUID) (store.Receiver, error) {
	const sql = `SELECT ` + receiverColumns + ` FROM receiver r WHERE r.tenant = $1 AND r.id = $2`
	one, err := scanReceiver(s.pool.QueryRow(ctx, sql, int64(tenant), id(receiver)))
	return one, failure(ctx, "get receiver", err)
}

// Receivers lists the receivers of a tenant by name.
func (s *Store) Receivers(ctx context.Context, tenant store.TenantID) ([]store.Receiver, error) {
	const sql = `SELECT ` + receiverColumns + ` FROM receiver r WHERE r.tenant = $1 ORDER BY r.name`
	return collect(ctx, s, "list receivers", scanReceiver, sql, int64(tenant))
}

// scanReceiver receives receiverColumns.
func scanReceiver(source pgx.Row) (store.Receiver, error) {
	var r store.Receiver
	var key pgtype.UUID
	var created, since, failing, succeeded, due pgtype.Timestamptz
	err := source.Scan((*int64)(&r.Tenant), &key, &r.Name, &r.Kind, &r.URL, &r.Events, &r.Options, &created, &r.State, &since, &r.Reason,
		&r.Position, &r.Failures, &failing, &succeeded, &due)
	if err != nil {
		return store.Receiver{}, err
	}
	r.ID, r.Created, r.Since = key.Bytes, instant(created), instant(since)
	r.Failing, r.Succeeded, r.Due = instant(failing), instant(succeeded), instant(due)
	return r, nil
}
