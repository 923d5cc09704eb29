package storetest

import (
	"fmt"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"rollcall/store"
)

// memberPage is one page of the members of groups, as "group member" numbers.
func (f *fixture) memberPage(page store.MemberPage, groups ...int) []string {
	f.t.Helper()
	list := []string{}
	for membership, err := range f.s.Members(f.ctx, f.tenant, ids(groups...), page) {
		if err != nil {
			f.t.Fatalf("Members: %v", err)
		}
		list = append(list, membership.Group.String()+" "+membership.Member.String())
	}
	return list
}

func memberPages(f *fixture) {
	for n := range 20 {
		f.commit(f.create(user, n))
	}
	f.commit(f.create(group, 30, 0, 1, 2, 3, 4, 5, 6), f.create(group, 31), f.create(group, 32, 5, 6, 7))
	first, last := sortedIDs(ids(0, 1, 2, 3, 4, 5, 6)), sortedIDs(ids(5, 6, 7))
	rows := func(n int, members ...string) []string {
		out := []string{}
		for _, member := range members {
			out = append(out, id(n).String()+" "+member)
		}
		return out
	}
	after := func(text string) uuid.UUID { return uuid.MustParse(text) }
	for _, test := range []struct {
		groups []int
		page   store.MemberPage
		want   []string
	}{
		{[]int{30}, store.MemberPage{Limit: 3}, rows(30, first[:3]...)},
		{[]int{30}, store.MemberPage{Limit: 100}, rows(30, first...)},
		{[]int{30}, store.MemberPage{After: after(first[2]), Limit: 3}, rows(30, first[3:6]...)},
		{[]int{30}, store.MemberPage{After: after(first[2])}, rows(30, first[3:]...)},
		{[]int{30}, store.MemberPage{After: after(first[6]), Limit: 3}, []string{}},
		{[]int{31}, store.MemberPage{Limit: 3}, []string{}},
		{[]int{32, 31, 30}, store.MemberPage{Limit: 2}, append(rows(32, last[:2]...), rows(30, first[:2]...)...)},
		{[]int{99, 30}, store.MemberPage{Limit: 1}, rows(30, first[0])},
		{[]int{32, 30}, store.MemberPage{After: uuid.Max, Limit: 2}, []string{}},
		{[]int{30, 32}, store.MemberPage{Where: relatedID(5)}, append(rows(30, id(5).String()), rows(32, id(5).String())...)},
		{[]int{30}, store.MemberPage{Where: store.And{relatedType(user), store.Not{Expr: relatedID(0)}}, Limit: 1}, rows(30, sortedIDs(ids(1, 2, 3, 4, 5, 6))[0])},
		{[]int{30}, store.MemberPage{Where: relatedType(user), After: after(first[2]), Limit: 3}, rows(30, first[3:6]...)},
		{[]int{30}, store.MemberPage{Where: relatedType(user)}, rows(30, first...)},
		{[]int{30, 32}, store.MemberPage{Where: relatedType(group)}, []string{}},
	} {
		if diff := cmp.Diff(test.want, f.memberPage(test.page, test.groups...)); diff != "" {
			f.t.Errorf("%v of %v (-want +got):\n%s", test.page, test.groups, diff)
		}
	}
	for _, err := range f.s.Members(f.ctx, f.tenant, ids(30), store.MemberPage{Where: compareRelated(store.ColumnRelatedLabel, store.Equal, "x")}) {
		if err == nil {
			f.t.Error("members are told by their label")
		}
	}
	for most, want := range map[int]map[uuid.UUID]int{
		100: {id(30): 7, id(32): 3}, 5: {id(30): 5, id(32): 3}, 1: {id(30): 1, id(32): 1}, 0: {},
	} {
		got, err := f.s.CountMembers(f.ctx, f.tenant, ids(32, 30, 31, 99), most)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			f.t.Errorf("CountMembers up to %d: %v (-want +got):\n%s", most, err, diff)
		}
	}
	if got, err := f.s.CountMembers(f.ctx, f.in(f.newTenant("members")).tenant, ids(30), 9); err != nil || len(got) != 0 {
		f.t.Errorf("CountMembers of another tenant: %v, %v", got, err)
	}
	if got, err := f.s.CountMembers(f.ctx, f.tenant, nil, 9); err != nil || len(got) != 0 {
		f.t.Errorf("CountMembers of no group: %v, %v", got, err)
	}
	// A walk over a membership that changes meets all who stay, each once.
	seen := []string{}
	for step, page := 0, (store.MemberPage{Limit: 2}); ; step++ {
		rows := f.memberPage(page, 30)
		if len(rows) == 0 {
			break
		}
		for _, row := range rows {
			seen = append(seen, row[37:])
		}
		page.After = after(seen[len(seen)-1])
		f.commit(f.members(30, 50+step, store.MemberChange{Add: ids(10 + step), Remove: []uuid.UUID{page.After}}))
	}
	if !slices.IsSorted(seen) {
		f.t.Errorf("out of order: %v", seen)
	}
	for _, member := range first {
		if !slices.Contains(seen, member) {
			f.t.Errorf("%s was missed", member)
		}
	}
}

