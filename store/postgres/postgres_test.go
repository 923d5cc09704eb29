package postgres_test

import (
	"os"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/internal/testpg"
	"rollcall/store"
	"rollcall/store/postgres"
	"rollcall/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(testpg.Main(m)) }

// open returns a migrated, empty store.
func open(tb testing.TB) store.Store { return openStore(tb) }

func openStore(tb testing.TB) *postgres.Store {
	tb.Helper()
	// A loaded machine is not a slow query; TestQueryTimeout shows the limit.
	s, err := postgres.Open(tb.Context(), testdb.Postgres(tb), postgres.Options{QueryTimeout: 5 * time.Minute})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	if err := s.Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, open)
}
