package scim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/internal/testdb"
	"rollcall/scim"
	"rollcall/store"
)

// TestRemovalByFilterCountsMatches: who does not match stays, and counts nothing.
func TestRemovalByFilterCountsMatches(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		x := newExcess(t, opened, 8)
		team := x.team("team", append(slices.Clone(x.ids), x.team("inner"))...)
		remove := func(paths ...string) error {
			var operations []string
			for _, path := range paths {
				operations = append(operations, fmt.Sprintf(`{"op":"remove","path":%q}`, path))
			}
			body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + strings.Join(operations, ",") + `]}`
			_, err := x.provider.Patch(t.Context(), x.idp, x.group, team, scim.Precondition{}, strings.NewReader(body), scim.View{})
			return err
		}
		value := func(i int) string { return fmt.Sprintf("value eq %q", x.ids[i]) }
		if err := remove(`members[type eq "Group"]`); err != nil {
			t.Error(err)
		}
		x.removals(0) // one that goes by itself
		// What both name is one.
		if err := remove(`members[`+value(0)+` and type eq "User"]`, `members[`+value(0)+`]`); err != nil {
			t.Error(err)
		}
		x.removals(0)
		x.clock.pass(2 * time.Hour)
		if err := remove(`members[`+value(1)+` and type eq "User"]`, `members[`+value(2)+`]`, `members[`+value(3)+`]`); !has(err, 429) {
			t.Errorf("three of at most two: %v", err)
		}
		if err := remove(`members[type eq "User"]`); !has(err, 429) {
			t.Errorf("seven of at most two: %v", err)
		}
		x.removals(0)
		if err := remove(`members[`+value(1)+` and type eq "User"]`, `members[`+value(2)+`]`); err != nil {
			t.Error(err)
		}
		x.removals(2)
	})
}
