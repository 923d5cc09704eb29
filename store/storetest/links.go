package storetest

import (
	"errors"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
)

func (f *fixture) linked(kind, hash string) (store.Key, store.Link) {
	f.t.Helper()
	key, link, err := f.s.LinkOf(f.ctx, f.tenant, kind, []byte(hash))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		f.t.Fatalf("LinkOf: %v", err)
	}
	return key, link
}

// links: a resource has one of a kind, and nobody else has the same.
func links(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2))
	link := func(n int, links ...store.Link) *store.Update {
		update := f.update(user, n, 30)
		update.Links = links
		return update
	}
	hash := func(text string) []byte { return []byte(text + "\x00\xff") }
	invite := store.Link{Kind: "invite", Hash: hash("a"), Expires: at(50)}
	done := f.commit(link(1, store.Link{Kind: "invite", Hash: hash("lost")}, invite, store.Link{Kind: "reset", Hash: hash("a"), Expires: at(60)}), link(2, store.Link{Kind: "invite", Hash: hash("b")}))
	if done[0].Changed || done[0].Version != 1 {
		f.t.Errorf("Committed = %+v", done[0])
	}
	key, got := f.linked("invite", string(hash("a")))
	if diff := cmp.Diff(invite, got); diff != "" || key != f.key(user, 1) {
		f.t.Errorf("LinkOf = %+v (-want +got):\n%s", key, diff)
	}
	for _, miss := range []struct{ kind, hash string }{{"invite", "lost"}, {"invite", "a"}, {"reset", "b"}, {"in\x00", "a"}, {"", ""}} {
		if key, _ := f.linked(miss.kind, miss.hash+"\x00\xff"); miss.hash != "a" && key != (store.Key{}) {
			f.t.Errorf("%+v is found: %+v", miss, key)
		}
	}
	f.refuse(store.ErrUniqueness, 0, link(2, invite))
	f.refuse(store.ErrInvalid, 0, link(2, store.Link{Kind: "\x00", Hash: hash("c")}))
	f.commit(link(1, store.Link{Kind: "invite", Hash: hash("c")}, store.Link{Kind: "reset"}, store.Link{Kind: "none"}))
	f.commit(link(2, store.Link{Kind: "reset", Hash: hash("a")}, invite))
	for hashed, want := range map[string]store.Key{"a": f.key(user, 2), "b": {}, "c": f.key(user, 1)} {
		if key, _ := f.linked("invite", string(hash(hashed))); key != want {
			f.t.Errorf("%s leads to %+v, want %+v", hashed, key, want)
		}
	}
	// They do not outlive the resource.
	f.commit(f.delete(user, 2, 40))
	if key, _ := f.linked("invite", string(hash("a"))); key != (store.Key{}) {
		f.t.Errorf("a departed resource is found by its link")
	}
	f.commit(link(1, invite))
}

// tokensRevoked: with the standing of a user go the tokens that act for it.
func tokensRevoked(f *fixture) {
	if err := f.s.CreateConnection(f.ctx, f.connection(1, "one"), audit(1, "connection.create")); err != nil {
		f.t.Fatalf("CreateConnection: %v", err)
	}
	f.commit(f.create(user, 5), f.create(user, 6), f.create(user, 7))
	for prefix, token := range map[string]store.Token{
		"five": {Subject: id(5)}, "old": {Subject: id(5), Revoked: at(2)}, "six": {Subject: id(6)}, "seven": {Subject: id(7)}, "plain": {},
	} {
		token.Prefix, token.Tenant, token.Connection, token.Hash, token.Created = prefix, f.tenant, id(1), []byte{1}, at(1)
		if err := f.s.CreateToken(f.ctx, token, audit(2, "token.create")); err != nil {
			f.t.Fatalf("CreateToken(%s): %v", prefix, err)
		}
	}
	revoke := f.update(user, 5, 9)
	revoke.RevokeTokens = true
	f.commit(revoke, f.delete(user, 6, 10))
	for prefix, want := range map[string]time.Time{"five": at(9), "old": at(2), "six": at(10), "seven": {}, "plain": {}} {
		if grant, err := f.s.Grant(f.ctx, prefix); err != nil || !grant.Token.Revoked.Equal(want) {
			f.t.Errorf("%s is revoked at %v, %v, want %v", prefix, grant.Token.Revoked, err, want)
		}
	}
	f.state(f.key(user, 5), 1, at(5))
}
