package postgres

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// TestCursorPlans: a page deep in a directory walks the index of its order from
// its place on, without statistics, with those of a much smaller directory, and
// with true ones.
func TestCursorPlans(t *testing.T) {
	t.Parallel()
	s := populated(t, 50)
	indexes := map[store.Column]string{
		store.ColumnID: "resource_key", store.ColumnName: "resource_uniq_key", store.ColumnExternalID: "resource_external_id",
		store.ColumnSortName: "resource_sort_name", store.ColumnCreated: "resource_created", store.ColumnModified: "resource_modified",
	}
	keys := map[store.Column][][]byte{
		store.ColumnID: {nil}, store.ColumnName: {textKey("user5")}, store.ColumnExternalID: {textKey("e5"), textKey("")},
		store.ColumnSortName: {textKey("s5"), textKey("")}, store.ColumnCreated: {timeKey(time.Unix(2000, 0))}, store.ColumnModified: {timeKey(time.Unix(2000, 0))},
	}
	check := func(how string) {
		t.Helper()
		for column, index := range indexes {
			for _, key := range keys[column] {
				for _, descending := range []bool{false, true} {
					query := store.Query{
						Tenant: 1, Types: []store.TypeQuery{{Type: "User"}, {Type: "Group"}}, Limit: 100, Total: new(int),
						Sort: store.Sort{Column: column, Descending: descending}, After: &store.Position{Key: key, ID: uuid.New()},
					}
					s.walksFrom(t, fmt.Sprintf("%s, %s, descending %v, key %q", how, index, descending, key), query, index)
				}
			}
		}
	}
	check("no statistics")
	if _, err := s.pool.Exec(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	var changes []store.Change
	for n := range 8000 {
		changes = append(changes, &store.Create{Record: store.Record{
			Key: store.Key{Tenant: 1, Type: "User", ID: uuid.New()}, Name: fmt.Sprintf("more%d", n), ExternalID: fmt.Sprintf("e%d", n), SortName: fmt.Sprintf("s%d", n%100),
			Created: time.Unix(int64(n), 0), Modified: time.Unix(int64(n/10), 0), Document: []byte("{}"), Index: []byte("{}"),
		}})
	}
	if _, err := s.Commit(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	check("old statistics")
	if _, err := s.pool.Exec(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	check("statistics")
}

// walksFrom fails where a plan does anything else than walk the index from the
// position: sorts all that follows, or looks at what comes before.
func (s *Store) walksFrom(t *testing.T, how string, query store.Query, index string) {
	t.Helper()
	built, err := selectOrdered(query)
	if err != nil {
		t.Fatal(err)
	}
	plan := s.explain(t, built.sql(), append([]any{planned}, built.args...)...)
	walks, _, _ := strings.Cut(plan, "CTE page")
	if query.Sort.Column == store.ColumnName {
		// Resources without a name, which no type of ours has, are sorted by id.
		walks, _, _ = strings.Cut(walks, "CTE walk1")
	}
	_, walks, _ = strings.Cut(walks, "CTE walk0")
	for _, step := range []string{"Seq Scan", "Bitmap", "->  Sort", "Incremental Sort"} {
		if strings.Contains(walks, step) {
			t.Errorf("%s: %s in\n%s", how, step, walks)
			return
		}
	}
	if strings.Count(walks, "using "+index+" ") < 2 {
		t.Errorf("%s: the index %s is not walked:\n%s", how, index, walks)
	}
	if query.After.Key == nil || query.After.Key[0] != keyNone {
		if !strings.Contains(walks, "ROW(") && query.Sort.Column != store.ColumnID && query.Sort.Column != store.ColumnName {
			t.Errorf("%s: the walk does not begin at the position:\n%s", how, walks)
		}
	}
}
