package sqlite

import "context"

// Limitations has nothing to say: a file has all that this package uses.
func (*Store) Limitations(context.Context) ([]string, error) { return nil, nil }
