package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// crowdOfTokens makes tokens of two connections, the second of which has one:
// several of one time, every third for a user. It returns them in the order of lists.
func crowdOfTokens(f *fixture) []store.Token {
	f.t.Helper()
	var made []store.Token
	for n, name := range []string{"one", "two"} {
		if err := f.s.CreateConnection(f.ctx, f.connection(n+1, name), audit(1, "connection.create")); err != nil {
			f.t.Fatalf("CreateConnection: %v", err)
		}
	}
	for n := range 11 {
		token := store.Token{Prefix: fmt.Sprintf("p%02d", 20-n), Tenant: f.tenant, Connection: id(1), Hash: []byte{1}, Scopes: []string{"scim:read"}, Created: at(2 + n/4)}
		if n%3 == 0 {
			token.Subject = id(5)
		}
		if n == 6 {
			token.Connection = id(2)
		}
		made = append(made, token)
		if err := f.s.CreateToken(f.ctx, token, audit(2, "token.create")); err != nil {
			f.t.Fatalf("CreateToken: %v", err)
		}
	}
	slices.SortFunc(made, func(a, b store.Token) int { return comparePositions(a.Position(), b.Position()) })
	return made
}

func comparePositions(a, b store.TokenPosition) int {
	return slices.Compare([]string{a.Connection.String(), a.At.Format(time.RFC3339Nano), a.Prefix}, []string{b.Connection.String(), b.At.Format(time.RFC3339Nano), b.Prefix})
}

func prefixes(tokens []store.Token) (list []string) {
	for i := range tokens {
		list = append(list, tokens[i].Prefix)
	}
	return list
}

// tokenLists: a walk in pages of any size sees each token once and in order, in
// either direction, of one connection or of all.
func tokenLists(f *fixture) {
	made := crowdOfTokens(f)
	for _, connection := range []uuid.UUID{{}, id(1), id(2), id(3)} {
		for _, newest := range []bool{false, true} {
			want := slices.DeleteFunc(slices.Clone(made), func(t store.Token) bool { return connection != uuid.Nil && t.Connection != connection })
			if newest {
				slices.Reverse(want)
			}
			for limit := 1; limit <= len(made)+1; limit++ {
				search := store.TokenSearch{Tenant: f.tenant, Connection: connection, NewestFirst: newest, Limit: limit}
				if got := walkTokens(f, search); !slices.Equal(prefixes(got), prefixes(want)) {
					f.t.Errorf("%+v: %v, want %v", search, prefixes(got), prefixes(want))
				}
			}
		}
	}
	other := f.newTenant("other")
	for what, search := range map[string]store.TokenSearch{
		"another tenant": {Tenant: other, Limit: 10}, "another tenant's": {Tenant: other, Connection: id(1), Limit: 10},
		"no limit": {Tenant: f.tenant}, "a negative limit": {Tenant: f.tenant, Limit: -1},
	} {
		if page, err := f.s.Tokens(f.ctx, search); err != nil || len(page.Tokens) != 0 || page.More {
			f.t.Errorf("%s: %+v, %v", what, page, err)
		}
	}
	ofUser := slices.DeleteFunc(slices.Clone(made), func(t store.Token) bool { return t.Subject != id(5) })
	slices.SortFunc(ofUser, func(a, b store.Token) int {
		a.Connection, b.Connection = id(0), id(0)
		return comparePositions(b.Position(), a.Position())
	})
	for limit := -1; limit <= len(ofUser)+1; limit++ {
		got, err := f.s.TokensOf(f.ctx, f.tenant, id(5), limit)
		if want := ofUser[:min(max(limit, 0), len(ofUser))]; err != nil || !slices.Equal(prefixes(got), prefixes(want)) {
			f.t.Errorf("TokensOf up to %d: %v, %v, want %v", limit, prefixes(got), err, prefixes(want))
		}
	}
	for what, key := range map[string]store.Key{"nobody": {Tenant: f.tenant, ID: id(6)}, "another tenant": {Tenant: other, ID: id(5)}} {
		if got, err := f.s.TokensOf(f.ctx, key.Tenant, key.ID, 10); err != nil || len(got) != 0 {
			f.t.Errorf("TokensOf %s: %v, %v", what, prefixes(got), err)
		}
	}
}

