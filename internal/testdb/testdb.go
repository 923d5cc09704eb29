// Package testdb owns the fresh databases that tests run on: on every store,
// migrated, and copied from one that was migrated once, because the migrations of
// a thousand tests take longer than the tests.
package testdb

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"rollcall/internal/testpg"
	"rollcall/store"
	"rollcall/store/postgres"
	"rollcall/store/sqlite"
)

// databases make a database on each store.
var databases = map[string]func(testing.TB) string{
	"sqlite":   func(tb testing.TB) string { tb.Helper(); return "sqlite:" + File(tb) },
	"postgres": Postgres,
}

// OnEach runs a test on every store, none is ever skipped. database makes a fresh
// one, as --database takes it, each time it is called.
func OnEach(t *testing.T, test func(t *testing.T, database func() string)) {
	t.Helper()
	for name, make := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, func() string { t.Helper(); return make(t) })
		})
	}
}

// OnEachStore runs a test on every store, opened on a fresh database as a server
// opens it, until the test ends.
func OnEachStore(t *testing.T, test func(t *testing.T, opened store.Store)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB) store.Store{
		"sqlite":   func(tb testing.TB) store.Store { tb.Helper(); return OpenSQLite(tb) },
		"postgres": func(tb testing.TB) store.Store { tb.Helper(); return OpenPostgres(tb) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// OpenSQLite opens a fresh file until the test ends.
func OpenSQLite(tb testing.TB) *sqlite.Store {
	tb.Helper()
	s, err := sqlite.Open(tb.Context(), File(tb), sqlite.Options{})
	return opened(tb, s, err)
}

// OpenPostgres opens a fresh database until the test ends.
func OpenPostgres(tb testing.TB) *postgres.Store {
	tb.Helper()
	s, err := postgres.Open(tb.Context(), Postgres(tb), postgres.Options{})
	return opened(tb, s, err)
}

func opened[S store.Store](tb testing.TB, s S, err error) S {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	// There is nothing left to migrate, but a store may look what it can use.
	if err := s.Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return s
}

const name = "rollcall.db"

// file is what a migrated SQLite file consists of.
var file = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "rollcall-testdb-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := sqlite.Open(context.Background(), filepath.Join(dir, name), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	if err := s.Migrate(context.Background()); err != nil {
		return nil, err
	}
	// The last one to close it leaves everything in the file itself.
	if err := s.Close(); err != nil {
		return nil, err
	}
	return fs.ReadFile(os.DirFS(dir), name)
})

// File makes a fresh SQLite file and returns its path.
func File(tb testing.TB) string {
	tb.Helper()
	content, err := file()
	if err != nil {
		tb.Fatalf("test database: %v", err)
	}
	path := filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		tb.Fatalf("test database: %v", err)
	}
	return path
}

// Postgres makes a fresh database and returns its URL. TestMain has to call
// testpg.Main.
func Postgres(tb testing.TB) string {
	tb.Helper()
	return testpg.Copy(tb, func(ctx context.Context, address string) error {
		s, err := postgres.Open(ctx, address, postgres.Options{})
		if err != nil {
			return err
		}
		defer func() { _ = s.Close() }()
		return s.Migrate(ctx)
	})
}
