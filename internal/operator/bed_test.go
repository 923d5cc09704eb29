package operator_test

import (
	"os"
	"testing"
	"time"

	"rollcall/internal/operator"
	"rollcall/internal/testdb"
	"rollcall/internal/testpg"
	"rollcall/store"
)

func TestMain(m *testing.M) { os.Exit(testpg.Main(m)) }

// bed is a service on a store of its own, with a clock that tests turn.
type bed struct {
	*operator.Service
	t      *testing.T
	store  store.Store
	tenant store.TenantID
	now    time.Time
}

// onEachStore runs a test on a fresh database of every kind.
func onEachStore(t *testing.T, test func(t *testing.T, b *bed)) {
	t.Helper()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		t.Helper()
		test(t, newBed(t, opened))
	})
}

func newBed(t *testing.T, opened store.Store) *bed {
	t.Helper()
	b := &bed{t: t, store: opened, now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	tenant, err := opened.CreateTenant(t.Context(), store.Tenant{Name: "main", Created: b.now}, b.trail())
	if err != nil {
		t.Fatal(err)
	}
	b.tenant = tenant.ID
	b.Service = operator.New(opened, func() time.Time { return b.now })
	return b
}

func (b *bed) trail() store.Audit {
	return store.Audit{At: b.now, ActorKind: "system", ActorID: "test", Action: "test"}
}

// operator makes one.
func (b *bed) operator(name string) store.Operator {
	b.t.Helper()
	made, err := b.Create(b.t.Context(), b.tenant, operator.Draft{Name: name, Role: "admin"}, b.trail())
	if err != nil {
		b.t.Fatal(err)
	}
	return made
}

// link makes a link for an operator.
func (b *bed) link(of store.Operator) string {
	b.t.Helper()
	secret, _, err := b.Link(b.t.Context(), of, b.trail())
	if err != nil {
		b.t.Fatal(err)
	}
	return secret
}
