package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"

	"github.com/pressly/goose/v3"

	"rollcall/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// patience is how often Migrate tries again without getting on: another
// process may be in the way of making the list of versions, and of each
// migration.
const patience = 3

// Migrate applies what is missing. Each migration with its entry in the list
// of versions is one immediate transaction, which SQLite lets only one process
// have. Who comes second fails on what exists by then, changes nothing, and
// looks again.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.enter(); err != nil {
		return wrap(ctx, "migrate", err)
	}
	defer s.running.Done()
	if err := s.writer.lock(ctx); err != nil {
		return wrap(ctx, "migrate", err)
	}
	defer s.writer.unlock()
	return wrap(ctx, "migrate", migrate(ctx, s.writer.dsn))
}

// migrate works on a connection of its own, which goose takes and gives back
// as it likes.
func migrate(ctx context.Context, dsn string) (err error) {
	db, err := sql.Open("sqlite", dsn+"&_txlock=immediate")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	provider, err := newProvider(db)
	if err != nil {
		return err
	}
	latest := latestVersion(provider)
	last, failures := int64(-1), 0
	for {
		version, err := schemaVersion(ctx, db)
		switch {
		case err != nil:
			return err
		case version > latest:
			return store.ErrNewerSchema
		case version == latest:
			return nil
		case version > last:
			last, failures = version, 0
		}
		if _, err = provider.Up(ctx); err != nil {
			if failures++; failures > patience || ctx.Err() != nil {
				return err
			}
		}
	}
}

func newProvider(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
}

func latestVersion(provider *goose.Provider) int64 {
	latest := int64(0)
	for _, source := range provider.ListSources() {
		latest = max(latest, source.Version)
	}
	return latest
}

// schemaVersion reads the newest migration that was applied, 0 for none. It
// asks SQLite itself, because goose would make its table to look into it.
func schemaVersion(ctx context.Context, db *sql.DB) (int64, error) {
	var exists bool
	err := db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'goose_db_version')`).Scan(&exists)
	if err != nil || !exists {
		return 0, err
	}
	var version int64
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	return version, err
}

// CheckSchema tells whether the database fits this program.
func (s *Store) CheckSchema(ctx context.Context) error {
	if err := s.enter(); err != nil {
		return wrap(ctx, "check schema", err)
	}
	defer s.running.Done()
	provider, err := newProvider(s.reader.db)
	if err != nil {
		return wrap(ctx, "check schema", err)
	}
	version, err := schemaVersion(ctx, s.reader.db)
	latest := latestVersion(provider)
	switch {
	case err == nil && version > latest:
		err = store.ErrNewerSchema
	case err == nil && version < latest:
		err = store.ErrPendingMigrations
	}
	return wrap(ctx, "check schema", err)
}
