package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"rollcall/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	// migrationTable remembers what was applied.
	migrationTable = "rollcall_migration"
	// migrationLock is the key of the advisory lock that one copy holds while
	// it migrates: "rollcall" in bytes.
	migrationLock = 0x726f6c6c63616c6c
)

// Migrate applies what is missing, under a lock.
func (s *Store) Migrate(ctx context.Context) (err error) {
	lock, err := s.pool.Acquire(ctx)
	if err != nil {
		return failure(ctx, "migrate", err)
	}
	defer lock.Release()
	if _, err := lock.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return failure(ctx, "migrate: wait for lock", err)
	}
	defer func() {
		// The lock belongs to the session; a session that cannot give it back
		// is closed rather than pooled.
		if _, unlock := lock.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrationLock)); unlock != nil {
			_ = lock.Conn().Close(context.WithoutCancel(ctx))
		}
	}()
	if err := s.applyMigrations(ctx); err != nil {
		return err
	}
	return failure(ctx, "migrate", s.prepareSearch(ctx, lock))
}

func (s *Store) applyMigrations(ctx context.Context) error {
	provider, err := s.provider()
	if err != nil {
		return err
	}
	defer func() { _ = provider.Close() }()
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return failure(ctx, "migrate: read versions", err)
	}
	if current > target {
		return fmt.Errorf("migrate: version %d, known %d: %w", current, target, store.ErrNewerSchema)
	}
	if _, err := provider.Up(ctx); err != nil {
		return failure(ctx, "migrate", err)
	}
	return nil
}

func (s *Store) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	// A connection apart from the pool: that may have room for one only, which
	// holds the lock.
	db := stdlib.OpenDB(*s.pool.Config().ConnConfig)
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithTableName(migrationTable), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return provider, nil
}

// CheckSchema compares the database with the migrations in this program
// without changing anything.
func (s *Store) CheckSchema(ctx context.Context) error {
	var exists bool
	if err := s.pool.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", migrationTable).Scan(&exists); err != nil {
		return failure(ctx, "check schema", err)
	}
	var current int64
	if exists {
		const newest = "SELECT coalesce(max(version_id), 0) FROM " + migrationTable + " WHERE is_applied"
		if err := s.pool.QueryRow(ctx, newest).Scan(&current); err != nil {
			return failure(ctx, "check schema", err)
		}
	}
	target, err := newestMigration()
	switch {
	case err != nil:
		return err
	case current < target:
		return fmt.Errorf("check schema: version %d of %d: %w", current, target, store.ErrPendingMigrations)
	case current > target:
		return fmt.Errorf("check schema: version %d, known %d: %w", current, target, store.ErrNewerSchema)
	}
	return nil
}

// newestMigration is the highest number among the embedded migrations.
func newestMigration() (int64, error) {
	entries, err := migrations.ReadDir("migrations")
	if err != nil {
		return 0, fmt.Errorf("migrations: %w", err)
	}
	var newest int64
	for _, entry := range entries {
		number, err := goose.NumericComponent(entry.Name())
		if err != nil {
			return 0, fmt.Errorf("migrations: %w", err)
		}
		newest = max(newest, number)
	}
	return newest, nil
}
