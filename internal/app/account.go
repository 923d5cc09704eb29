package app

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"rollcall/scim"
	"rollcall/store"
)

// SchemasConfig says which documents there are beside those of the server.
type SchemasConfig struct {
	Schemas string `help:"Directory with further schema and resource type documents, as the server is started with." type:"path" placeholder:"DIR"`
}

// ProviderOf is a provider for one verb, with the resource types of the server.
// It refuses to work with other documents than the server: it would write
// resources without what it does not know of them.
func ProviderOf(ctx context.Context, opened store.Store, documents SchemasConfig) (*scim.Provider, error) {
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
	return scim.New(scim.Options{Store: opened, Types: types, Secrets: opened, Erase: erasing(opened)}), nil
}

// erasureStep is how many rows of the audit trail are looked at in one
// transaction.
const erasureStep = 500

// erasing takes what is personal out of the audit trail of a resource.
func erasing(keeper store.AuditKeeper) func(context.Context, store.Key) error {
	return func(ctx context.Context, key store.Key) error {
		erasure := store.AuditErasure{Subject: key, Before: time.Now().UTC(), Limit: erasureStep}
		for {
			step, err := keeper.EraseAudit(ctx, erasure)
			if err != nil || !step.More {
				return err
			}
			erasure.After = step.Next
		}
	}
}
