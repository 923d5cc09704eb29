package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
	"rollcall/store/sqlite"
)

func makeTenant(tb testing.TB, s *sqlite.Store) store.TenantID {
	tb.Helper()
	tenant, err := s.CreateTenant(tb.Context(), store.Tenant{Name: "main", Created: time.Now()}, store.Audit{At: time.Now()})
	if err != nil {
		tb.Fatalf("CreateTenant: %v", err)
	}
	return tenant.ID
}

func user(tenant store.TenantID, name, index string) *store.Create {
	return &store.Create{Record: store.Record{
		Key: store.Key{Tenant: tenant, Type: "User", ID: uuid.New()}, Name: name,
		Created: time.Now(), Modified: time.Now(), Document: []byte(`{}`), Index: []byte(index),
	}}
}

func total(tb testing.TB, s *sqlite.Store, tenant store.TenantID) int {
	tb.Helper()
	page, err := s.Query(tb.Context(), store.Query{Tenant: tenant, Types: []store.TypeQuery{{Type: "User"}}})
	if err != nil {
		tb.Fatalf("Query: %v", err)
	}
	return page.Total
}

func TestOpenPaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"plain.db", "with space.db", "what?.db", "a#b.db", "50%.db", "%41.db", "?x=1&mode=memory", "file:x", "ünï'\"\\.db", "a;b+c&d=e"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "a dir?#%20")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, name)
			makeTenant(t, migrated(t, path))
			info, err := os.Stat(path)
			if err != nil {
				t.Fatalf("the file has another name: %v", err)
			}
			if info.Mode().Perm() != 0o600 || info.Size() == 0 && !exists(path+"-wal") {
				t.Errorf("mode %v, size %d", info.Mode(), info.Size())
			}
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range entries {
				if !strings.HasPrefix(entry.Name(), name) {
					t.Errorf("stray file %q", entry.Name())
				}
				if info, err := entry.Info(); err == nil && info.Mode().Perm() != 0o600 {
					t.Errorf("%s has mode %v", entry.Name(), info.Mode())
				}
			}
		})
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestOpenRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	migrated(t, "relative.db")
	if !exists("relative.db") {
		t.Error("no file in the working directory")
	}
}

func TestOpenMissingDirectory(t *testing.T) {
	t.Parallel()
	_, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "none", "x.db"), sqlite.Options{})
	if err == nil || !strings.Contains(err.Error(), "directory") || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("got error %v", err)
	}
}

func TestOpenNoDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := sqlite.Open(t.Context(), path, sqlite.Options{}); err == nil {
		t.Error("a text file opens")
		_ = s.Close()
	}
}

func TestReopen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rollcall.db")
	first := migrated(t, path)
	tenant := makeTenant(t, first)
	create := user(tenant, "ann", `{"nick":"a"}`)
	if _, err := first.Commit(t.Context(), []store.Change{create}); err != nil {
		t.Fatalf("Commit: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if exists(path + "-wal") {
		t.Error("Close leaves a write-ahead log")
	}
	if _, err := first.Get(t.Context(), create.Record.Key, 0); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Get after Close: %v", err)
	}
	second := open(t, path)
	if err := second.CheckSchema(t.Context()); err != nil {
		t.Errorf("CheckSchema: %v", err)
	}
	record, err := second.Get(t.Context(), create.Record.Key, 0)
	if err != nil || record.Name != "ann" {
		t.Errorf("Get = %+v, %v", record, err)
	}
	if got := total(t, second, tenant); got != 1 {
		t.Errorf("total = %d", got)
	}
}

func TestCheckSchema(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rollcall.db")
	s := open(t, path)
	if err := s.CheckSchema(t.Context()); !errors.Is(err, store.ErrPendingMigrations) {
		t.Errorf("CheckSchema of an empty file: %v", err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"CheckSchema": s.CheckSchema(t.Context()), "Migrate": s.Migrate(t.Context())} {
		if !errors.Is(err, store.ErrNewerSchema) {
			t.Errorf("%s: got error %v, want ErrNewerSchema", name, err)
		}
	}
}

func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rollcall.db")
	var together sync.WaitGroup
	for range 6 {
		s := open(t, path)
		together.Go(func() {
			if err := s.Migrate(t.Context()); err != nil {
				t.Errorf("Migrate: %v", err)
			}
		})
	}
	together.Wait()
}

