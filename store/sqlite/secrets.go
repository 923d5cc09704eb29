package sqlite

import (
	"context"
	"errors"
)

// Secret returns the secret of that name.
func (s *Store) Secret(context.Context, string, []byte) ([]byte, error) {
	return nil, errors.ErrUnsupported
}
