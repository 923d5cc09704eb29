package sqlite

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"rollcall/store"
)

// TestHeldMigration: whose delete it is that the mass guard holds is taken from
// the audit trail, as far as that is there.
func TestHeldMigration(t *testing.T) {
	t.Parallel()
	const connection, operator = "connection", "operator"
	one, other := uuid.New(), uuid.New()
	type actor struct{ kind, id string }
	tests := []struct {
		kept    bool
		deletes []actor
		want    uuid.UUID
	}{
		{true, []actor{{connection, one.String()}}, one},
		{true, []actor{{connection, one.String()}, {connection, other.String()}}, other},
		{true, []actor{{connection, one.String()}, {operator, "ann"}}, uuid.Nil},
		{true, []actor{{connection, "no id"}}, uuid.Nil},
		{true, nil, uuid.Nil},
		{false, []actor{{connection, one.String()}}, uuid.Nil},
	}
	keys := make([]store.Key, len(tests))
	path := filepath.Join(t.TempDir(), "rollcall.db")
	before(t, path, func(db *sql.DB) error {
		for i := range tests {
			keys[i] = store.Key{Tenant: 1, Type: "User", ID: uuid.New()}
			if _, err := db.ExecContext(t.Context(), oldDeparture, "User", keys[i].ID.String(), "enrolled", nil, nil, 1, 1); err != nil {
				return err
			}
		}
		provider, err := newProvider(db)
		if err != nil {
			return err
		}
		if _, err := provider.UpTo(t.Context(), 6); err != nil {
			return err
		}
		const row = `INSERT INTO audit (tenant, type, id, version, at, actor_kind, actor_id, action, request_id, reason, changes, added, removed)
			VALUES (1, 'User', ?, 4, ?, ?, ?, ?, '', '', '{}', '[]', '[]')`
		for i, test := range tests {
			id := keys[i].ID.String()
			if _, err := db.ExecContext(t.Context(), `UPDATE departed SET kept = ? WHERE id = ?`, test.kept, id); err != nil {
				return err
			}
			for n, by := range test.deletes {
				if _, err := db.ExecContext(t.Context(), row, id, n, by.kind, by.id, "user.delete"); err != nil {
					return err
				}
			}
			if _, err := db.ExecContext(t.Context(), row, id, 9, connection, uuid.NewString(), "user.mark"); err != nil {
				return err
			}
		}
		return nil
	})
	s := migrated(t, path)
	for i, test := range tests {
		if departed, err := s.Departed(t.Context(), keys[i]); err != nil || departed.HeldBy != test.want {
			t.Errorf("%d: held by %s, %v, want %s", i, departed.HeldBy, err, test.want)
		}
	}
}
