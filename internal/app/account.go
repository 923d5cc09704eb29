package app

import (
	"bytes"
	"context"
	"fmt"

	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

// SchemasConfig says which documents there are beside those of the server.
type SchemasConfig struct {
	Schemas string `help:"Directory with further schema and resource type documents, as the server is started with." type:"path" placeholder:"DIR"`
}

// ProviderOf is a provider for one verb, with the resource types of the server.
func ProviderOf(ctx context.Context, opened store.Store, documents SchemasConfig) (*scim.Provider, error) {
	types, err := TypesOf(ctx, opened, documents)
	if err != nil {
		return nil, err
	}
	return scim.New(scim.Options{Store: opened, Types: types, Secrets: opened}), nil
}

// TypesOf are the resource types of the server, for one verb. It refuses to work
// with other documents than the server: it would write resources without what it
// does not know of them.
func TypesOf(ctx context.Context, opened store.Definitions, documents SchemasConfig) (*schema.Registry, error) {
	types, err := (&Config{Schemas: documents.Schemas}).types()
	if err != nil {
		return nil, err
	}
	saved, err := opened.Definitions(ctx)
	if err != nil {
		return nil, fmt.Errorf("read definitions: %w", err)
	}
	for _, one := range saved {
		if t, ok := types.Type(one.Type); ok && !bytes.Equal(one.Document, t.Definition()) {
			return nil, fmt.Errorf("the server has another definition of the resource type %s: give --schemas as the server has it", one.Type)
		}
	}
	return types, nil
}
