package auth

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
)

func issue(t *testing.T, s *fakeStore, expires time.Time) (string, store.Token) {
	t.Helper()
	text, token, err := Issue(t.Context(), s, Request{
		Connection: s.connections["default"]["default"], Scopes: ScopesOf(ScopeSCIMRead, ScopeSCIMWrite), Expires: expires,
	})
	if err != nil {
		t.Fatal(err)
	}
	return text, token
}

func TestIssue(t *testing.T) {
	t.Parallel()
	t.Run("SEC-08 tokens cannot be guessed", func(t *testing.T) {
		s := newFakeStore()
		text, token := issue(t, s, time.Time{})
		prefix, secret, ok := splitToken(text)
		if !ok || prefix != token.Prefix || len(prefix) != 12 || len(secret) != 43 {
			t.Errorf("token has not the announced form: %d bytes, %v", len(text), ok)
		}
		if strings.Contains(fmt.Sprintf("%+v", s.tokens), secret) {
			t.Error("the secret is stored")
		}
		if diff := cmp.Diff([]string{"scim:read", "scim:write"}, token.Scopes); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAuthorizationHeader(t *testing.T) {
	t.Parallel()
	s := newFakeStore()
	a := newAuthenticator(t, Options{Store: s})
	text, token := issue(t, s, time.Time{})
	prefix, secret, _ := splitToken(text)
	flipped := "A"
	if strings.HasSuffix(secret, "A") {
		flipped = "E"
	}
	tests := []struct {
		name, header string
		want         error
	}{
		{"good", "Bearer " + text, nil},
		{"scheme ignores case", "bEARER " + text, nil},
		{"spaces", "  Bearer   " + text + " ", nil},
		{"absent", "", ErrNoCredentials},
		{"basic", "Basic dXNlcjpwYXNz", ErrNoCredentials},
		{"token alone", text, ErrNoCredentials},
		{"empty token", "Bearer", ErrInvalidToken},
		{"junk", "Bearer junk", ErrInvalidToken},
		{"two tokens", "Bearer " + text + " " + text, ErrInvalidToken},
		{"other secret", "Bearer " + text[:len(text)-1] + flipped, ErrInvalidToken},
		{"shorter", "Bearer " + text[:len(text)-1], ErrInvalidToken},
		{"unknown prefix", "Bearer rc_aaaaaaaaaaaa_" + secret, ErrInvalidToken},
		{"prefix out of the alphabet", "Bearer rc_AAAAAAAAAAA0_" + secret, ErrInvalidToken},
		{"prefix alone", "Bearer rc_" + prefix + "_", ErrInvalidToken},
		{"NUL", "Bearer " + text + "\x00", ErrInvalidToken},
		{"very long", "Bearer " + strings.Repeat("a", 1<<20), ErrInvalidToken},
		{"JWT without JWT configured", "Bearer eyJhbGciOiJub25lIn0.e30.", ErrInvalidToken},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for range 2 { // the second time from the cache
				identity, err := a.Authenticate(t.Context(), test.header)
				if !errors.Is(err, test.want) {
					t.Fatalf("error %v, want %v", err, test.want)
				}
				if err == nil && (identity.Subject != token.Prefix || !identity.Has(ScopeSCIMRead) || identity.Has(ScopeAdminRead)) {
					t.Errorf("identity %+v", identity)
				}
			}
		})
	}
}

func TestRevocationIsFeltWithinTenSeconds(t *testing.T) {
	t.Parallel()
	s, c := newFakeStore(), newClock()
	a := newAuthenticator(t, Options{Store: s, Now: c.Now})
	text, token := issue(t, s, time.Time{})
	for range 100 {
		if _, err := a.Authenticate(t.Context(), "Bearer "+text); err != nil {
			t.Fatal(err)
		}
	}
	if s.grants != 1 {
		t.Errorf("%d look-ups for 100 requests", s.grants)
	}
	s.revoke(token.Prefix)
	c.advance(cacheFor)
	if _, err := a.Authenticate(t.Context(), "Bearer "+text); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("revoked token: %v", err)
	}
}

func TestExpiryIsCheckedOnEveryRequest(t *testing.T) {
	t.Parallel()
	t.Run("SEC-06,08 tokens end", func(t *testing.T) {
		s, c := newFakeStore(), newClock()
		a := newAuthenticator(t, Options{Store: s, Now: c.Now})
		text, _ := issue(t, s, c.Now().Add(3*time.Second))
		c.advance(2 * time.Second)
		if _, err := a.Authenticate(t.Context(), "Bearer "+text); err != nil {
			t.Fatal(err)
		}
		c.advance(time.Second)
		for range 2 {
			if _, err := a.Authenticate(t.Context(), "Bearer "+text); !errors.Is(err, ErrInvalidToken) {
				t.Errorf("expired token: %v", err)
			}
			c.advance(cacheFor)
		}
	})
}

func TestStoreOutageIsNotRemembered(t *testing.T) {
	t.Parallel()
	s := newFakeStore()
	a := newAuthenticator(t, Options{Store: s, Bootstrap: "0123456789abcdef"})
	text, _ := issue(t, s, time.Time{})
	s.err = fmt.Errorf("connect: %w", store.ErrUnavailable)
	for _, token := range []string{text, "0123456789abcdef"} {
		if _, err := a.Authenticate(t.Context(), "Bearer "+token); !errors.Is(err, store.ErrUnavailable) || errors.Is(err, ErrInvalidToken) {
			t.Errorf("store is away: %v", err)
		}
	}
	s.err = nil
	for _, token := range []string{text, "0123456789abcdef"} {
		if _, err := a.Authenticate(t.Context(), "Bearer "+token); err != nil {
			t.Errorf("store is back: %v", err)
		}
	}
}