// TestTwoStores writes through two stores on one file at a time.
func TestTwoStores(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rollcall.db")
	stores := []*sqlite.Store{migrated(t, path), open(t, path)}
	tenant := makeTenant(t, stores[0])
	var together sync.WaitGroup
	for i, s := range stores {
		for writer := range 3 {
			together.Go(func() {
				for n := range 20 {
					if _, err := s.Commit(t.Context(), []store.Change{user(tenant, fmt.Sprintf("%d-%d-%d", i, writer, n), `{}`)}); err != nil {
						t.Errorf("Commit: %v", err)
					}
				}
			})
		}
	}
	together.Wait()
	for _, s := range stores {
		if got := total(t, s, tenant); got != 120 {
			t.Errorf("total = %d, want 120", got)
		}
	}
}

// TestColdReaders: many first calls at a time share a small pool.
func TestColdReaders(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rollcall.db")
	first := migrated(t, path)
	tenant := makeTenant(t, first)
	create := user(tenant, "a", `{}`)
	if _, err := first.Commit(t.Context(), []store.Change{create}); err != nil {
		t.Fatalf("Commit: %v", err)
	}
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{Readers: 2})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	defer func() { _ = s.Close() }()
	var together sync.WaitGroup
	for range 50 {
		together.Go(func() {
			if _, err := s.Get(t.Context(), create.Record.Key, store.WithGroups); err != nil {
				t.Errorf("Get: %v", err)
			}
			if _, err := s.PasswordHash(t.Context(), create.Record.Key); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("PasswordHash: %v", err)
			}
		})
	}
	together.Wait()
	if open, used := s.Pool(); open > 3 || used != 0 {
		t.Errorf("Pool = %d, %d", open, used)
	}
}

// TestLocked: who waits for another writer longer than BusyTimeout is told to
// try again; who gives up before hears of that.
func TestLocked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rollcall.db")
	tenant := makeTenant(t, migrated(t, path))
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{BusyTimeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	defer func() { _ = s.Close() }()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(t.Context(), `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), []store.Change{user(tenant, "a", `{}`)}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Commit: got error %v, want ErrUnavailable", err)
	}
	if got := total(t, s, tenant); got != 0 {
		t.Errorf("total = %d", got)
	}
	patient := open(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	finished := make(chan error)
	go func() {
		_, err := patient.Commit(ctx, []store.Change{user(tenant, "b", `{}`)})
		finished <- err
	}()
	cancel()
	if err := <-finished; !errors.Is(err, context.Canceled) {
		t.Errorf("Commit: got error %v, want context.Canceled", err)
	}
	if _, err := conn.ExecContext(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), []store.Change{user(tenant, "a", `{}`)}); err != nil {
		t.Errorf("Commit: %v", err)
	}
}

// TestKilledProcess: a process that is killed loses nothing it acknowledged.
// The test runs itself as that process.
func TestKilledProcess(t *testing.T) {
	if path := os.Getenv("ROLLCALL_TEST_KILLED"); path != "" {
		writeForever(t, path)
		return
	}
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rollcall.db")
	here := migrated(t, path)
	tenant := makeTenant(t, here)
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledProcess$") //nolint:gosec // this test itself
	command.Env = append(os.Environ(), "ROLLCALL_TEST_KILLED="+path)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]bool{}
	for n := 0; len(acknowledged) < 50; n++ {
		var name string
		if _, err := fmt.Fscanln(out, &name); err != nil {
			t.Fatalf("the other process ended: %v", err)
		}
		acknowledged[name] = true
		// This process writes in between.
		if n%10 == 0 {
			if _, err := here.Commit(t.Context(), []store.Change{user(tenant, fmt.Sprintf("here-%d", n), `{}`)}); err != nil {
				t.Errorf("Commit: %v", err)
			}
		}
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	page, err := here.Query(t.Context(), store.Query{Tenant: tenant, Types: []store.TypeQuery{{Type: "User"}}, Limit: 10_000})
	if err != nil {
		t.Fatalf("Query: %v", err)
	}
	for _, record := range page.Records {
		delete(acknowledged, record.Name)
	}
	if len(acknowledged) != 0 || page.Total != len(page.Records) {
		t.Errorf("lost %v, total %d of %d", acknowledged, page.Total, len(page.Records))
	}
}

func writeForever(t *testing.T, path string) {
	s := open(t, path)
	tenant, err := s.Tenant(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		name := fmt.Sprintf("there-%d", n)
		if _, err := s.Commit(t.Context(), []store.Change{user(tenant.ID, name, `{}`)}); err != nil {
			t.Fatal(err)
		}
		fmt.Println(name)
	}
}
