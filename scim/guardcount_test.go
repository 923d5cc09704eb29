package scim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/testdb"
	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

// removals wants the guard to count so many.
func (x *excess) removals(want int) {
	x.Helper()
	state, err := x.provider.Guard(x.Context(), x.admin, x.guarded())
	if err != nil || state.Removals != want {
		x.Errorf("the guard says %+v, %v; want %d removals", state, err, want)
	}
}

// bulk sends operations in one request and tells their statuses.
func (x *excess) bulk(operations ...string) (statuses []int) {
	x.Helper()
	results, err := x.provider.Bulk(x.Context(), x.idp, strings.NewReader(`{"schemas":["`+scim.BulkRequestURN+`"],"Operations":[`+strings.Join(operations, ",")+`]}`))
	if err != nil {
		x.Fatal(err)
	}
	for i := range results {
		status := results[i].Status
		if has(results[i].Err, 404) {
			status = 404
		}
		statuses = append(statuses, status)
	}
	return statuses
}

// TestWhatIsNotThereIsNotRemoved: an answer of 404 counts nothing, whatever the
// type, and in a bulk request, too.
func TestWhatIsNotThereIsNotRemoved(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		x := newExcess(t, opened, 3)
		team, other := x.team("team"), x.team("other")
		for i := range 5 {
			if err := x.tryDelete(x.idp, x.group, team); (err == nil) != (i == 0) || i > 0 && !has(err, 404) {
				t.Errorf("DELETE %d of a group: %v", i, err)
			}
			for _, typ := range []*schema.ResourceType{x.group, x.user} {
				if err := x.tryDelete(x.idp, typ, uuid.NewString()); !has(err, 404) {
					t.Errorf("DELETE of a %s that nobody made: %v", typ.Name, err)
				}
			}
		}
		x.removals(1)
		remove := func(path string) string { return `{"method":"DELETE","path":"` + path + `"}` }
		operations := []string{remove("/Groups/" + other), remove("/Groups/" + other)}
		want := []int{204, 404}
		for range 5 {
			operations = append(operations, remove("/Groups/"+uuid.NewString()), remove("/Users/"+uuid.NewString()))
			want = append(want, 404, 404)
		}
		if got := x.bulk(operations...); !slices.Equal(got, want) {
			t.Errorf("statuses %v, want %v", got, want)
		}
		x.removals(2)
		// One that is there asks for no others that are not.
		x.clock.pass(2 * time.Hour)
		operations = []string{remove("/Users/" + x.ids[0]), remove("/Users/" + x.ids[0])}
		for range 5 {
			operations = append(operations, remove("/Users/"+uuid.NewString()))
		}
		if got := x.bulk(append(operations, remove("/Users/"+x.ids[1]))...); !slices.Equal(got, []int{204, 404, 404, 404, 404, 404, 404, 204}) {
			t.Errorf("statuses %v", got)
		}
		x.removals(2)
		if x.explain(x.ids[1]).Facts.Held {
			t.Error("the second user of two is held")
		}
		if state, err := x.provider.Guard(t.Context(), x.admin, x.guarded()); err != nil || state.Incident != nil {
			t.Errorf("an incident: %+v, %v", state, err)
		}
	})
}
