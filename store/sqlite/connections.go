package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"rollcall/store"
)

// CreateConnection stores a connection.
func (s *Store) CreateConnection(ctx context.Context, connection store.Connection, audit store.Audit) error {
	return s.write(ctx, "create connection", func(tx *writeTx) error {
		if err := errors.Join(connection.Check(), audit.Check()); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `INSERT INTO connection (id, tenant, name, kind, options, created) VALUES (?, ?, ?, ?, ?, ?)`,
			connection.ID.String(), int64(connection.Tenant), connection.Name, connection.Kind, jsonObject(connection.Options), micros(connection.Created))
		switch {
		case taken(err):
			return &store.UniquenessError{Attribute: "name"}
		case dangling(err):
			return store.ErrNotFound
		case err != nil:
			return err
		}
		return tx.audit(ctx, int64(connection.Tenant), store.ConnectionSubject, connection.ID.String(), 1, audit, moved{})
	})
}

// UpdateConnection replaces Kind and Options.
func (s *Store) UpdateConnection(ctx context.Context, before, after store.Connection, audit store.Audit) error {
	return s.write(ctx, "update connection", func(tx *writeTx) error {
		if err := errors.Join(after.Check(), audit.Check()); err != nil {
			return err
		}
		tenant, id := int64(after.Tenant), after.ID.String()
		var same bool
		if err := tx.row(ctx, `SELECT kind = ? AND options = ? FROM connection WHERE tenant = ? AND id = ?`,
			[]any{before.Kind, jsonObject(before.Options), tenant, id}, &same); err != nil {
			return noRows(err)
		}
		if !same {
			return store.ErrVersion
		}
		if _, err := tx.exec(ctx, `UPDATE connection SET kind = ?, options = ? WHERE tenant = ? AND id = ?`,
			after.Kind, jsonObject(after.Options), tenant, id); err != nil {
			return err
		}
		return tx.audit(ctx, tenant, store.ConnectionSubject, id, 0, audit, moved{})
	})
}

const connectionColumns = `c.id, c.tenant, c.name, c.kind, c.options, c.created`

// Connection returns the connection of that name.
func (s *Store) Connection(ctx context.Context, tenant store.TenantID, name string) (store.Connection, error) {
	var connection store.Connection
	var created int64
	err := s.one(ctx, "connection", `SELECT `+connectionColumns+` FROM connection c WHERE c.tenant = ? AND c.name = ?`, []any{int64(tenant), name},
		&connection.ID, &connection.Tenant, &connection.Name, &connection.Kind, &connection.Options, &created)
	connection.Created = instant(created)
	if err != nil {
		return store.Connection{}, err
	}
	return connection, nil
}

// Connections lists the connections of a tenant by name.
func (s *Store) Connections(ctx context.Context, tenant store.TenantID) ([]store.Connection, error) {
	var list []store.Connection
	err := s.read(ctx, "connections", func(tx *readTx) error {
		rows, err := tx.query(ctx, `SELECT `+connectionColumns+` FROM connection c WHERE c.tenant = ? ORDER BY c.name`, int64(tenant))
		return each(rows, err, func(rows *sql.Rows) error {
			var connection store.Connection
			var created int64
			err := rows.Scan(&connection.ID, &connection.Tenant, &connection.Name, &connection.Kind, &connection.Options, &created)
			connection.Created = instant(created)
			list = append(list, connection)
			return err
		})
	})
	return list, err
}
