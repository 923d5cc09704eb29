package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const (
	connectionColumns = `c.tenant, c.id, c.name, c.kind, c.options, c.created`

	createConnectionSQL = `WITH made AS (
		INSERT INTO connection (tenant, id, name, kind, options, created) VALUES ($1, $2, $3, $4, $5, $6) RETURNING tenant, id)
	INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
	SELECT m.tenant, $7, m.id, 1, $8, $9, $10, $11, $12, $13, $14 FROM made m`

	updateConnectionSQL = `WITH changed AS (
		UPDATE connection c SET kind = $3, options = $4
		WHERE c.tenant = $1 AND c.id = $2 AND c.kind = $5 AND c.options::text = $6::text RETURNING c.tenant, c.id),
	noted AS (INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
		SELECT c.tenant, $7, c.id, 1, $8, $9, $10, $11, $12, $13, $14 FROM changed c)
	SELECT EXISTS (SELECT 1 FROM changed) FROM connection c WHERE c.tenant = $1 AND c.id = $2`
)

// CreateConnection stores a connection.
func (s *Store) CreateConnection(ctx context.Context, connection store.Connection, audit store.Audit) error {
	if err := errors.Join(connection.Check(), audit.Check()); err != nil {
		return failure(ctx, "create connection", err)
	}
	args := append([]any{
		int64(connection.Tenant), id(connection.ID), connection.Name, connection.Kind, object(connection.Options),
		connection.Created, store.ConnectionSubject,
	}, auditArgs(&audit)...)
	_, err := s.pool.Exec(ctx, createConnectionSQL, args...)
	return failure(ctx, "create connection", err)
}

// UpdateConnection replaces Kind and Options.
func (s *Store) UpdateConnection(ctx context.Context, before, after store.Connection, audit store.Audit) error {
	if err := errors.Join(after.Check(), audit.Check()); err != nil {
		return failure(ctx, "update connection", err)
	}
	args := append([]any{
		int64(after.Tenant), id(after.ID), after.Kind, object(after.Options), before.Kind, string(object(before.Options)), store.ConnectionSubject,
	}, auditArgs(&audit)...)
	var changed bool
	err := s.pool.QueryRow(ctx, updateConnectionSQL, args...).Scan(&changed)
	if err == nil && !changed {
		err = store.ErrVersion
	}
	return failure(ctx, "update connection", err)
}

// Connection returns the connection of that name.
func (s *Store) Connection(ctx context.Context, tenant store.TenantID, name string) (store.Connection, error) {
	if !store.Storable(name) {
		return store.Connection{}, failure(ctx, "get connection", store.ErrNotFound)
	}
	const sql = `SELECT ` + connectionColumns + ` FROM connection c WHERE c.tenant = $1 AND c.name = $2`
	connection, err := scanConnection(s.pool.QueryRow(ctx, sql, int64(tenant), name))
	return connection, failure(ctx, "get connection", err)
}

// Connections lists the connections of a tenant by name.
func (s *Store) Connections(ctx context.Context, tenant store.TenantID) ([]store.Connection, error) {
	const sql = `SELECT ` + connectionColumns + ` FROM connection c WHERE c.tenant = $1 ORDER BY c.name`
	return collect(ctx, s, "list connections", scanConnection, sql, int64(tenant))
}

// connectionRow receives connectionColumns.
type connectionRow struct {
	store.Connection
	id      pgtype.UUID
	created pgtype.Timestamptz
}

func (w *connectionRow) targets() []any {
	return []any{(*int64)(&w.Tenant), &w.id, &w.Name, &w.Kind, &w.Options, &w.created}
}

func (w *connectionRow) connection() store.Connection {
	w.Connection.ID, w.Connection.Created = w.id.Bytes, instant(w.created)
	return w.Connection
}

func scanConnection(source pgx.Row) (store.Connection, error) {
	var w connectionRow
	if err := source.Scan(w.targets()...); err != nil {
		return store.Connection{}, err
	}
	return w.connection(), nil
}
