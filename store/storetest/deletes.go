package storetest

import (
	"rollcall/store"
)

func deletedUsers(f *fixture) {
	f.commit(
		f.holding(user, 1, badge("a"), desk("d")), f.create(user, 2),
		f.create(group, 3, 1, 2), f.create(group, 4, 1), f.create(group, 5, 2), f.create(group, 6, 3),
	)
	done := f.commit(f.delete(user, 1, 20))
	if !done[0].Changed {
		f.t.Errorf("Committed = %+v", done[0])
	}
	f.missing(f.key(user, 1))
	f.matches(user, store.Const(true), "user-002")
	if page := f.query(store.Query{Types: of(user, nil)}); page.Total != 1 {
		f.t.Errorf("total = %d", page.Total)
	}
	f.matches(user, store.CompareColumn{Column: store.ColumnName, Op: store.Equal, Value: "user-001"})
	f.wantMembers(3, 2)
	f.wantMembers(4)
	// Only groups that lost the member themselves change.
	f.state(f.key(group, 3), 2, at(20))
	f.state(f.key(group, 4), 2, at(20))
	f.state(f.key(group, 5), 1, at(5))
	f.state(f.key(group, 6), 1, at(6))
	f.matches(group, store.Related{Relation: store.Members, Where: relatedID(1)})

	f.refuse(store.ErrNotFound, 0, f.delete(user, 1, 21))
	f.refuse(store.ErrNotFound, 0, f.update(user, 1, 21))
	f.refuse(store.ErrNoMember, 0, f.members(3, 21, store.MemberChange{Add: ids(1)}))
	// Removing who is gone changes nothing.
	if done := f.commit(f.members(3, 22, store.MemberChange{Remove: ids(1)})); done[0].Changed {
		f.t.Error("removing a deleted member is a change")
	}

	// Name and values are free at once; the trail stays.
	heir := f.holding(user, 7, badge("a"), desk("d"))
	heir.Record.Name = "user-001"
	f.commit(heir)
	if rows := f.auditOf(f.key(user, 1)); len(rows) != 2 || rows[0].Action != "delete" {
		f.t.Errorf("audit = %+v", rows)
	}
	if rows := f.eventsOf(f.key(user, 1)); len(rows) != 2 || rows[1].Type != "prov:delete" {
		f.t.Errorf("events = %+v", rows)
	}

	// The id may come back, without what belonged to it, and leave again.
	again := f.create(user, 1)
	again.Record.Name = "reborn"
	f.commit(again)
	if got := f.get(f.key(user, 1)); got.Version != 1 || len(got.Groups) != 0 {
		f.t.Errorf("made again: version %d, groups %v", got.Version, got.Groups)
	}
	f.commit(f.delete(user, 1, 30))
	f.missing(f.key(user, 1))
}

func deletedGroups(f *fixture) {
	f.commit(f.create(user, 1), f.create(group, 2, 1), f.create(group, 3, 2, 1), f.create(group, 4))
	f.commit(f.members(2, 10, store.MemberChange{Add: ids(2)}))
	f.commit(f.delete(group, 2, 20))
	f.missing(f.key(group, 2))
	f.wantMembers(2)
	f.wantMembers(3, 1)
	f.state(f.key(group, 3), 2, at(20))
	f.state(f.key(group, 4), 1, at(4))
	// A member does not change when its group goes.
	f.state(f.key(user, 1), 1, at(1))
	if got := f.get(f.key(user, 1)).Groups; len(got) != 1 || got[0].ID != id(3) {
		f.t.Errorf("groups = %+v", got)
	}
	f.matches(user, store.Related{Relation: store.Groups, Where: relatedID(2)})
	f.matches(user, store.Related{Relation: store.AllGroups, Where: relatedID(2)})
	// Groups deleted with their members, in one commit.
	f.commit(f.delete(user, 1, 30), f.delete(group, 3, 31), f.delete(group, 4, 32))
	if page := f.query(store.Query{Types: []store.TypeQuery{{Type: user}, {Type: group}}, Limit: 10}); page.Total != 0 || len(page.Records) != 0 {
		f.t.Errorf("left over: %+v", page)
	}
}
