package app

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"rollcall/schemas"
	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

// FindUser is scim.FindUser with the schemas of the server.
func FindUser(ctx context.Context, users scim.Users, tenant store.TenantID, text string) (uuid.UUID, error) {
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		return uuid.Nil, fmt.Errorf("schemas: %w", err)
	}
	return scim.FindUser(ctx, users, types, tenant, text)
}
