package postgres

import (
	"testing"

	"github.com/google/uuid"

	"rollcall/store"
)

// TestHeldMigration: whose delete it is that the mass guard holds is taken from
// the audit trail, as far as that is there.
func TestHeldMigration(t *testing.T) {
	t.Parallel()
	s := before(t)
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
	run := func(sql string, args ...any) {
		t.Helper()
		if _, err := s.pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	for i := range tests {
		keys[i] = store.Key{Tenant: 1, Type: "User", ID: uuid.New()}
		run(oldDeparture, "User", id(keys[i].ID), "enrolled", nil, nil, "L")
	}
	provider, err := s.provider()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = provider.Close() }()
	if _, err := provider.UpTo(t.Context(), 6); err != nil {
		t.Fatal(err)
	}
	const row = `INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
		VALUES (1, 'User', $1, 4, timestamptz '2026-01-01' + $2::bigint * interval '1s', $3, $4, $5, '', '', '{}')`
	for i, test := range tests {
		run(`UPDATE departed SET kept = $2 WHERE id = $1`, id(keys[i].ID), test.kept)
		for n, by := range test.deletes {
			run(row, id(keys[i].ID), int64(n), by.kind, by.id, "user.delete")
		}
		run(row, id(keys[i].ID), int64(9), connection, uuid.NewString(), "user.mark")
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, test := range tests {
		if departed, err := s.Departed(t.Context(), keys[i]); err != nil || departed.HeldBy != test.want {
			t.Errorf("%d: held by %s, %v, want %s", i, departed.HeldBy, err, test.want)
		}
	}
}
