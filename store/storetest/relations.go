package storetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
)

func relatedID(n int) store.Expr {
	return store.CompareColumn{Column: store.ColumnRelatedID, Op: store.Equal, Value: id(n).String()}
}

func relatedType(typ string) store.Expr {
	return store.CompareColumn{Column: store.ColumnRelatedType, Op: store.Equal, Value: typ}
}

// wantGroups checks the groups of a resource through Get and through Query.
func (f *fixture) wantGroups(typ string, n int, direct, indirect []int) {
	f.t.Helper()
	want := []store.Group{}
	for _, list := range []struct {
		ns     []int
		direct bool
	}{{direct, true}, {indirect, false}} {
		part := []store.Group{}
		for _, g := range list.ns {
			part = append(part, store.Group{ID: id(g), Type: group, Label: fmt.Sprintf("%s %d", group, g), Direct: list.direct})
		}
		slices.SortFunc(part, func(a, b store.Group) int { return strings.Compare(a.ID.String(), b.ID.String()) })
		want = append(want, part...)
	}
	check := func(how string, got []store.Group) {
		f.t.Helper()
		if got == nil {
			got = []store.Group{}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			f.t.Errorf("groups of %s %d by %s (-want +got):\n%s", typ, n, how, diff)
		}
	}
	check("Get", f.get(f.key(typ, n)).Groups)
	for _, record := range f.query(store.Query{Types: of(typ, nil), Limit: 1000, With: store.WithGroups}).Records {
		if record.ID == id(n) {
			check("Query", record.Groups)
		}
	}
}

func groups(f *fixture) {
	f.commit(
		f.create(user, 1), f.create(user, 2), f.create(user, 3),
		f.create(group, 10, 1), f.create(group, 11, 1, 10), f.create(group, 12, 11), f.create(group, 13, 12, 2), f.create(group, 14),
	)
	f.wantGroups(user, 1, []int{10, 11}, []int{12, 13})
	f.wantGroups(user, 2, []int{13}, nil)
	f.wantGroups(user, 3, nil, nil)
	f.wantGroups(group, 10, []int{11}, []int{12, 13})
	f.wantGroups(group, 13, nil, nil)
	// Labels follow the group.
	update := f.update(group, 13, 20)
	update.Record = new(f.record(group, 13, ""))
	update.Record.Label = "new"
	f.commit(update)
	if got := f.get(f.key(user, 2)).Groups; len(got) != 1 || got[0].Label != "new" {
		f.t.Errorf("groups = %+v", got)
	}
	// Nobody asked, nothing filled.
	record, err := f.s.Get(f.ctx, f.key(user, 1), 0)
	if err != nil || record.Groups != nil {
		f.t.Errorf("Get without relations: %+v, %v", record.Groups, err)
	}
	if page := f.query(store.Query{Types: of(user, nil), Limit: 1}); page.Records[0].Groups != nil {
		f.t.Errorf("Query without relations: %+v", page.Records[0].Groups)
	}
	f.commit(f.delete(group, 11, 21))
	f.wantGroups(user, 1, []int{10}, nil)
}

func cycles(f *fixture) {
	f.commit(f.create(user, 1), f.create(group, 10, 1), f.create(group, 11, 10), f.create(group, 12, 11), f.create(group, 13))
	f.commit(f.members(10, 20, store.MemberChange{Add: ids(12)}))
	f.wantGroups(user, 1, []int{10}, []int{11, 12})
	f.wantGroups(group, 10, []int{11}, []int{10, 12})
	f.matches(group, store.Related{Relation: store.AllGroups, Where: relatedID(10)}, "group-010", "group-011", "group-012")
	f.matches(user, store.Related{Relation: store.AllGroups, Where: relatedID(12)}, "user-001")

	// A group that contains itself is among its own groups, once.
	f.commit(f.members(13, 21, store.MemberChange{Add: ids(13, 1)}))
	f.wantMembers(13, 13, 1)
	f.wantGroups(user, 1, []int{10, 13}, []int{11, 12})
	if got := f.get(f.key(group, 13)).Groups; len(got) != 1 || got[0].ID != id(13) {
		f.t.Errorf("groups of a group that contains itself: %+v", got)
	}
	f.matches(group, store.Related{Relation: store.Groups, Where: relatedID(13)}, "group-013")
	f.commit(f.delete(group, 13, 22), f.delete(group, 11, 23))
	f.wantGroups(user, 1, []int{10}, nil)
	f.wantGroups(group, 12, []int{10}, nil)
}

