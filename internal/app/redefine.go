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

// definitionInterval is how long a copy may go on after another one has
// redefined a resource type.
const definitionInterval = 10 * time.Second

// watchDefinitions looks from time to time whether another copy has redefined
// resource types. stop ends it.
func (s *server) watchDefinitions(ctx context.Context, opened store.Definitions, types *schema.Registry) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(definitionInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				s.lookForDefinitions(ctx, opened, types)
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// lookForDefinitions takes the copy out of rotation while the definitions that
// are saved are not its own. It goes on to answer, because to end it would let
// whatever restarts it redefine the types back.
func (s *server) lookForDefinitions(ctx context.Context, opened store.Definitions, types *schema.Registry) {
	saved, err := opened.Definitions(ctx)
	if err != nil {
		return // readiness asks the database itself
	}
	superseded := ""
	for _, one := range saved {
		if t, ok := types.Type(one.Type); ok && t.Name == one.Type && t.SupersededBy(one.Document) {
			superseded = one.Type
		}
	}
	if before := s.superseded.Swap(superseded != ""); !before && superseded != "" {
		s.logger.Error("another copy has redefined a resource type: stop this one", "type", superseded)
	}
}
