package storetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"rollcall/store"
)

// cursorSorts are the orders of the walks below: every column, and paths to
// values of every kind.
var cursorSorts = []store.Sort{
	{},
	{Column: store.ColumnName},
	{Column: store.ColumnExternalID},
	{Column: store.ColumnSortName},
	{Column: store.ColumnCreated},
	{Column: store.ColumnModified},
	{Path: path("s")},
	{Path: path("c", "t")},
	{Path: path("o*", "s")},
	{Path: path("nope")},
}

func anySort(t *rapid.T) store.Sort {
	if rapid.IntRange(0, 2).Draw(t, "by lifecycle") == 0 {
		return lifecycleSort(t)
	}
	sort := rapid.SampledFrom(cursorSorts).Draw(t, "sort")
	sort.Descending = rapid.Bool().Draw(t, "descending")
	return sort
}

// walkedIDs walks a query forward in pages of a size and checks each page.
func (f *fixture) walkedIDs(query store.Query, size int) []uuid.UUID {
	f.t.Helper()
	query.Limit = size
	list := []uuid.UUID{}
	for {
		page := f.query(query)
		list = append(list, recordIDs(page)...)
		f.placed(query, page)
		if !page.More {
			return list
		}
		last := page.Last
		query.After = &last
	}
}

// walkedBack walks a query backward from behind a place.
func (f *fixture) walkedBack(query store.Query, from store.Position, size int) []uuid.UUID {
	f.t.Helper()
	query.Limit, query.Before = size, &from
	list := []uuid.UUID{}
	for {
		page := f.query(query)
		list = append(recordIDs(page), list...)
		f.placed(query, page)
		if !page.More {
			return list
		}
		first := page.First
		query.Before = &first
	}
}

func recordIDs(page store.Page) []uuid.UUID {
	list := make([]uuid.UUID, 0, len(page.Records))
	for _, record := range page.Records {
		list = append(list, record.ID)
	}
	return list
}

// placed checks what a page says of its own place.
func (f *fixture) placed(query store.Query, page store.Page) {
	f.t.Helper()
	n := len(page.Records)
	if n > query.Limit || page.More && n < query.Limit {
		f.t.Fatalf("%d records on a page of %d, more %v", n, query.Limit, page.More)
	}
	if n == 0 {
		if page.First.ID != uuid.Nil || page.Last.ID != uuid.Nil {
			f.t.Fatalf("places of an empty page: %+v", page)
		}
		return
	}
	if page.First.ID != page.Records[0].ID || page.Last.ID != page.Records[n-1].ID {
		f.t.Fatalf("a page begins at %s and ends at %s, not at its records", page.First.ID, page.Last.ID)
	}
	for _, position := range []store.Position{page.First, page.Last} {
		if query.Sort.ByID() != (position.Key == nil) || len(position.Key) > store.MaxKeyBytes+16 {
			f.t.Fatalf("key of %d bytes by %+v", len(position.Key), query.Sort)
		}
	}
}

// cursorQuery draws types with conditions.
func cursorQuery(t *rapid.T) store.Query {
	query := store.Query{Sort: anySort(t), Now: at(6)}
	types := rapid.SampledFrom([][]string{{user}, {group}, {user, group}, {group, "Q", user}}).Draw(t, "types")
	filtered := rapid.Bool().Draw(t, "filtered")
	for _, typ := range types {
		of := store.TypeQuery{Type: typ}
		if filtered {
			of.Where = condition(t, 1, anyLeaf)
		}
		query.Types = append(query.Types, of)
	}
	return query
}

