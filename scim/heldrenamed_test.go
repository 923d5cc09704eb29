package scim_test

import (
	"slices"
	"strings"
	"testing"

	"rollcall/internal/testdb"
	"rollcall/store"
)

// TestUndoTellsWhatCannotComeBack: who gets another name, and groups that are
// gone, are told in the answer, and the name in the audit trail.
func TestUndoTellsWhatCannotComeBack(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		x := newExcess(t, opened, 4)
		team := x.team("team", x.ids[2])
		for _, id := range x.ids {
			x.delete(x.idp, id)
		}
		if err := x.tryDelete(x.admin, x.group, team); err != nil {
			t.Fatal(err)
		}
		x.create(x.hr, "user3")
		found, err := x.provider.RestoreHeld(t.Context(), x.admin, x.guarded(), "a mistake")
		if err != nil || found.Done != 2 || len(found.Renamed) != 1 || len(found.Lost) != 1 {
			t.Fatalf("%+v, %v", found, err)
		}
		name := found.Renamed[x.ids[3]]
		if !strings.HasPrefix(name, "user3+restored-") || !slices.Equal(found.Lost[x.ids[2]], []string{team}) {
			t.Errorf("%+v", found)
		}
		rows, err := opened.AuditOf(t.Context(), x.key(x.ids[3]), 1)
		if err != nil || len(rows) != 1 || !strings.Contains(string(rows[0].Changes), `"userName":["user3","`+name+`"]`) || !strings.Contains(string(rows[0].Changes), `"status":`) {
			t.Errorf("the trail says %+v, %v", rows, err)
		}
	})
}
