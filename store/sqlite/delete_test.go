package sqlite

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// TestDeleteLeavesNothing: no side table keeps a row, a password hash least of
// all, and the snapshot has the memberships of both sides.
func TestDeleteLeavesNothing(t *testing.T) {
	t.Parallel()
	s, tenant := newStore(t, Options{})
	key := func(typ string) store.Key { return store.Key{Tenant: tenant, Type: typ, ID: uuid.New()} }
	user, group, parent := key("User"), key("Group"), key("Group")
	create := func(key store.Key, members ...uuid.UUID) *store.Create {
		return &store.Create{
			Record: store.Record{Key: key, Document: []byte(`{}`), Index: []byte(`{"nick":"a","l":["b"]}`)}, PasswordHash: "secret",
			Unique: []store.UniqueValue{{Attribute: "badge", Value: key.ID.String()}}, Members: members, MemberTypes: []string{"User", "Group"},
		}
	}
	if _, err := s.Commit(t.Context(), []store.Change{create(user), create(group, user.ID), create(parent, group.ID)}); err != nil {
		t.Fatalf("Commit: %v", err)
	}
	if _, err := s.Commit(t.Context(), []store.Change{&store.Delete{Key: group, At: time.Now()}}); err != nil {
		t.Fatalf("Commit: %v", err)
	}
	var members, groups string
	err := s.reader.db.QueryRowContext(t.Context(), `SELECT members, groups FROM departed WHERE id = ?`, group.ID.String()).Scan(&members, &groups)
	if err != nil || members != `[["`+user.ID.String()+`","User"]]` || groups != `[["`+parent.ID.String()+`","Group"]]` {
		t.Errorf("snapshot: members %s, groups %s, %v", members, groups, err)
	}
	if _, err := s.Commit(t.Context(), []store.Change{&store.Delete{Key: user}, &store.Delete{Key: parent}}); err != nil {
		t.Fatalf("Commit: %v", err)
	}
	for _, table := range []string{"resource", "attr", "unique_value", "credential", "member"} {
		var count int
		if err := s.reader.db.QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&count); err != nil || count != 0 {
			t.Errorf("%s: %d rows, %v", table, count, err)
		}
	}
}
