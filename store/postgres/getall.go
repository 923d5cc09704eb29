package postgres

import (
	"context"
	"errors"

	"rollcall/store"
)

// GetAll returns those of the resources that exist.
func (s *Store) GetAll(context.Context, []store.Key, store.Relations) ([]store.Record, error) {
	return nil, errors.ErrUnsupported
}
