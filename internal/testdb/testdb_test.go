package testdb_test

import (
	"os"
	"testing"

	"rollcall/internal/testdb"
	"rollcall/internal/testpg"
	"rollcall/store"
)

func TestMain(m *testing.M) { os.Exit(testpg.Main(m)) }

// TestOnEachStore: each database has the schema of today, and nothing of another.
func TestOnEachStore(t *testing.T) {
	t.Parallel()
	for range 2 {
		testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
			if err := opened.CheckSchema(t.Context()); err != nil {
				t.Error(err)
			}
			if limits, err := opened.Limitations(t.Context()); err != nil || len(limits) > 0 {
				t.Errorf("limitations %v, %v", limits, err)
			}
			if _, err := opened.CreateTenant(t.Context(), store.Tenant{Name: "acme"}, store.Audit{}); err != nil {
				t.Errorf("somebody was here: %v", err)
			}
		})
	}
}