func compareRelated(column store.Column, op store.Op, value string) store.Expr {
	return store.CompareColumn{Column: column, Op: op, Value: value}
}

func removedByCondition(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2), f.create(user, 3), f.create("Device", 4), f.create(group, 5), f.create(group, 9))
	key := f.key(group, 9)
	all := []int{1, 2, 3, 4, 5}
	step := 10
	change := func(change store.MemberChange) store.Committed {
		f.t.Helper()
		step++
		update := f.members(9, step, change)
		update.MemberTypes = []string{user, group, "Device"}
		return f.commit(update)[0]
	}
	for _, test := range []struct {
		change  store.MemberChange
		want    []int
		added   []int
		removed []int
	}{
		{store.MemberChange{RemoveWhere: relatedType(user)}, []int{4, 5}, nil, []int{1, 2, 3}},
		{store.MemberChange{RemoveWhere: store.Not{Expr: relatedType(user)}}, []int{1, 2, 3}, nil, []int{4, 5}},
		{store.MemberChange{RemoveWhere: store.Const(true)}, nil, nil, all},
		{store.MemberChange{RemoveWhere: store.And{}}, nil, nil, all},
		{store.MemberChange{RemoveWhere: store.And{relatedType(user), store.Or{relatedID(2), relatedID(5)}}}, []int{1, 3, 4, 5}, nil, []int{2}},
		{store.MemberChange{RemoveWhere: compareRelated(store.ColumnRelatedType, store.StartsWith, "De")}, []int{1, 2, 3, 5}, nil, []int{4}},
		{store.MemberChange{RemoveWhere: compareRelated(store.ColumnRelatedID, store.Contains, id(3).String()[4:30])}, []int{1, 2, 4, 5}, nil, []int{3}},
		// Who is added stays, and nothing happened to them.
		{store.MemberChange{RemoveWhere: relatedType(user), Add: ids(2)}, []int{2, 4, 5}, nil, []int{1, 3}},
		{store.MemberChange{RemoveWhere: relatedType(user), Remove: ids(2, 4)}, []int{5}, nil, []int{1, 2, 3, 4}},
		{store.MemberChange{RemoveWhere: relatedType(group), Remove: ids(1), Add: ids(9)}, []int{2, 3, 4, 9}, []int{9}, []int{1, 5}},
	} {
		change(store.MemberChange{Replace: true, Add: ids(all...)})
		version := f.get(key).Version
		if done := change(test.change); done.Version != version+1 || !done.Changed {
			f.t.Errorf("%+v: %+v", test.change, done)
		}
		f.wantMembers(9, test.want...)
		f.state(key, version+1, at(step))
		row := f.auditOf(key)[0]
		if diff := cmp.Diff([][]uuid.UUID{ids(test.added...), ids(test.removed...)}, [][]uuid.UUID{row.Added, row.Removed}, looseIDs); diff != "" {
			f.t.Errorf("%+v: audit (-want +got):\n%s", test.change, diff)
		}
		if events := f.eventsOf(key); events[len(events)-1].Version != version+1 {
			f.t.Errorf("%+v: last event %+v", test.change, events[len(events)-1])
		}
	}
	// What satisfies nobody changes nothing.
	change(store.MemberChange{Replace: true, Add: ids(1, 4)})
	before, rows := f.get(key), len(f.auditOf(key))
	for _, nobody := range []store.MemberChange{
		{RemoveWhere: relatedType(group)}, {RemoveWhere: store.Or{}}, {RemoveWhere: relatedType(user), Add: ids(1)},
	} {
		if done := change(nobody); done.Changed || done.Version != before.Version {
			f.t.Errorf("%+v: %+v", nobody, done)
		}
	}
	f.state(key, before.Version, before.Modified)
	if got := len(f.auditOf(key)); got != rows {
		f.t.Errorf("%d audit rows, want %d", got, rows)
	}
	// A refused change removes nobody.
	f.refuse(store.ErrNoMember, 0, f.members(9, 99, store.MemberChange{RemoveWhere: relatedType(user), Add: ids(77)}))
	stale := f.members(9, 99, store.MemberChange{RemoveWhere: relatedType(user)})
	stale.Match = before.Version + 7
	f.refuse(store.ErrVersion, 0, stale)
	for _, wrong := range []store.MemberChange{
		{RemoveWhere: compareRelated(store.ColumnRelatedLabel, store.Equal, "x")},
		{RemoveWhere: relatedType(user), Replace: true},
	} {
		if _, err := f.s.Commit(f.ctx, []store.Change{f.members(9, 99, wrong)}); err == nil {
			f.t.Errorf("%+v was taken", wrong)
		}
	}
	f.wantMembers(9, 1, 4)
}

