package postgres

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// TestTokenMigration: when a connection was used last is taken from its tokens.
func TestTokenMigration(t *testing.T) {
	t.Parallel()
	s := before(t)
	used, unused := uuid.New(), uuid.New()
	run := func(sql string, args ...any) {
		t.Helper()
		if _, err := s.pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	last := time.UnixMicro(7)
	for _, of := range []uuid.UUID{used, unused} {
		run(`INSERT INTO connection (tenant, id, name, kind, options, created) VALUES (1, $1, $2, 'generic', '{}', now())`, id(of), of.String())
		for _, at := range []time.Time{{}, last, last.Add(-time.Microsecond)} {
			if of == unused {
				at = time.Time{}
			}
			run(`INSERT INTO token (prefix, tenant, connection, hash, scopes, created, last_used) VALUES ($1, 1, $2, '', '{}', now(), $3)`, uuid.NewString(), id(of), timeOrNull(at))
		}
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	uses, err := s.TokenUses(t.Context(), 1, time.Now(), 10)
	if err != nil || !uses[used].LastUsed.Equal(last) || !uses[unused].LastUsed.IsZero() || uses[unused].Working != 3 {
		t.Errorf("%+v, %v", uses, err)
	}
}
