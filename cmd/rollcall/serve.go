package main

import (
	"context"

	"rollcall/internal/app"
)

// serve serves.
type serve struct {
	app.Config `embed:""`
}

// Run implements the verb.
func (s *serve) Run(ctx context.Context, t terminal) error {
	return app.Run(ctx, s.Config, t.stdout, s.Logger(t.stderr))
}
