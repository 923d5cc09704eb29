package storetest

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/store"
)

// ordered checks an order and its exact reverse; want names the records that
// have a value, those of equals in any order, and the rest come last by id.
func (f *fixture) ordered(sort store.Sort, want ...string) {
	f.t.Helper()
	all := f.query(store.Query{Types: of(user, nil), Limit: 1000}).Records
	slices.SortStableFunc(all, func(a, b store.Record) int { return strings.Compare(a.ID.String(), b.ID.String()) })
	rank := func(record store.Record) int {
		for i, names := range want {
			if slices.Contains(strings.Split(names, " "), record.Label) {
				return i
			}
		}
		return len(want)
	}
	slices.SortStableFunc(all, func(a, b store.Record) int { return rank(a) - rank(b) })
	labels := func(records []store.Record) string {
		var list []string
		for _, record := range records {
			list = append(list, record.Label)
		}
		return strings.Join(list, " ")
	}
	if got := labels(f.query(store.Query{Types: of(user, nil), Sort: sort, Limit: 1000}).Records); got != labels(all) {
		f.t.Errorf("order by %+v: %s, want %s", sort, got, labels(all))
	}
	slices.Reverse(all)
	sort.Descending = true
	if got := labels(f.query(store.Query{Types: of(user, nil), Sort: sort, Limit: 1000}).Records); got != labels(all) {
		f.t.Errorf("order by %+v: %s, want %s", sort, got, labels(all))
	}
}

func sortByColumn(f *fixture) {
	for i, label := range []string{"a", "b", "c", "d", "e", "f"} {
		record := f.record(user, i, "")
		record.Label = label
		record.Name = map[string]string{"a": "z", "b": "Y", "c": "x", "d": "\u00e9", "e": "", "f": ""}[label]
		record.ExternalID = map[string]string{"a": "2", "b": "10", "c": "10", "d": "1", "e": "", "f": ""}[label]
		record.SortName = map[string]string{"a": "same", "b": "same", "c": "Same", "d": "", "e": "", "f": "zz"}[label]
		record.Created = at(map[string]int{"a": 3, "b": 1, "c": 1, "d": 2, "e": 9, "f": 4}[label])
		record.Modified = at(map[string]int{"a": 5, "b": 6, "c": 7, "d": 7, "e": 7, "f": 8}[label])
		f.commit(f.store(record))
	}
	f.ordered(store.Sort{})
	f.ordered(store.Sort{Column: store.ColumnID})
	f.ordered(store.Sort{Column: store.ColumnName}, "b", "c", "a", "d")
	f.ordered(store.Sort{Column: store.ColumnExternalID}, "d", "b c", "a")
	f.ordered(store.Sort{Column: store.ColumnSortName}, "c", "a b", "f")
	f.ordered(store.Sort{Column: store.ColumnCreated}, "b c", "d", "a", "f", "e")
	f.ordered(store.Sort{Column: store.ColumnModified}, "a", "b", "c d e", "f")
}

func sortByPath(f *fixture) {
	indexes := []string{
		`{"nick":"b","age":10,"vip":true,"name":{"family":"Z"},"tags":["m","a"],"x:y":{"d":"2"},
			"emails":[{"value":"a1"},{"value":"z1","primary":true}]}`,
		`{"nick":"a","age":9,"vip":false,"name":{"family":"a"},"tags":["b"],"x:y":{"d":"10"},
			"emails":[{"value":"m1","primary":false},{"value":"a1","primary":false}]}`,
		`{"nick":"a","age":-1,"vip":true,"name":{"family":"\u00e9"},"tags":[],"emails":[]}`,
		`{"nick":"","age":9.5,"name":{},"emails":[{"value":"b1"},{"value":"0"}]}`,
		`{}`,
		`{"name":{"given":"x"}}`,
	}
	for i, index := range indexes {
		record := f.record(user, i, index)
		record.Label = string(rune('a' + i))
		f.commit(f.store(record))
	}
	by := func(names ...string) store.Sort { return store.Sort{Path: path(names...)} }
	f.ordered(by("nick"), "d", "b c", "a")
	f.ordered(by("age"), "c", "b", "d", "a")
	f.ordered(by("vip"), "b", "a c")
	f.ordered(by("name", "family"), "a", "b", "c")
	f.ordered(by("tags*"), "b", "a")
	f.ordered(by("x:y", "d"), "b", "a")
	f.ordered(by("emails*", "value"), "d", "b", "a")
	f.ordered(by("nope"))
	f.ordered(by("nope*", "value"))
}

func sortByCondition(f *fixture) {
	for i, label := range []string{"a", "b", "c", "d", "e"} {
		record := f.record(user, i, fmt.Sprintf(`{"nick":%q}`, label))
		record.Label = label
		record.Facts.Status = map[string]string{"b": "Locked", "d": "Locked"}[label]
		f.commit(f.store(record))
	}
	group := f.create(group, 9, 2, 3)
	f.commit(group)
	// False comes first: the records of the last argument are those of which it
	// is true.
	f.ordered(store.Sort{Holds: store.Standing{Statuses: []string{"Locked"}}}, "a c e", "b d")
	f.ordered(store.Sort{Holds: store.Not{Expr: store.Related{Relation: store.Groups}}}, "c d", "a b e")
	f.ordered(store.Sort{Holds: text("d", "nick")}, "a b c e", "d")
	f.ordered(store.Sort{Holds: store.Const(true)})
	f.ordered(store.Sort{Holds: store.PresentColumn{Column: store.ColumnLastLogin}})
	f.ordered(store.Sort{Holds: store.Const(false), Column: store.ColumnName})
}

