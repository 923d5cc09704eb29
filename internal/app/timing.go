package app

import (
	"context"
	"iter"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"rollcall/scim"
	"rollcall/store"
)

// timedStore measures what the provider asks of the store on the hot paths. The observers are
// looked up once, so that a call costs two readings of the clock.
type timedStore struct {
	scim.Store
	// committed is called after each commit.
	committed func()

	get, getAll, taken, query, recent, members, passwordHash, commit prometheus.Observer
}

func timed(next scim.Store, m *metrics, committed func()) *timedStore {
	operation := m.store.WithLabelValues
	return &timedStore{
		Store: next, committed: committed, get: operation("get"), getAll: operation("get_all"), taken: operation("taken"), query: operation("query"), members: operation("members"),
		passwordHash: operation("password_hash"), commit: operation("commit"),
		recent: operation("recent"),
	}
}

func since(started time.Time, observer prometheus.Observer) {
	observer.Observe(time.Since(started).Seconds())
}

// Get implements store.Reader.
func (s *timedStore) Get(ctx context.Context, key store.Key, with store.Relations) (store.Record, error) {
	defer since(time.Now(), s.get)
	return s.Store.Get(ctx, key, with)
}

// GetAll implements store.Reader.
func (s *timedStore) GetAll(ctx context.Context, keys []store.Key, with store.Relations) ([]store.Record, error) {
	defer since(time.Now(), s.getAll)
	return s.Store.GetAll(ctx, keys, with)
}

// Taken implements store.Reader.
func (s *timedStore) Taken(ctx context.Context, tenant store.TenantID, typ string, names []string) ([]string, error) {
	defer since(time.Now(), s.taken)
	return s.Store.Taken(ctx, tenant, typ, names)
}

// Query implements store.Reader.
func (s *timedStore) Query(ctx context.Context, query store.Query) (store.Page, error) {
	defer since(time.Now(), s.query)
	return s.Store.Query(ctx, query)
}

// Recent implements store.Recency.
func (s *timedStore) Recent(ctx context.Context, tenant store.TenantID, types []string, from time.Time) (string, error) {
	defer since(time.Now(), s.recent)
	return s.Store.Recent(ctx, tenant, types, from)
}

// Members implements store.Reader. It measures the time to the first row,
// because the rest goes at the pace of the client.
func (s *timedStore) Members(ctx context.Context, tenant store.TenantID, groups []uuid.UUID, page store.MemberPage) iter.Seq2[store.Membership, error] {
	return func(yield func(store.Membership, error) bool) {
		started, first := time.Now(), true
		for membership, err := range s.Store.Members(ctx, tenant, groups, page) {
			if first {
				since(started, s.members)
				first = false
			}
			if !yield(membership, err) {
				return
			}
		}
		if first {
			since(started, s.members)
		}
	}
}

// PasswordHash implements store.Reader.
func (s *timedStore) PasswordHash(ctx context.Context, key store.Key) (string, error) {
	defer since(time.Now(), s.passwordHash)
	return s.Store.PasswordHash(ctx, key)
}

// Commit implements store.Writer.
func (s *timedStore) Commit(ctx context.Context, changes []store.Change) ([]store.Committed, error) {
	defer since(time.Now(), s.commit)
	done, err := s.Store.Commit(ctx, changes)
	if err == nil {
		s.committed()
	}
	return done, err
}