func TestBootstrapToken(t *testing.T) {
	t.Parallel()
	s := newFakeStore()
	const secret = "a-long-bootstrap-secret"
	a := newAuthenticator(t, Options{Store: s, Bootstrap: secret})
	identity, err := a.Authenticate(t.Context(), "Bearer "+secret)
	if err != nil {
		t.Fatal(err)
	}
	if identity.Scopes != AllScopes() || identity.Tenant.Name != DefaultTenant || identity.Connection.Name != DefaultConnection || identity.Subject != BootstrapSubject {
		t.Errorf("identity %+v", identity)
	}
	if _, err := a.Authenticate(t.Context(), "Bearer "+secret+"x"); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("longer token: %v", err)
	}
	a.Close()
	if len(s.touched)+len(s.tokens) != 0 {
		t.Error("the bootstrap token left something in the store")
	}
	for _, bad := range []string{"short", "fifteen bytes..", "with a space in it", "with\na line end in it"} {
		_, err := NewAuthenticator(Options{Store: s, Bootstrap: bad})
		if err == nil {
			t.Errorf("bootstrap token %q is accepted", bad)
		} else if strings.Contains(err.Error(), bad) {
			t.Errorf("error shows the token: %v", err)
		}
	}
}

func TestLastUse(t *testing.T) {
	t.Parallel()
	s, c := newFakeStore(), newClock()
	a := newAuthenticator(t, Options{Store: s, Now: c.Now})
	text, token := issue(t, s, time.Time{})
	a.Start()
	a.Start()
	if _, err := a.Authenticate(t.Context(), "Bearer "+text); err != nil {
		t.Fatal(err)
	}
	c.advance(2 * cacheFor)
	if _, err := a.Authenticate(t.Context(), "Bearer "+text); err != nil {
		t.Fatal(err)
	}
	a.Close()
	a.Close()
	if got := s.touched[token.Prefix]; !got.Equal(c.Now()) {
		t.Errorf("last use %v, want %v", got, c.Now())
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c, now := newCache(), time.Now()
	good := digest{1}
	c.put(good, verdict{identity: &Identity{}}, now)
	for range 20_000 {
		var key digest
		rand.Read(key[:])
		c.put(key, verdict{err: ErrInvalidToken}, now)
	}
	if _, ok := c.get(good, now); !ok {
		t.Error("refused tokens pushed out one that works")
	}
	for range 20_000 {
		var key digest
		rand.Read(key[:])
		c.put(key, verdict{identity: &Identity{}}, now)
	}
	for i := range c {
		if a, r := len(c[i].accepted), len(c[i].refused); a > acceptedInShard || r > refusedInShard {
			t.Errorf("shard %d holds %d and %d", i, a, r)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s := newFakeStore()
	a := newAuthenticator(t, Options{Store: s})
	a.Start()
	text, _ := issue(t, s, time.Time{})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 200 {
				if _, err := a.Authenticate(t.Context(), "Bearer "+text); err != nil {
					t.Error(err)
				}
				if _, err := a.Authenticate(t.Context(), fmt.Sprint("Bearer junk", i)); !errors.Is(err, ErrInvalidToken) {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

func TestScopes(t *testing.T) {
	t.Parallel()
	set, err := ParseScopes([]string{"events:read", "scim:read"})
	if err != nil || set.String() != "scim:read events:read" {
		t.Errorf("%v, %v", set, err)
	}
	if _, err := ParseScopes([]string{"scim:admin"}); err == nil {
		t.Error("an unknown scope is accepted")
	}
	if AllScopes().Has("scim:admin") || Scopes(0).Has("") {
		t.Error("a set has an unknown scope")
	}
	if n := len(AllScopes().Names()); n != 9 {
		t.Errorf("%d scopes", n)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	t.Run("TEN-12 a limit a connection", func(t *testing.T) {
		s, c := newFakeStore(), newClock()
		limit := NewRateLimit(2, c.Now)
		one, other := &Identity{Connection: s.connections["default"]["default"]}, &Identity{Connection: s.add("default", "other")}
		for range 4 {
			if _, ok := limit.Admit(one); !ok {
				t.Fatal("refused within the burst")
			}
		}
		if wait, ok := limit.Admit(one); ok || wait != 500*time.Millisecond {
			t.Errorf("fifth request: %v, %v", wait, ok)
		}
		if _, ok := limit.Admit(other); !ok {
			t.Error("another connection is refused")
		}
		c.advance(500 * time.Millisecond)
		if _, ok := limit.Admit(one); !ok {
			t.Error("refused after the wait")
		}
	})
}

func BenchmarkAuthenticate(b *testing.B) {
	s := newFakeStore()
	a, err := NewAuthenticator(Options{Store: s})
	if err != nil {
		b.Fatal(err)
	}
	text, _, err := Issue(b.Context(), s, Request{Connection: s.connections["default"]["default"]})
	if err != nil {
		b.Fatal(err)
	}
	header := "Bearer " + text
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Authenticate(b.Context(), header); err != nil {
			b.Fatal(err)
		}
	}
}
