package admin

import (
	"context"

	"rollcall/store"
)

// CreateTenant stores a new tenant with the row that tells of it. Its name was
// checked. store.ErrUniqueness for one that another tenant has.
func CreateTenant(ctx context.Context, tenants store.Tenants, made store.Tenant, trail store.Audit) (store.Tenant, error) {
	trail.Action, trail.At = "tenant.create", made.Created
	return tenants.CreateTenant(ctx, made, trail)
}
