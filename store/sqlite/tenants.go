package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"

	"rollcall/store"
)

// CreateTenant stores a tenant and returns it with its ID.
func (s *Store) CreateTenant(ctx context.Context, tenant store.Tenant, audit store.Audit) (store.Tenant, error) {
	err := s.write(ctx, "create tenant", func(tx *writeTx) error {
		if err := errors.Join(tenant.Check(), audit.Check()); err != nil {
			return err
		}
		var id int64
		err := tx.row(ctx, `INSERT INTO tenant (name, created) VALUES (?, ?) RETURNING id`, []any{tenant.Name, micros(tenant.Created)}, &id)
		if taken(err) {
			return &store.UniquenessError{Attribute: "name"}
		}
		if err != nil {
			return err
		}
		tenant.ID, tenant.Created = store.TenantID(id), instant(micros(tenant.Created))
		return tx.audit(ctx, id, store.TenantSubject, uuid.Nil.String(), 1, audit, moved{})
	})
	if err != nil {
		return store.Tenant{}, err
	}
	return tenant, nil
}

// Tenant returns the tenant of that name.
func (s *Store) Tenant(ctx context.Context, name string) (store.Tenant, error) {
	var id, created int64
	if err := s.one(ctx, "tenant", `SELECT id, created FROM tenant WHERE name = ?`, []any{name}, &id, &created); err != nil {
		return store.Tenant{}, err
	}
	return store.Tenant{ID: store.TenantID(id), Name: name, Created: instant(created)}, nil
}

// Tenants lists all tenants by name.
func (s *Store) Tenants(ctx context.Context) ([]store.Tenant, error) {
	var list []store.Tenant
	err := s.read(ctx, "tenants", func(tx *readTx) error {
		rows, err := tx.query(ctx, `SELECT id, name, created FROM tenant ORDER BY name`)
		return each(rows, err, func(rows *sql.Rows) error {
			var tenant store.Tenant
			var created int64
			err := rows.Scan(&tenant.ID, &tenant.Name, &created)
			tenant.Created = instant(created)
			list = append(list, tenant)
			return err
		})
	})
	return list, err
}