func related(f *fixture) {
	f.commit(
		f.create(user, 1), f.create(user, 2), f.create(user, 3),
		f.create(group, 10, 1), f.create(group, 11, 10, 2), f.create(group, 12, 11), f.create(group, 13),
	)
	any := func(relation store.Relation, where store.Expr) store.Expr {
		return store.Related{Relation: relation, Where: where}
	}
	type names = []string
	tests := []struct {
		typ   string
		where store.Expr
		want  names
	}{
		{group, any(store.Members, nil), names{"group-010", "group-011", "group-012"}},
		{group, any(store.Members, relatedID(1)), names{"group-010"}},
		{group, any(store.Members, relatedID(2)), names{"group-011"}},
		{group, any(store.Members, relatedID(99)), nil},
		{group, any(store.Members, relatedType(user)), names{"group-010", "group-011"}},
		{group, any(store.Members, relatedType(group)), names{"group-011", "group-012"}},
		{group, any(store.Members, store.And{relatedID(10), relatedType(user)}), nil},
		{group, any(store.Members, store.Or{relatedID(1), relatedID(11)}), names{"group-010", "group-012"}},
		{group, any(store.Members, store.Not{Expr: relatedType(group)}), names{"group-010", "group-011"}},
		{group, any(store.Members, store.Const(true)), names{"group-010", "group-011", "group-012"}},
		{group, any(store.Members, store.Const(false)), nil},
		{group, any(store.Members, store.CompareColumn{Column: store.ColumnRelatedID, Op: store.StartsWith, Value: id(1).String()[:20]}), names{"group-010"}},
		{group, any(store.Members, store.CompareColumn{Column: store.ColumnRelatedID, Op: store.Contains, Value: id(2).String()[3:30]}), names{"group-011"}},
		{group, any(store.Members, store.CompareColumn{Column: store.ColumnRelatedID, Op: store.Equal, Value: "rubbish"}), nil},
		{group, any(store.Members, store.CompareColumn{Column: store.ColumnRelatedType, Op: store.GreaterOrEqual, Value: "H"}), names{"group-010", "group-011"}},
		{group, any(store.Groups, nil), names{"group-010", "group-011"}},
		{group, any(store.AllGroups, relatedID(12)), names{"group-010", "group-011"}},
		{user, any(store.Groups, nil), names{"user-001", "user-002"}},
		{user, any(store.AllGroups, nil), names{"user-001", "user-002"}},
		{user, any(store.Groups, relatedID(11)), names{"user-002"}},
		{user, any(store.AllGroups, relatedID(11)), names{"user-001", "user-002"}},
		{user, any(store.AllGroups, relatedID(12)), names{"user-001", "user-002"}},
		{user, any(store.AllGroups, relatedID(10)), names{"user-001"}},
		{user, any(store.AllGroups, relatedID(1)), nil},
		{user, any(store.AllGroups, store.CompareColumn{Column: store.ColumnRelatedID, Op: store.EndsWith, Value: id(12).String()[10:]}), names{"user-001", "user-002"}},
		{user, any(store.AllGroups, relatedType(group)), names{"user-001", "user-002"}},
		{user, any(store.Members, nil), nil},
		{user, store.And{any(store.AllGroups, relatedID(12)), store.Not{Expr: any(store.Groups, relatedID(11))}}, names{"user-001"}},
		{user, store.And{any(store.Groups, relatedID(11)), store.CompareColumn{Column: store.ColumnID, Op: store.Equal, Value: id(2).String()}}, names{"user-002"}},
	}
	for _, test := range tests {
		f.matches(test.typ, test.where, test.want...)
	}
}