func paging(f *fixture) {
	const size = 57
	changes := make([]store.Change, 0, size)
	for n := range size {
		record := f.record(user, n, fmt.Sprintf(`{"even":%v,"shade":"s%d"}`, n%2 == 0, n%4))
		record.SortName = fmt.Sprintf("same %d", n%3)
		record.Created = at(n % 5)
		if n%7 == 0 {
			record.SortName = ""
		}
		changes = append(changes, f.store(record))
	}
	f.commit(changes...)
	sorts := []store.Sort{
		{},
		{Descending: true},
		{Column: store.ColumnName},
		{Column: store.ColumnSortName},
		{Column: store.ColumnSortName, Descending: true},
		{Column: store.ColumnCreated},
		{Column: store.ColumnCreated, Descending: true},
		{Path: path("shade")},
		{Path: path("nope"), Descending: true},
	}
	wheres := map[int]store.Expr{size: nil, 29: compare(store.Equal, true, "even"), 28: store.Not{Expr: compare(store.Equal, true, "even")}}
	for total, where := range wheres {
		for _, sort := range sorts {
			whole := recordNames(f.query(store.Query{Types: of(user, where), Sort: sort, Limit: 1000}))
			if len(whole) != total {
				f.t.Fatalf("%d records, want %d", len(whole), total)
			}
			for _, step := range []int{1, 10, total} {
				var pages []string
				for offset := 0; offset < total; offset += step {
					page := f.query(store.Query{Types: of(user, where), Sort: sort, Offset: offset, Limit: step})
					if page.Total != total {
						f.t.Errorf("total = %d, want %d", page.Total, total)
					}
					pages = append(pages, recordNames(page)...)
				}
				if !slices.Equal(pages, whole) {
					f.t.Errorf("pages of %d by %+v differ from the whole", step, sort)
				}
			}
			for _, offset := range []int{total, total + 1, 1 << 40} {
				page := f.query(store.Query{Types: of(user, where), Sort: sort, Offset: offset, Limit: 10})
				if page.Total != total || len(page.Records) != 0 {
					f.t.Errorf("offset %d: total %d, %d records", offset, page.Total, len(page.Records))
				}
			}
			page := f.query(store.Query{Types: of(user, where), Sort: sort})
			if page.Total != total || len(page.Records) != 0 {
				f.t.Errorf("limit 0: total %d, %d records", page.Total, len(page.Records))
			}
		}
	}
	f.commit(f.delete(user, 0, 60), f.delete(user, 1, 61))
	f.refuse(store.ErrNotFound, 1, f.delete(user, 2, 61), f.delete(user, 1, 61))
	f.refuse(store.ErrUniqueness, 1, f.create(user, 100), f.create(user, 3))
	if page := f.query(store.Query{Types: of(user, nil)}); page.Total != size-2 {
		f.t.Errorf("total after deletes = %d", page.Total)
	}
	if page := f.query(store.Query{Types: of(user, wheres[29])}); page.Total != 28 {
		f.t.Errorf("filtered total after deletes = %d", page.Total)
	}
}

func severalTypes(f *fixture) {
	for n := range 10 {
		f.commit(f.create(user, n), f.create(group, 20+n, n), f.create("Device", 40+n))
	}
	both := []store.TypeQuery{{Type: group}, {Type: user}}
	page := f.query(store.Query{Types: both, Sort: store.Sort{Column: store.ColumnExternalID}, Offset: 8, Limit: 4, With: store.WithGroups})
	if got := fmt.Sprint(recordNames(page)); page.Total != 20 || got != "[user-008 user-009 group-020 group-021]" {
		f.t.Errorf("total %d, %s", page.Total, got)
	}
	if got := page.Records[0]; got.Type != user || len(got.Groups) != 1 || got.Groups[0].ID != id(28) {
		f.t.Errorf("first record: %s %+v", got.Type, got.Groups)
	}
	if len(page.Records[2].Groups) != 0 {
		f.t.Errorf("a group in no group: %+v", page.Records[2].Groups)
	}
	some := []store.TypeQuery{
		{Type: user, Where: store.CompareColumn{Column: store.ColumnName, Op: store.EndsWith, Value: "3"}},
		{Type: group, Where: store.Related{Relation: store.Members, Where: relatedID(5)}},
		{Type: "Device", Where: store.Const(false)},
	}
	page = f.query(store.Query{Types: some, Sort: store.Sort{Column: store.ColumnName, Descending: true}, Limit: 10})
	if got := fmt.Sprint(recordNames(page)); page.Total != 2 || got != "[user-003 group-025]" {
		f.t.Errorf("total %d, %s", page.Total, got)
	}
	page = f.query(store.Query{Types: both, Limit: 100})
	if !slices.IsSortedFunc(page.Records, func(a, b store.Record) int { return strings.Compare(a.ID.String(), b.ID.String()) }) {
		f.t.Error("several types are not in order of id")
	}
	page = f.query(store.Query{Types: both, Sort: store.Sort{Path: path("nope")}, Limit: 100})
	if page.Total != 20 || len(page.Records) != 20 {
		f.t.Errorf("by path: total %d, %d records", page.Total, len(page.Records))
	}
}