// walkTokens reads all pages of a search.
func walkTokens(f *fixture, search store.TokenSearch) (all []store.Token) {
	f.t.Helper()
	for {
		page, err := f.s.Tokens(f.ctx, search)
		if err != nil || len(page.Tokens) > search.Limit || page.More && len(page.Tokens) < search.Limit {
			f.t.Fatalf("Tokens(%+v) = %d, more %v, %v", search, len(page.Tokens), page.More, err)
		}
		if all = append(all, page.Tokens...); !page.More {
			return all
		}
		search.After = all[len(all)-1].Position()
	}
}

// tokenUses: those that are revoked or expired do not work, counting ends where it
// was told to, and the last use is that of any token, also of one that ended.
func tokenUses(f *fixture) {
	made := crowdOfTokens(f) // 10 of the first connection, 1 of the second
	if err := f.s.CreateConnection(f.ctx, f.connection(3, "idle"), audit(1, "connection.create")); err != nil {
		f.t.Fatalf("CreateConnection: %v", err)
	}
	for n, expires := range []int{9, 10, 11} {
		token := store.Token{Prefix: fmt.Sprintf("e%d", n), Tenant: f.tenant, Connection: id(2), Hash: []byte{1}, Created: at(2), Expires: at(expires)}
		if err := f.s.CreateToken(f.ctx, token, audit(2, "token.create")); err != nil {
			f.t.Fatalf("CreateToken: %v", err)
		}
	}
	check := func(most int, want map[uuid.UUID]store.TokenUse) {
		f.t.Helper()
		got, err := f.s.TokenUses(f.ctx, f.tenant, at(10), most)
		if err != nil || len(got) != len(want) {
			f.t.Fatalf("TokenUses = %+v, %v, want %+v", got, err, want)
		}
		for connection, use := range want {
			if got := got[connection]; got.Working != use.Working || !got.LastUsed.Equal(use.LastUsed) {
				f.t.Errorf("up to %d, %s: %+v, want %+v", most, connection, got, use)
			}
		}
	}
	check(100, map[uuid.UUID]store.TokenUse{id(1): {Working: 10}, id(2): {Working: 2}, id(3): {}})
	check(4, map[uuid.UUID]store.TokenUse{id(1): {Working: 4}, id(2): {Working: 2}, id(3): {}})
	check(1, map[uuid.UUID]store.TokenUse{id(1): {Working: 1}, id(2): {Working: 1}, id(3): {}})
	check(-1, map[uuid.UUID]store.TokenUse{id(1): {}, id(2): {}, id(3): {}})
	if err := f.s.TouchTokens(f.ctx, map[string]time.Time{made[0].Prefix: at(7), made[1].Prefix: at(8), "e0": at(6)}); err != nil {
		f.t.Fatalf("TouchTokens: %v", err)
	}
	// An earlier use of another token does not move it back.
	if err := f.s.TouchTokens(f.ctx, map[string]time.Time{made[2].Prefix: at(5)}); err != nil {
		f.t.Fatalf("TouchTokens: %v", err)
	}
	if err := f.s.RevokeToken(f.ctx, f.tenant, made[1].Prefix, at(9), audit(9, "token.revoke")); err != nil {
		f.t.Fatalf("RevokeToken: %v", err)
	}
	check(100, map[uuid.UUID]store.TokenUse{id(1): {Working: 9, LastUsed: at(8)}, id(2): {Working: 2, LastUsed: at(6)}, id(3): {}})
	if uses, err := f.s.TokenUses(f.ctx, f.newTenant("other"), at(10), 100); err != nil || len(uses) != 0 {
		f.t.Errorf("TokenUses of another tenant: %+v, %v", uses, err)
	}
}
