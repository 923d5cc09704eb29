package storetest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rollcall/store"
)

func tenants(f *fixture) {
	want := []store.Tenant{}
	for i, name := range []string{"zeta", "a-b", "alpha", "10"} {
		made, err := f.s.CreateTenant(f.ctx, store.Tenant{Name: name, Created: at(i)}, audit(i, "tenant.create"))
		if err != nil {
			f.t.Fatalf("CreateTenant: %v", err)
		}
		if made.ID == 0 || made.Name != name {
			f.t.Errorf("CreateTenant = %+v", made)
		}
		got, err := f.s.Tenant(f.ctx, name)
		if err != nil {
			f.t.Fatalf("Tenant: %v", err)
		}
		if diff := cmp.Diff(store.Tenant{ID: made.ID, Name: name, Created: at(i)}, got); diff != "" {
			f.t.Errorf("tenant (-want +got):\n%s", diff)
		}
		want = append(want, got)
	}
	if _, err := f.s.CreateTenant(f.ctx, store.Tenant{Name: "alpha", Created: at(9)}, audit(9, "tenant.create")); !errors.Is(err, store.ErrUniqueness) {
		f.t.Errorf("second tenant of a name: %v", err)
	}
	if _, err := f.s.Tenant(f.ctx, "Alpha"); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("Tenant: %v", err)
	}
	main, err := f.s.Tenant(f.ctx, "main")
	if err != nil || main.ID != f.tenant {
		f.t.Errorf("Tenant = %+v, %v", main, err)
	}
	all, err := f.s.Tenants(f.ctx)
	if err != nil {
		f.t.Fatalf("Tenants: %v", err)
	}
	ordered := []store.Tenant{want[3], want[1], want[2], main, want[0]}
	if diff := cmp.Diff(ordered, all); diff != "" {
		f.t.Errorf("tenants (-want +got):\n%s", diff)
	}
}

func (f *fixture) connection(n int, name string) store.Connection {
	return store.Connection{ID: id(n), Tenant: f.tenant, Name: name, Kind: "generic", Options: []byte(`{"a": ["é", 1.5]}`), Created: at(n)}
}

func (f *fixture) sameConnection(want, got store.Connection) {
	f.t.Helper()
	if want.Options == nil {
		want.Options = []byte(`{}`)
	}
	sameJSON(f.t, "Options", want.Options, got.Options)
	want.Options, got.Options = nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		f.t.Errorf("connection (-want +got):\n%s", diff)
	}
}

// changedAtOnce has many make the same change of the same connection: one does.
func (f *fixture) changedAtOnce(before, after store.Connection) {
	f.t.Helper()
	var wait sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wait.Go(func() { errs[i] = f.s.UpdateConnection(f.ctx, before, after, audit(3, "connection.update")) })
	}
	wait.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
			continue
		}
		f.is("at once", err, store.ErrVersion)
	}
	rows, err := f.s.AuditOf(f.ctx, store.Key{Tenant: after.Tenant, Type: store.ConnectionSubject, ID: after.ID}, 10)
	if done != 1 || err != nil || len(rows) != 2 {
		f.t.Errorf("of changes at once %d were made, with %d rows, %v", done, len(rows), err)
	}
}

func connections(f *fixture) {
	other := f.in(f.newTenant("other"))
	entra, okta := f.connection(1, "entra"), f.connection(2, "Okta")
	okta.Options = nil
	foreign := other.connection(3, "entra")
	for _, one := range []store.Connection{entra, okta, foreign} {
		if err := f.s.CreateConnection(f.ctx, one, audit(1, "connection.create")); err != nil {
			f.t.Fatalf("CreateConnection: %v", err)
		}
		got, err := f.s.Connection(f.ctx, one.Tenant, one.Name)
		if err != nil {
			f.t.Fatalf("Connection: %v", err)
		}
		f.sameConnection(one, got)
	}
	if err := f.s.CreateConnection(f.ctx, f.connection(4, "entra"), audit(2, "connection.create")); !errors.Is(err, store.ErrUniqueness) {
		f.t.Errorf("second connection of a name: %v", err)
	}
	if _, err := f.s.Connection(f.ctx, other.tenant, "Okta"); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("Connection of another tenant: %v", err)
	}
	was := entra
	entra.Kind, entra.Options = "entra", []byte(`{"b":null}`)
	f.changedAtOnce(was, entra)
	f.is("as it was before", f.s.UpdateConnection(f.ctx, was, entra, audit(3, "connection.update")), store.ErrVersion)
	otherwise := entra
	otherwise.Kind = "okta"
	f.is("of another kind", f.s.UpdateConnection(f.ctx, otherwise, was, audit(3, "connection.update")), store.ErrVersion)
	for why, gone := range map[string]store.Connection{"over tenants": f.connection(3, "entra"), "nothing": f.connection(99, "x")} {
		f.is(why, f.s.UpdateConnection(f.ctx, gone, gone, audit(3, "connection.update")), store.ErrNotFound)
	}
	all, err := f.s.Connections(f.ctx, f.tenant)
	if err != nil || len(all) != 2 {
		f.t.Fatalf("Connections = %+v, %v", all, err)
	}
	f.sameConnection(okta, all[0]) // byte order
	f.sameConnection(entra, all[1])
	got, err := f.s.Connection(f.ctx, other.tenant, "entra")
	if err != nil {
		f.t.Fatalf("Connection: %v", err)
	}
	f.sameConnection(foreign, got)
}

