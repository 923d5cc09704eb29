package scim

import (
	"testing"

	"rollcall/store"
)

// TestFrequent: the order is walked where a page is full sooner than what an index
// finds is sorted.
func TestFrequent(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		counted        Counted
		told, frequent bool
	}{
		{Counted{Matches: 900_000, Of: 1_000_000}, true, true},
		{Counted{Matches: 7_072, Of: 1_000_000}, true, true},
		{Counted{Matches: 7_071, Of: 1_000_000}, true, false},
		{Counted{Matches: 1_001, Of: 20_000}, true, true},
		{Counted{Matches: 1_000, Of: 1_000}, false, false},
		{Counted{}, false, false},
	} {
		query := store.Query{Limit: 50, Types: []store.TypeQuery{{Type: "User", Where: store.Compare{}}}}
		test.counted.use(&query)
		if query.Frequent != test.frequent || (query.Total != nil) != test.told || test.told && *query.Total != test.counted.Matches {
			t.Errorf("%+v: %+v", test.counted, query)
		}
	}
}
