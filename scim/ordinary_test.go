package scim_test

import (
	"testing"

	"rollcall/internal/testdb"
	"rollcall/store"
)

// TestOrdinaryAccountsStoreNoFacts: a create renders no facts of an account that
// is like most, and no read decodes any (decision 0045).
func TestOrdinaryAccountsStoreNoFacts(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		for name, more := range map[string]string{"ada": `"title":"Dr"`, "eve": `"active":true`} {
			record, err := opened.Get(t.Context(), b.key(b.create(b.idp, name, more)), 0)
			if err != nil {
				t.Fatal(err)
			}
			if record.Facts.State != nil {
				t.Errorf("%s: %s", name, record.Facts.State)
			}
		}
	})
}
