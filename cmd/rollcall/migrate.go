package main

import (
	"context"
	"errors"
	"fmt"

	"rollcall/internal/app"
	"rollcall/store"
)

// migrate migrates the database outside of a start, for indexes that take long.
type migrate struct {
	app.DatabaseConfig `embed:""`
	Check              bool `help:"Only check, and fail where migrations are missing."`
	JSON               bool `help:"Print JSON for scripts."`
}

// Run implements the verb.
func (m *migrate) Run(ctx context.Context, t terminal) error {
	open, step := app.OpenStore, store.Store.Migrate
	if m.Check {
		open, step = openExisting, store.Store.CheckSchema
	}
	opened, err := open(ctx, m.Database)
	if err != nil {
		return err
	}
	if err := errors.Join(step(opened, ctx), opened.Close()); err != nil {
		return app.WithoutSecrets(err, m.Database)
	}
	if m.JSON {
		return printJSON(t.stdout, map[string]bool{"current": true})
	}
	_, err = fmt.Fprintln(t.stdout, "The database fits this program.")
	return err
}