func indirectGroups(f *fixture) {
	f.commit(
		f.create(user, 1), f.create(user, 2), f.create(user, 3), f.create(user, 4),
		f.create(group, 10, 1), f.create(group, 11, 10, 2), f.create(group, 12, 11, 1), f.create(group, 13, 3), f.create(group, 14),
	)
	// A cycle: everybody in it is their own indirect group.
	f.commit(f.create(group, 20, 4), f.create(group, 21, 20), f.members(20, 30, store.MemberChange{Add: ids(21)}))
	indirect := func(where store.Expr) store.Expr {
		return store.Related{Relation: store.IndirectGroups, Where: where}
	}
	for _, test := range []struct {
		typ   string
		where store.Expr
		want  []string
	}{
		{user, indirect(nil), []string{"user-001", "user-002", "user-004"}},
		{user, indirect(relatedID(12)), []string{"user-002"}}, // user 1 is in 12 by itself as well
		{user, indirect(relatedID(11)), []string{"user-001"}},
		{user, indirect(relatedID(10)), nil},
		{user, indirect(relatedID(13)), nil},
		{user, indirect(relatedType(group)), []string{"user-001", "user-002", "user-004"}},
		{user, indirect(relatedType(user)), nil},
		{user, indirect(store.Not{Expr: relatedID(11)}), []string{"user-002", "user-004"}},
		{user, indirect(store.Or{relatedID(11), relatedID(12)}), []string{"user-001", "user-002"}},
		{group, indirect(nil), []string{"group-010", "group-020", "group-021"}},
		{group, indirect(relatedID(20)), []string{"group-020"}},
		{group, indirect(relatedID(21)), []string{"group-021"}},
		{user, store.And{indirect(relatedID(11)), compareRelated(store.ColumnName, store.Equal, "user-001")}, []string{"user-001"}},
		{user, indirect(compareRelated(store.ColumnRelatedLabel, store.Equal, "sort 011")), []string{"user-001"}},
		{user, indirect(compareRelated(store.ColumnRelatedLabel, store.Contains, "2")), []string{"user-002", "user-004"}},
	} {
		f.matches(test.typ, test.where, test.want...)
	}
}

func relatedLabels(f *fixture) {
	// Named has no sort name, so that its name is its label.
	named := f.record(user, 2, "")
	named.Name, named.SortName = "plain", ""
	unnamed := f.record(user, 3, "")
	unnamed.Name, unnamed.SortName = "", ""
	f.commit(f.create(user, 1), f.store(named), f.store(unnamed), f.create(group, 10, 1, 2, 3), f.create(group, 11, 10, 3))
	other := f.in(f.newTenant("other"))
	other.commit(other.create(user, 1), other.create(group, 10, 1))
	for _, test := range []struct {
		op    store.Op
		value string
		want  []string // of the groups, by their members
	}{
		{store.Equal, "sort 001", []string{"group-010"}},
		{store.Equal, "plain", []string{"group-010"}},
		{store.Equal, "user-001", nil},
		{store.Equal, "", nil},
		{store.StartsWith, "sort", []string{"group-010", "group-011"}},
		{store.StartsWith, "plai", []string{"group-010"}},
		{store.StartsWith, "", []string{"group-010", "group-011"}},
		{store.StartsWith, "s_rt", nil},
		{store.EndsWith, "010", []string{"group-011"}},
		{store.Contains, "lai", []string{"group-010"}},
		{store.Greater, "plain", []string{"group-010", "group-011"}},
		{store.LessOrEqual, "plain", []string{"group-010"}},
	} {
		label := compareRelated(store.ColumnRelatedLabel, test.op, test.value)
		f.matches(group, store.Related{Relation: store.Members, Where: label}, test.want...)
		f.matches(group, store.And{store.Related{Relation: store.Members, Where: store.And{label, store.Not{Expr: relatedType("X")}}}}, test.want...)
		f.matches(group, store.Or{store.Related{Relation: store.Members, Where: label}}, test.want...)
	}
	byGroup := func(relation store.Relation, op store.Op, value string) store.Expr {
		return store.Related{Relation: relation, Where: compareRelated(store.ColumnRelatedLabel, op, value)}
	}
	nameless := []string{}
	for _, relation := range []store.Relation{store.Groups, store.AllGroups} {
		f.matches(user, store.And{byGroup(relation, store.Equal, "sort 010"), compareRelated(store.ColumnName, store.StartsWith, "p")}, "plain")
		if got := fmt.Sprint(f.found(user, byGroup(relation, store.Equal, "nobody"))); got != fmt.Sprint(nameless) {
			f.t.Errorf("found %s", got)
		}
	}
	f.matches(user, store.And{byGroup(store.AllGroups, store.EndsWith, "011"), compareRelated(store.ColumnName, store.StartsWith, "user")}, "user-001")
	if _, err := f.s.Query(f.ctx, store.Query{Tenant: f.tenant, Types: of(user, compareRelated(store.ColumnRelatedLabel, store.Equal, "x")), Limit: 1}); err == nil {
		f.t.Error("a label outside a relation was taken")
	}
}