// cursorWalks: on quiet data, pages by position are the pages of the whole, in
// both directions and from any place.
func cursorWalks(f *fixture) {
	round := 0
	rapid.Check(f.t, func(t *rapid.T) {
		round++
		one := f.in(f.newTenant(fmt.Sprintf("walk-%d", round)))
		changes := []store.Change{}
		for n := range rapid.IntRange(0, 14).Draw(t, "size") {
			changes = append(changes, one.lived(n, randomResource(t, one, n))...)
		}
		one.commit(changes...)
		for range 8 {
			query := cursorQuery(t)
			whole := query
			whole.Limit = 100
			page := one.query(whole)
			want := recordIDs(page)
			size := rapid.IntRange(1, 5).Draw(t, "page")
			if got := one.walkedIDs(query, size); !slices.Equal(got, want) {
				t.Fatalf("by %+v in pages of %d: %v, want %v", query.Sort, size, got, want)
			}
			if len(want) == 0 {
				continue
			}
			back := one.walkedBack(query, page.Last, size)
			if !slices.Equal(back, want[:len(want)-1]) {
				t.Fatalf("back by %+v in pages of %d: %v, want %v", query.Sort, size, back, want)
			}
			known := 4711
			query.After, query.Total, query.Limit = &page.First, &known, 100
			if rest := one.query(query); rest.Total != known || !slices.Equal(recordIDs(rest), want[1:]) {
				t.Fatalf("after the first by %+v: total %d, %v", query.Sort, rest.Total, recordIDs(rest))
			}
			query.Total = nil
			if rest := one.query(query); rest.Total != len(want) {
				t.Fatalf("after the first by %+v: total %d, want %d", query.Sort, rest.Total, len(want))
			}
			query.Total, query.Frequent, query.After = &known, true, nil
			if got := one.walkedIDs(query, size); !slices.Equal(got, want) {
				t.Fatalf("by %+v in pages of %d, frequent: %v, want %v", query.Sort, size, got, want)
			}
			if back := one.walkedBack(query, page.Last, size); !slices.Equal(back, want[:len(want)-1]) {
				t.Fatalf("back by %+v in pages of %d, frequent: %v, want %v", query.Sort, size, back, want)
			}
		}
	})
}

// cursorsOverChanges: what keeps its place is found once, whatever comes, goes
// and moves between the pages.
func cursorsOverChanges(f *fixture) {
	round := 0
	rapid.Check(f.t, func(t *rapid.T) {
		round++
		one := f.in(f.newTenant(fmt.Sprintf("change-%d", round)))
		changes := []store.Change{}
		moved := map[uuid.UUID]bool{}
		alive := map[int]store.Record{}
		for n := range 12 {
			record := randomResource(t, one, n)
			record.Type = user
			alive[n] = record
			changes = append(changes, one.store(record))
		}
		one.commit(changes...)
		next := 12
		seen := map[uuid.UUID]int{}
		query := store.Query{Types: of(user, nil), Sort: anySort(t), Limit: rapid.IntRange(1, 4).Draw(t, "page")}
		for {
			page := one.query(query)
			for _, record := range page.Records {
				seen[record.ID]++
			}
			if !page.More {
				break
			}
			query.After = &page.Last
			for range rapid.IntRange(0, 2).Draw(t, "changes") {
				n := rapid.IntRange(0, 11).Draw(t, "who")
				switch record, lives := alive[n]; {
				case !lives || rapid.IntRange(0, 2).Draw(t, "create") == 0:
					one.commit(one.store(randomResource(t, one, next)))
					next++
				case rapid.Bool().Draw(t, "delete"):
					one.commit(one.delete(user, n, 40))
					delete(alive, n)
				default:
					fresh := randomResource(t, one, n)
					fresh.Type, moved[record.ID] = user, true
					update := one.update(user, n, 40)
					update.Record = &fresh
					one.commit(update)
				}
			}
		}
		for _, record := range alive {
			if !moved[record.ID] && seen[record.ID] != 1 {
				t.Fatalf("%s stayed where it was and was found %d times by %+v", record.Name, seen[record.ID], query.Sort)
			}
		}
	})
}

