package auth

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// fakeStore holds one tenant a name, one connection a name in it, and tokens.
type fakeStore struct {
	Store
	mu          sync.Mutex
	connections map[string]map[string]store.Connection
	tokens      map[string]store.Token
	touched     map[string]time.Time
	grants      int
	err         error
}

func newFakeStore() *fakeStore {
	s := &fakeStore{connections: map[string]map[string]store.Connection{}, tokens: map[string]store.Token{}, touched: map[string]time.Time{}}
	s.add("default", "default")
	return s
}

func (s *fakeStore) add(tenant, connection string) store.Connection {
	if s.connections[tenant] == nil {
		s.connections[tenant] = map[string]store.Connection{}
	}
	c := store.Connection{ID: uuid.New(), Tenant: store.TenantID(len(tenant)), Name: connection, Kind: "generic"}
	s.connections[tenant][connection] = c
	return c
}

func (s *fakeStore) Tenant(_ context.Context, name string) (store.Tenant, error) {
	if s.err != nil {
		return store.Tenant{}, s.err
	}
	if s.connections[name] == nil {
		return store.Tenant{}, store.ErrNotFound
	}
	return store.Tenant{ID: store.TenantID(len(name)), Name: name}, nil
}

func (s *fakeStore) Connection(_ context.Context, tenant store.TenantID, name string) (store.Connection, error) {
	for _, connections := range s.connections {
		if c, ok := connections[name]; ok && c.Tenant == tenant {
			return c, nil
		}
	}
	return store.Connection{}, store.ErrNotFound
}

func (s *fakeStore) CreateToken(_ context.Context, token store.Token, _ store.Audit) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[token.Prefix] = token
	return s.err
}

func (s *fakeStore) Grant(_ context.Context, prefix string) (store.Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grants++
	token, ok := s.tokens[prefix]
	switch {
	case s.err != nil:
		return store.Grant{}, s.err
	case !ok:
		return store.Grant{}, store.ErrNotFound
	}
	return store.Grant{Token: token, Tenant: store.Tenant{Name: "default"}, Connection: s.connections["default"]["default"]}, nil
}

func (s *fakeStore) revoke(prefix string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := s.tokens[prefix]
	token.Revoked = time.Now()
	s.tokens[prefix] = token
}

func (s *fakeStore) TouchTokens(_ context.Context, used map[string]time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for prefix, at := range used {
		s.touched[prefix] = at
	}
	return nil
}

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newAuthenticator(t *testing.T, options Options) *Authenticator {
	t.Helper()
	a, err := NewAuthenticator(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}