func tokens(f *fixture) {
	other := f.in(f.newTenant("other"))
	connection := f.connection(1, "one")
	if err := f.s.CreateConnection(f.ctx, connection, audit(1, "connection.create")); err != nil {
		f.t.Fatalf("CreateConnection: %v", err)
	}
	token := func(prefix string, n int) store.Token {
		return store.Token{
			Prefix: prefix, Tenant: f.tenant, Connection: id(1), Hash: []byte{0, 255, byte(n), '\''}, Scopes: []string{"scim:read", "scim:write"}, Created: at(n),
		}
	}
	b, a := token("b", 1), token("a", 2)
	a.Expires = store.Forever
	a.Scopes = nil
	for _, one := range []store.Token{b, a} {
		if err := f.s.CreateToken(f.ctx, one, audit(2, "token.create")); err != nil {
			f.t.Fatalf("CreateToken: %v", err)
		}
	}
	if err := f.s.CreateToken(f.ctx, token("a", 3), audit(3, "token.create")); !errors.Is(err, store.ErrUniqueness) {
		f.t.Errorf("second token of a prefix: %v", err)
	}
	astray := token("c", 3)
	astray.Tenant = other.tenant
	if err := f.s.CreateToken(f.ctx, astray, audit(3, "token.create")); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("token of a connection in another tenant: %v", err)
	}
	astray.Tenant, astray.Connection = f.tenant, id(99)
	if err := f.s.CreateToken(f.ctx, astray, audit(3, "token.create")); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("token of no connection: %v", err)
	}
	same := func(want, got store.Token) {
		f.t.Helper()
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			f.t.Errorf("token (-want +got):\n%s", diff)
		}
	}
	grant := func(want store.Token) {
		f.t.Helper()
		got, err := f.s.Grant(f.ctx, want.Prefix)
		if err != nil {
			f.t.Fatalf("Grant: %v", err)
		}
		same(want, got.Token)
		f.sameConnection(connection, got.Connection)
		if got.Tenant.ID != f.tenant || got.Tenant.Name != "main" || !got.Tenant.Created.Equal(at(0)) {
			f.t.Errorf("tenant of the grant = %+v", got.Tenant)
		}
	}
	grant(a)
	grant(b)
	for _, prefix := range []string{"", "A", "c", "a "} {
		if _, err := f.s.Grant(f.ctx, prefix); !errors.Is(err, store.ErrNotFound) {
			f.t.Errorf("Grant(%q): %v", prefix, err)
		}
	}

	touch := func(used map[string]time.Time) {
		f.t.Helper()
		if err := f.s.TouchTokens(f.ctx, used); err != nil {
			f.t.Fatalf("TouchTokens: %v", err)
		}
	}
	touch(nil)
	touch(map[string]time.Time{"a": at(10), "unknown": at(11)})
	a.LastUsed = at(10)
	grant(a)
	grant(b)
	touch(map[string]time.Time{"a": at(9), "b": at(9)})
	b.LastUsed = at(9)
	grant(a)
	grant(b)
	touch(map[string]time.Time{"a": at(12)})
	a.LastUsed = at(12)
	grant(a)

	revoke := func(tenant store.TenantID, prefix string, n int) error {
		return f.s.RevokeToken(f.ctx, tenant, prefix, at(n), audit(n, "token.revoke"))
	}
	if err := revoke(f.tenant, "a", 20); err != nil {
		f.t.Fatalf("RevokeToken: %v", err)
	}
	if err := revoke(f.tenant, "a", 21); err != nil {
		f.t.Errorf("second RevokeToken: %v", err)
	}
	a.Revoked = at(20)
	grant(a)
	grant(b)
	for _, err := range []error{revoke(f.tenant, "c", 22), revoke(other.tenant, "b", 22)} {
		if !errors.Is(err, store.ErrNotFound) {
			f.t.Errorf("RevokeToken: %v", err)
		}
	}
	grant(b)

	list, err := f.s.Tokens(f.ctx, store.TokenSearch{Tenant: f.tenant, Connection: id(1), Limit: 10})
	if err != nil || len(list.Tokens) != 2 {
		f.t.Fatalf("Tokens = %+v, %v", list, err)
	}
	same(b, list.Tokens[0])
	same(a, list.Tokens[1])
	if list, err := f.s.Tokens(f.ctx, store.TokenSearch{Tenant: other.tenant, Connection: id(1), Limit: 10}); err != nil || len(list.Tokens) != 0 {
		f.t.Errorf("Tokens of another tenant = %+v, %v", list, err)
	}
	many := map[string]time.Time{}
	for n := range 500 {
		many[fmt.Sprintf("u%d", n)] = at(n)
	}
	many["b"] = at(40)
	touch(many)
	b.LastUsed = at(40)
	grant(b)
}
