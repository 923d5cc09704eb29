package sqlite_test

import (
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/store"
	"rollcall/store/sqlite"
	"rollcall/store/storetest"
)

// open returns a store on a file; the test closes it.
func open(tb testing.TB, path string) *sqlite.Store {
	tb.Helper()
	// The race detector makes a query of many terms take longer than the ten
	// seconds that a server allows; TestQueryTimeout shows that limit.
	s, err := sqlite.Open(tb.Context(), path, sqlite.Options{QueryTimeout: 5 * time.Minute})
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return s
}

func migrated(tb testing.TB, path string) *sqlite.Store {
	tb.Helper()
	s := open(tb, path)
	if err := s.Migrate(tb.Context()); err != nil {
		tb.Fatalf("Migrate: %v", err)
	}
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(tb testing.TB) store.Store {
		return open(tb, testdb.File(tb))
	})
}
