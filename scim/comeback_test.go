package scim_test

import (
	"strings"
	"testing"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

// TestNobodyKeepsAUserFromComingBack: whoever takes the name that a restored user
// would get, which follows from its id, does not hinder it.
func TestNobodyKeepsAUserFromComingBack(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		id := b.create(b.idp, "ada@example.com")
		b.act(id, lifecycle.Deprovision{})
		b.create(b.idp, "ada@example.com")
		foreseen, err := b.provider.Carry(t.Context(), b.admin, scim.Order{ID: id, Dry: true, Commands: func(*scim.Explanation) ([]lifecycle.Command, error) {
			return []lifecycle.Command{lifecycle.Restore{By: "ann"}}, nil
		}})
		if err != nil || foreseen.Renamed == "" {
			t.Fatalf("%+v, %v", foreseen, err)
		}
		b.create(b.idp, foreseen.Renamed)
		back := b.act(id, lifecycle.Restore{By: "ann"})
		if back.Renamed == foreseen.Renamed || !strings.HasPrefix(back.Renamed, "ada+restored-") || strings.Count(back.Renamed, "restored") != 1 {
			t.Errorf("comes back as %q, foreseen as %q", back.Renamed, foreseen.Renamed)
		}
		if user := b.read(b.idp, id); user["userName"] != back.Renamed {
			t.Errorf("is called %v", user["userName"])
		}
	})
}
