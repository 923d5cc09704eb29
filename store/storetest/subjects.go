package storetest

import (
	"errors"

	"github.com/google/uuid"

	"rollcall/store"
)

// tokenSubjects: a token keeps the user that it acts for, whatever becomes of
// the user, and one without stays without.
func tokenSubjects(f *fixture) {
	if err := f.s.CreateConnection(f.ctx, f.connection(1, "one"), audit(1, "connection.create")); err != nil {
		f.t.Fatalf("CreateConnection: %v", err)
	}
	f.commit(f.create(user, 5))
	want := map[string]uuid.UUID{"self": id(5), "plain": uuid.Nil, "nobody": id(99)}
	for _, prefix := range []string{"self", "plain", "nobody"} {
		token := store.Token{Prefix: prefix, Tenant: f.tenant, Connection: id(1), Hash: []byte{1}, Scopes: []string{"scim:read"}, Subject: want[prefix], Created: at(2)}
		if err := f.s.CreateToken(f.ctx, token, audit(2, "token.create")); err != nil {
			f.t.Fatalf("CreateToken(%s): %v", prefix, err)
		}
	}
	check := func() {
		f.t.Helper()
		for prefix, subject := range want {
			grant, err := f.s.Grant(f.ctx, prefix)
			if err != nil || grant.Token.Subject != subject {
				f.t.Errorf("Grant(%s): subject %s, %v, want %s", prefix, grant.Token.Subject, err, subject)
			}
		}
		list, err := f.s.Tokens(f.ctx, store.TokenSearch{Tenant: f.tenant, Connection: id(1), Limit: 10})
		if err != nil || len(list.Tokens) != len(want) {
			f.t.Fatalf("Tokens = %+v, %v", list, err)
		}
		for _, token := range list.Tokens {
			if token.Subject != want[token.Prefix] {
				f.t.Errorf("Tokens: %s has the subject %s, want %s", token.Prefix, token.Subject, want[token.Prefix])
			}
		}
	}
	check()
	f.commit(f.delete(user, 5, 3))
	if err := f.s.RevokeToken(f.ctx, f.tenant, "self", at(4), audit(4, "token.revoke")); err != nil {
		f.t.Errorf("RevokeToken of a deleted user: %v", err)
	}
	check()
	if _, err := f.s.Grant(f.ctx, id(5).String()); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("Grant by a subject: %v", err)
	}
}
