package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"rollcall/internal/testpg"
	"rollcall/store"
	"rollcall/store/postgres"
)

func TestMigrateSeveralCopies(t *testing.T) {
	t.Parallel()
	address := testpg.DSN(t)
	var copies errgroup.Group
	for range 6 {
		copies.Go(func() error {
			s, err := postgres.Open(t.Context(), address, postgres.Options{MaxConns: 1})
			if err != nil {
				return err
			}
			defer func() { _ = s.Close() }()
			if err := s.Migrate(t.Context()); err != nil {
				return err
			}
			return s.CheckSchema(t.Context())
		})
	}
	if err := copies.Wait(); err != nil {
		t.Error(err)
	}
}

func TestCheckSchema(t *testing.T) {
	t.Parallel()
	address := testpg.DSN(t)
	s, err := postgres.Open(t.Context(), address, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.CheckSchema(t.Context()); !errors.Is(err, store.ErrPendingMigrations) {
		t.Errorf("empty database: %v", err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.CheckSchema(t.Context()); err != nil {
		t.Error(err)
	}
	connection, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close(t.Context()) }()
	if _, err := connection.Exec(t.Context(), "INSERT INTO rollcall_migration (version_id, is_applied) VALUES (99999, true)"); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"check": s.CheckSchema(t.Context()), "migrate": s.Migrate(t.Context())} {
		if !errors.Is(err, store.ErrNewerSchema) {
			t.Errorf("%s of a newer database: %v", name, err)
		}
	}
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	s, err := postgres.Open(t.Context(), "postgres://nobody@127.0.0.1:1/none", postgres.Options{ConnectTimeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Ping(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Ping: %v", err)
	}
	if _, err := s.Tenants(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Tenants: %v", err)
	}
	change := &store.Delete{}
	if _, err := s.Commit(t.Context(), []store.Change{change}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Commit: %v", err)
	}
}

func TestQueryTimeout(t *testing.T) {
	t.Parallel()
	s, err := postgres.Open(t.Context(), testpg.DSN(t), postgres.Options{QueryTimeout: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	query := store.Query{Types: []store.TypeQuery{{Type: "User"}}, Limit: 1}
	if _, err := s.Query(t.Context(), query); !errors.Is(err, store.ErrTooMany) {
		t.Errorf("Query: %v", err)
	}
}
