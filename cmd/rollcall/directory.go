package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	osuser "os/user"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/app"
	"rollcall/internal/validation"
	"rollcall/scim"
	"rollcall/store"
)

// directory is what the verbs that look after tenants, connections and tokens
// share.
type directory struct {
	app.DatabaseConfig `embed:""`
	JSON               bool `help:"Print JSON for scripts."`
}

// open opens the database for one verb, which must close it.
func (d directory) open(ctx context.Context) (store.Store, error) {
	opened, err := openExisting(ctx, d.Database)
	if err != nil {
		return nil, err
	}
	if err := opened.CheckSchema(ctx); err != nil {
		if errors.Is(err, store.ErrPendingMigrations) {
			err = fmt.Errorf("%w: run rollcall migrate first", err)
		}
		return nil, errors.Join(app.WithoutSecrets(err, d.Database), opened.Close())
	}
	return opened, nil
}

// openExisting opens the database of a verb that does not migrate.
func openExisting(ctx context.Context, database string) (store.Store, error) {
	opened, err := app.OpenExisting(ctx, database)
	if errors.Is(err, app.ErrNoDatabase) {
		return nil, fmt.Errorf("%w: look at --database, or make it with rollcall migrate", err)
	}
	return opened, err
}

// with runs a verb on the open database.
func (d directory) with(ctx context.Context, verb func(store.Store) error) error {
	opened, err := d.open(ctx)
	if err != nil {
		return err
	}
	return app.WithoutSecrets(errors.Join(verb(opened), opened.Close()), d.Database)
}

// inTenant is directory for verbs that act in one tenant.
type inTenant struct {
	directory `embed:""`
	Tenant    string `default:"default" help:"Name of the tenant."`
}

func (d inTenant) with(ctx context.Context, verb func(store.Store, store.Tenant) error) error {
	return d.directory.with(ctx, func(s store.Store) error {
		found, err := s.Tenant(ctx, d.Tenant)
		if err != nil {
			return named("tenant", d.Tenant, err)
		}
		return verb(s, found)
	})
}

// named says what was looked for; the store only says that it failed.
func named(kind, name string, err error) error {
	var taken *validation.TakenError
	switch {
	case errors.As(err, &taken):
	case errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("%s %q does not exist", kind, name)
	case errors.Is(err, store.ErrUniqueness):
		return fmt.Errorf("%s %q exists already", kind, name)
	}
	return fmt.Errorf("%s %q: %w", kind, name, err)
}

// audit is the trail of a verb. It names the account that ran it.
func audit(at time.Time) store.Audit {
	actor := "unknown"
	if current, err := osuser.Current(); err == nil {
		actor = current.Username
	}
	return store.Audit{At: at, ActorKind: scim.KindCommand, ActorID: actor, RequestID: uuid.NewString()}
}

// now has the precision of the store.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func printJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// printTable writes rows under a heading, in columns.
func printTable(w io.Writer, heading []string, rows [][]string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{heading}, rows...) {
		if _, err := fmt.Fprintln(table, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return table.Flush()
}

func day(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.Format(time.RFC3339)
}
