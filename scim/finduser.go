package scim

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Users is what FindUser needs of a store.
type Users interface {
	Get(ctx context.Context, key store.Key, with store.Relations) (store.Record, error)
	Query(ctx context.Context, query store.Query) (store.Page, error)
}

// ErrAmbiguous says that a text stands for several users.
var ErrAmbiguous = fault.Plain(409, "it is the id of one user and the userName of another, or a userName that several deprovisioned users had; give the id")

// FindUser finds the user of a tenant by id or by userName, compared as queries
// compare it. store.ErrNotFound when there is none. A text that is the id of one
// user and the userName of another is refused: a userName can be chosen so that
// it is taken for somebody else.
func FindUser(ctx context.Context, users Users, types *schema.Registry, tenant store.TenantID, text string) (uuid.UUID, error) {
	byName, err := userNamed(ctx, users, types, tenant, text)
	if err != nil {
		return uuid.Nil, err
	}
	id, ok := store.ParseID(text)
	if ok {
		_, err = users.Get(ctx, store.Key{Tenant: tenant, Type: UserType, ID: id}, 0)
		ok = err == nil
	}
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return uuid.Nil, err
	case ok && byName != uuid.Nil && byName != id:
		return uuid.Nil, ErrAmbiguous
	case ok:
		return id, nil
	case byName != uuid.Nil:
		return byName, nil
	}
	return uuid.Nil, store.ErrNotFound
}

// userNamed returns the zero id where nobody has the name.
func userNamed(ctx context.Context, users Users, types *schema.Registry, tenant store.TenantID, name string) (uuid.UUID, error) {
	user, ok := types.Type(UserType)
	if !ok || user.Naming == nil {
		return uuid.Nil, nil
	}
	page, err := users.Query(ctx, store.Query{Tenant: tenant, Limit: 1, Types: []store.TypeQuery{{
		Type: user.Name, Where: store.CompareColumn{Column: store.ColumnName, Op: store.Equal, Value: user.Naming.Fold(name)},
	}}})
	if errors.Is(err, store.ErrInvalid) || err == nil && len(page.Records) == 0 {
		return uuid.Nil, nil
	}
	if err != nil {
		return uuid.Nil, err
	}
	return page.Records[0].ID, nil
}
