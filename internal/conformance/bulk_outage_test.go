package conformance

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/internal/app"
	"rollcall/schemas"
	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

// failingStore is a real store whose commits fail from one on.
type failingStore struct {
	scim.Store
	commits, failFrom int
}

func (s *failingStore) Commit(ctx context.Context, changes []store.Change) ([]store.Committed, error) {
	if s.commits++; s.commits >= s.failFrom {
		return nil, &store.ChangeError{Err: store.ErrUnavailable}
	}
	return s.Store.Commit(ctx, changes)
}

// TestBulkTellsWhatWasDone: a database that goes away in the middle of a bulk
// request fails what is left of it, not what is committed.
func TestBulkTellsWhatWasDone(t *testing.T) {
	t.Parallel()
	opened, err := app.OpenStore(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "rollcall.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	if err := opened.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	tenant, err := opened.CreateTenant(t.Context(), store.Tenant{Name: "outage"}, store.Audit{})
	if err != nil {
		t.Fatal(err)
	}
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	bulk := func(failFrom int, names ...string) ([]scim.BulkResult, error) {
		var operations []string
		for _, name := range names {
			operations = append(operations, postUser(name+"-op", strings.TrimSuffix(name, "-again")))
		}
		provider := scim.New(scim.Options{Store: &failingStore{Store: opened, failFrom: failFrom}, Types: types})
		caller := &scim.Caller{Tenant: tenant.ID, Kind: "connection", ID: "test", Leniency: &schema.Leniency{}}
		return provider.Bulk(t.Context(), caller, strings.NewReader(bulkBody("", operations...)))
	}
	if _, err := bulk(1, "a", "b"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("nothing was committed, yet the request did not fail as one: %v", err)
	}
	// The first commit is refused for its second operation, the second one
	// commits the first operation, the third meets the outage.
	results, err := bulk(3, "a", "a-again", "b", "c")
	if err != nil || len(results) != 4 {
		t.Fatalf("%d results, %v", len(results), err)
	}
	if results[0].Status != 201 || results[0].Err != nil {
		t.Errorf("the operation that was committed: %+v", results[0])
	}
	for _, result := range results[2:] {
		if !errors.Is(result.Err, store.ErrUnavailable) {
			t.Errorf("an operation after the outage: %+v", result)
		}
	}
	results, err = bulk(100, "a", "b", "c")
	if err != nil || results[0].Err == nil || results[1].Status != 201 || results[2].Status != 201 {
		t.Errorf("sent again: %+v, %v", results, err)
	}
}
