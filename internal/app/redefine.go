package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

// redefine holds what is stored against the resource types before they are
// served.
func (c *Config) redefine(ctx context.Context, opened store.Definitions, types *schema.Registry, logger *slog.Logger) error {
	redefinition := scim.Redefinition{Store: opened, Types: types, Now: time.Now().UTC(), Log: logger.Info}
	err := patiently(ctx, databaseWait, redefinition.Run, func(err error) {
		logger.Warn("waiting for the database to redefine resource types", "error", WithoutSecrets(err, c.Database))
	})
	if err != nil {
		return fmt.Errorf("schemas: %w", err)
	}
	return nil
}
