package postgres

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const createTenantSQL = `WITH made AS (INSERT INTO tenant (name, created) VALUES ($1, $2) RETURNING id),
	noted AS (INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
		SELECT m.id, $3, $4, 1, $5, $6, $7, $8, $9, $10, $11 FROM made m)
	SELECT id FROM made`

// CreateTenant stores a tenant and returns it with its ID.
func (s *Store) CreateTenant(ctx context.Context, tenant store.Tenant, audit store.Audit) (store.Tenant, error) {
	if err := errors.Join(tenant.Check(), audit.Check()); err != nil {
		return store.Tenant{}, failure(ctx, "create tenant", err)
	}
	args := append([]any{tenant.Name, tenant.Created, store.TenantSubject, id(uuid.Nil)}, auditArgs(&audit)...)
	err := s.pool.QueryRow(ctx, createTenantSQL, args...).Scan((*int64)(&tenant.ID))
	if err != nil {
		return store.Tenant{}, failure(ctx, "create tenant", err)
	}
	tenant.Created = stored(tenant.Created)
	return tenant, nil
}

// Tenant returns the tenant of that name.
func (s *Store) Tenant(ctx context.Context, name string) (store.Tenant, error) {
	if !store.Storable(name) {
		return store.Tenant{}, failure(ctx, "get tenant", store.ErrNotFound)
	}
	tenant, err := scanTenant(s.pool.QueryRow(ctx, `SELECT id, name, created FROM tenant WHERE name = $1`, name))
	return tenant, failure(ctx, "get tenant", err)
}

// Tenants lists all tenants by name.
func (s *Store) Tenants(ctx context.Context) ([]store.Tenant, error) {
	return collect(ctx, s, "list tenants", scanTenant, `SELECT id, name, created FROM tenant ORDER BY name`)
}

func scanTenant(source pgx.Row) (store.Tenant, error) {
	var tenant store.Tenant
	var created pgtype.Timestamptz
	if err := source.Scan((*int64)(&tenant.ID), &tenant.Name, &created); err != nil {
		return store.Tenant{}, err
	}
	tenant.Created = instant(created)
	return tenant, nil
}