// cursorKeys: long texts are cut, and numbers and texts keep their places.
func cursorKeys(f *fixture) {
	long := strings.Repeat("é", 3*store.SortedCharacters)
	values := []any{long + "a", long + "b", long, -1.5, 0.0, 0.1, 1e15, 9007199254740991.0, 1e300, 5e-324, true, false, "", "true", "10", nil, map[string]any{"x": 1}, []any{"list"}}
	changes := []store.Change{}
	for n, value := range values {
		index, err := json.Marshal(map[string]any{"v": value, "l": []any{map[string]any{"v": value}}})
		if err != nil {
			f.t.Fatal(err)
		}
		record := f.record(user, n, string(index))
		record.SortName = strings.Repeat("ü", store.MaxKeyBytes/2)
		changes = append(changes, f.store(record))
	}
	f.commit(changes...)
	for _, sort := range []store.Sort{{Path: path("v")}, {Path: path("l*", "v")}, {Column: store.ColumnSortName}} {
		for _, descending := range []bool{false, true} {
			sort.Descending = descending
			query := store.Query{Types: of(user, nil), Sort: sort, Limit: 100}
			whole := f.query(query)
			for size := 1; size < 5; size++ {
				if got := f.walkedIDs(query, size); !slices.Equal(got, recordIDs(whole)) {
					f.t.Errorf("pages of %d by %+v differ from the whole", size, sort)
				}
				if got := f.walkedBack(query, whole.Last, size); !slices.Equal(append(got, whole.Last.ID), recordIDs(whole)) {
					f.t.Errorf("pages of %d back by %+v differ from the whole", size, sort)
				}
			}
		}
	}
	for _, key := range [][]byte{nil, {}, {0xff}, []byte("s\x00"), []byte("s\xff"), []byte("t"), []byte("ix"), []byte("rNaN")} {
		query := store.Query{Types: of(user, nil), Sort: store.Sort{Column: store.ColumnModified}, Limit: 1, After: &store.Position{Key: key}}
		query.Tenant = f.tenant
		if _, err := f.s.Query(f.ctx, query); !errors.Is(err, store.ErrInvalid) && !bytes.HasPrefix(key, []byte("s")) {
			f.t.Errorf("key %q: %v", key, err)
		}
	}
}

// cursorsAboveCap walks over more matches than are probed, all of size.
func (f *fixture) cursorsAboveCap(size int) {
	f.t.Helper()
	for where, sort := range map[store.Expr]store.Sort{
		nil:                   {Column: store.ColumnExternalID},
		store.Const(true):     {Column: store.ColumnName, Descending: true},
		store.PresentColumn{}: {Column: store.ColumnModified, Descending: true},
		store.PresentColumn{Column: store.ColumnCreated}: {Column: store.ColumnLastLogin, Descending: true},
		store.PresentColumn{Column: store.ColumnName}:    {Column: store.ColumnLastLogin},
	} {
		query := store.Query{Types: of(user, where), Sort: sort, Total: &size}
		list := f.walkedIDs(query, 3500)
		query.Limit, query.Offset = 10, size-1
		last := f.query(query).Last
		query.Limit, query.Offset, query.Before = 20, 0, &last
		if page := f.query(query); len(list) != size || !page.More || !slices.Equal(recordIDs(page), list[size-21:size-1]) {
			f.t.Errorf("by %+v: %d of %d, or others before the last", sort, len(list), size)
		}
	}
	query := store.Query{Tenant: f.tenant, Types: of(user, present("nick")), Sort: store.Sort{Path: path("nick")}, Limit: 1, Total: &size, After: &store.Position{Key: []byte("sn")}}
	if _, err := f.s.Query(f.ctx, query); !errors.Is(err, store.ErrTooMany) {
		f.t.Errorf("page of a sort by path of %d: got error %v, want ErrTooMany", size, err)
	}
}

