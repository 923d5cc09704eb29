package sqlite

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
)

// TestTokenMigration: when a connection was used last is taken from its tokens.
func TestTokenMigration(t *testing.T) {
	t.Parallel()
	used, unused := uuid.New(), uuid.New()
	path := filepath.Join(t.TempDir(), "rollcall.db")
	before(t, path, func(db *sql.DB) error {
		for _, id := range []uuid.UUID{used, unused} {
			if _, err := db.ExecContext(t.Context(), `INSERT INTO connection (id, tenant, name, kind, options, created) VALUES (?, 1, ?, 'generic', '{}', 1)`, id.String(), id.String()); err != nil {
				return err
			}
			for n, last := range []any{nil, 7, 5} {
				if id == unused {
					last = nil
				}
				if _, err := db.ExecContext(t.Context(), `INSERT INTO token (prefix, tenant, connection, hash, scopes, created, last_used) VALUES (?, 1, ?, x'', '[]', ?, ?)`,
					uuid.NewString(), id.String(), n, last); err != nil {
					return err
				}
			}
		}
		return nil
	})
	s := migrated(t, path)
	uses, err := s.TokenUses(t.Context(), 1, time.Now(), 10)
	if err != nil || !uses[used].LastUsed.Equal(time.UnixMicro(7)) || !uses[unused].LastUsed.IsZero() || uses[unused].Working != 3 {
		t.Errorf("%+v, %v", uses, err)
	}
}
