package postgres

import (
	"context"
	"errors"

	"rollcall/store"
)

// Definitions lists the stored definitions of resource types.
func (s *Store) Definitions(context.Context) ([]store.Definition, error) {
	return nil, errors.ErrUnsupported
}

// SaveDefinitions stores definitions of resource types.
func (s *Store) SaveDefinitions(context.Context, []store.Definition) error {
	return errors.ErrUnsupported
}

// DropDefinition removes the definition of a type.
func (s *Store) DropDefinition(context.Context, string) error {
	return errors.ErrUnsupported
}

// Scan returns resources of a type by tenant and id.
func (s *Store) Scan(context.Context, string, store.Key, int) ([]store.Record, error) {
	return nil, errors.ErrUnsupported
}

// Reindex replaces what follows from the documents of resources.
func (s *Store) Reindex(context.Context, []store.Reindexed) error {
	return errors.ErrUnsupported
}