// cursorLookUps: pages of what a key finds.
func cursorLookUps(f *fixture) {
	for n := range 5 {
		create := f.create(user, n)
		create.Record.ExternalID = "same"
		f.commit(create)
	}
	for _, where := range []store.Expr{
		store.CompareColumn{Column: store.ColumnName, Value: "user-003"},
		store.CompareColumn{Column: store.ColumnID, Value: id(3).String()},
		store.CompareColumn{Column: store.ColumnExternalID, Value: "same"},
	} {
		for _, sort := range cursorSorts {
			query := store.Query{Types: of(user, where), Sort: sort, Limit: 10}
			whole := f.query(query)
			f.placed(query, whole)
			if whole.More {
				f.t.Errorf("more than all by %+v", sort)
			}
			if got := f.walkedIDs(query, 2); !slices.Equal(got, recordIDs(whole)) {
				f.t.Errorf("%v by %+v, want %v", got, sort, recordIDs(whole))
			}
			query.After = &whole.Last
			if page := f.query(query); len(page.Records) != 0 || page.More || page.Total != whole.Total {
				f.t.Errorf("behind the last by %+v: %d records of %d", sort, len(page.Records), page.Total)
			}
		}
	}
}

// modifiedMovesForward: what is changed by a clock that is behind keeps its
// time.
func modifiedMovesForward(f *fixture) {
	f.commit(f.create(user, 1), f.create(group, 2, 1))
	f.commit(f.members(2, 20, store.MemberChange{Remove: ids(1)}), f.members(2, 20, store.MemberChange{Add: ids(1)}))
	done := f.commit(f.members(2, 10, store.MemberChange{Remove: ids(1)}), f.members(2, 11, store.MemberChange{Add: ids(1)}))
	if !done[1].Modified.Equal(at(20)) {
		f.t.Errorf("Modified = %v, want %v", done[1].Modified, at(20))
	}
	f.state(f.key(group, 2), 5, at(20))
	f.commit(f.delete(user, 1, 15))
	f.state(f.key(group, 2), 6, at(20))
}

// recent: a digest differs once anything was changed, and only then.
func recent(f *fixture) {
	types := []string{user, group}
	digest := func(since time.Time) string {
		text, err := f.s.Recent(f.ctx, f.tenant, types, since)
		if err != nil {
			f.t.Fatalf("Recent: %v", err)
		}
		return text
	}
	f.commit(f.create(user, 10), f.create(user, 11), f.create(group, 12), f.create("Device", 13))
	last, all := digest(at(12)), digest(at(0))
	f.commit(f.create("Device", 14))
	other := f.in(f.newTenant("other"))
	other.commit(other.create(user, 15))
	if digest(at(12)) != last || digest(at(0)) != all || last == all {
		f.t.Error("the digest changed for others, or tells no times apart")
	}
	for name, change := range map[string]store.Change{
		"create": f.create(user, 16), "update": f.rename(11, 20, "x"), "members": f.members(12, 21, store.MemberChange{Add: ids(11)}),
		"delete": f.delete(user, 10, 22),
	} {
		before := digest(at(0))
		f.commit(change)
		if digest(at(0)) == before {
			f.t.Errorf("no other digest after %s", name)
		}
	}
}

// secrets: the first value stands, and all who ask at once agree on it.
func secrets(f *fixture) {
	var wait sync.WaitGroup
	got := make([][]byte, 16)
	for n := range got {
		wait.Go(func() {
			value, err := f.s.Secret(f.ctx, "cursor", []byte{byte(n), 0, 0xff})
			if err != nil {
				f.t.Errorf("Secret: %v", err)
			}
			got[n] = value
		})
	}
	wait.Wait()
	for _, value := range got {
		if len(value) != 3 || !bytes.Equal(value, got[0]) {
			f.t.Fatalf("secrets differ: %v and %v", value, got[0])
		}
	}
	other, err := f.s.Secret(f.ctx, "other", []byte("other"))
	if err != nil || string(other) != "other" {
		f.t.Errorf("Secret(other) = %q, %v", other, err)
	}
	if again, err := f.s.Secret(f.ctx, "other", []byte("fresh")); err != nil || string(again) != "other" {
		f.t.Errorf("Secret(other) = %q, %v", again, err)
	}
}
