package sqlite

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"rollcall/store"
)

const (
	oldResource = `INSERT INTO resource (tenant, type, id, label, created, modified, version, doc, idx, stage, suspended_until, suspensions)
		VALUES (1, ?, ?, 'L', 1, 1, 3, '{}', jsonb('{}'), ?, ?, ?)`
	oldDeparture = `INSERT INTO departed (tenant, type, id, label, created, modified, version, doc, idx, stage, suspended_until, suspensions,
		groups, members, departed, purge_after) VALUES (1, ?, ?, 'gone', 1, 1, 4, '{}', jsonb('{}'), ?, ?, ?, '[["x","Group"]]', '[]', ?, ?)`
)

// before fills a database of the release before accounts had facts.
func before(t *testing.T, path string, fill func(db *sql.DB) error) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path, Options{}.withDefaults()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	provider, err := newProvider(db)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `INSERT INTO tenant (name, created) VALUES ('main', 1)`); err != nil {
		t.Fatal(err)
	}
	if err := fill(db); err != nil {
		t.Fatal(err)
	}
}

// TestAccountsMigration: what was active, suspended or deleted still is, and
// nothing that was said of it is lost.
func TestAccountsMigration(t *testing.T) {
	t.Parallel()
	until := time.Now().UTC().Add(time.Hour).Truncate(time.Microsecond)
	const rows = `[ {"source":"é"} ]`
	state := []byte(`{"stage":"enrolled","suspensions":` + rows + `}`)
	living := []struct {
		typ, stage         string
		until, suspensions any
		want               store.Facts
	}{
		{"User", "enrolled", nil, nil, store.Facts{Status: "Active"}},
		{"Group", "", nil, nil, store.Facts{}},
		{"User", "enrolled", micros(store.Forever), rows, store.Facts{Status: "Suspended", Reason: "suspended", State: state}},
		{"User", "enrolled", micros(until), rows, store.Facts{
			Status: "Suspended", Reason: "suspended", State: state, Later: []store.Period{{At: until, Status: "Active", Changed: until}},
		}},
		{"User", "enrolled", 1, rows, store.Facts{Status: "Active", State: state}},
	}
	keys := make([]store.Key, len(living))
	gone := store.Key{Tenant: 1, Type: "User", ID: uuid.New()}
	team := store.Key{Tenant: 1, Type: "Group", ID: uuid.New()}
	at := time.Date(2026, 1, 2, 3, 4, 5, 7000, time.UTC)
	path := filepath.Join(t.TempDir(), "rollcall.db")
	before(t, path, func(db *sql.DB) error {
		for i, one := range living {
			keys[i] = store.Key{Tenant: 1, Type: one.typ, ID: uuid.New()}
			if _, err := db.ExecContext(t.Context(), oldResource, one.typ, keys[i].ID.String(), one.stage, one.until, one.suspensions); err != nil {
				return err
			}
		}
		if _, err := db.ExecContext(t.Context(), oldDeparture, team.Type, team.ID.String(), "", nil, nil, micros(at), micros(at)); err != nil {
			return err
		}
		_, err := db.ExecContext(t.Context(), oldDeparture, gone.Type, gone.ID.String(), "enrolled", micros(store.Forever), rows, micros(at), micros(at))
		return err
	})
	s := migrated(t, path)
	for i, one := range living {
		record, err := s.Get(t.Context(), keys[i], 0)
		if err != nil {
			t.Fatal(err)
		}
		one.want.Revision = 1
		if diff := cmp.Diff(one.want, record.Facts); diff != "" || record.Version != 3 {
			t.Errorf("%d: version %d, facts (-want +got):\n%s", i, record.Version, diff)
		}
	}
	departed, err := s.Departed(t.Context(), gone)
	want := store.Facts{
		Revision: 1, Status: "Deprovisioned", Reason: "deprovisioned", StatusChanged: at,
		State: []byte(`{"stage":"deprovisioned","was":"enrolled","suspensions":` + rows + `,"purgeAfter":"2026-01-02T03:04:05.000007Z"}`),
	}
	if diff := cmp.Diff(want, departed.Record.Facts); err != nil || diff != "" || departed.Groups != 1 || !departed.PurgeAfter.Equal(at) {
		t.Errorf("departed %+v, %v (-want +got):\n%s", departed, err, diff)
	}
	if departed, err = s.Departed(t.Context(), team); err != nil || departed.Record.Facts.Status != "" || departed.Record.Facts.State != nil {
		t.Errorf("departed group %+v, %v", departed.Record.Facts, err)
	}
	s.answersAsBefore(t, keys, until)
}

// answersAsBefore checks the columns that no read returns, and that the rows of
// before take changes.
func (s *Store) answersAsBefore(t *testing.T, keys []store.Key, until time.Time) {
	t.Helper()
	for _, test := range []struct {
		where store.Expr
		now   time.Time
		want  int
	}{
		{store.Standing{Statuses: []string{"Active"}}, until.Add(-time.Microsecond), 2},
		{store.Standing{Statuses: []string{"Active"}}, until, 3},
		{store.Standing{Statuses: []string{"Suspended"}}, until, 1},
		{store.PresentColumn{Column: store.ColumnSuspendedUntil}, until.Add(-time.Microsecond), 1},
	} {
		page, err := s.Query(t.Context(), store.Query{Tenant: 1, Types: []store.TypeQuery{{Type: "User", Where: test.where}}, Limit: 9, Now: test.now})
		if err != nil || page.Total != test.want {
			t.Errorf("%#v: %d, %v, want %d", test.where, page.Total, err, test.want)
		}
	}
	var changes []store.Change
	for _, key := range keys {
		changes = append(changes, &store.Update{Key: key, Facts: &store.Facts{Status: "x"}, Modified: until}, &store.Delete{Key: key, At: until})
	}
	if _, err := s.Commit(t.Context(), changes); err != nil {
		t.Error(err)
	}
}

// migrated opens the file of an earlier version and brings it up to date.
func migrated(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}
