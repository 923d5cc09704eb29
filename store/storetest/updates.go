package storetest

import (
	"rollcall/store"
)

func updates(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2))
	record := f.record(user, 1, `{"nick":"new"}`)
	record.Name, record.ExternalID, record.SortName, record.Label = "renamed", "", "s", "L"
	record.Document = []byte(`{"x":"y"}`)
	// Not looked at in an update:
	record.Key = f.key(group, 55)
	record.Version, record.Created, record.Modified = 40, at(500), at(501)
	record.Facts = fullFacts()

	update := f.update(user, 1, 9)
	update.Record = new(record)
	done := f.commit(update)
	if got := done[0]; got.Version != 2 || !got.Changed || !got.Modified.Equal(at(9)) {
		f.t.Errorf("Committed = %+v", got)
	}
	record.Key, record.Version, record.Created, record.Modified, record.Facts = f.key(user, 1), 2, at(1), at(9), store.Facts{}
	sameRecord(f.t, record, f.get(record.Key))
	sameRecord(f.t, f.record(user, 2, ""), f.get(f.key(user, 2)))
	f.matches(user, text("new", "nick"), "renamed")

	// The same record once more is a change all the same.
	update = f.update(user, 1, 11)
	update.Record = new(record)
	if done := f.commit(update); done[0].Version != 3 || !done[0].Changed {
		f.t.Errorf("Committed = %+v", done[0])
	}
	f.refuse(store.ErrNotFound, 0, f.update(user, 77, 12))
	f.refuse(store.ErrNotFound, 0, f.update(group, 1, 12))
}

func versions(f *fixture) {
	f.commit(f.create(user, 1), f.create(group, 2))
	touch := func(match int64, step int) *store.Update {
		update := f.update(user, 1, step)
		update.Match = match
		update.Record = new(f.record(user, 1, ""))
		return update
	}
	f.commit(touch(1, 1))
	f.refuse(store.ErrVersion, 0, touch(1, 2))
	f.refuse(store.ErrVersion, 0, touch(3, 2))
	f.commit(touch(0, 3))
	// A commit sees its own versions.
	done := f.commit(touch(3, 4), touch(4, 5), touch(0, 6))
	if done[2].Version != 6 {
		f.t.Errorf("versions in one commit: %+v", done)
	}
	f.refuse(store.ErrVersion, 1, touch(6, 7), touch(6, 8))
	f.state(f.key(user, 1), 6, at(6))

	// The version counts also where nothing would change.
	idle := f.members(2, 9, store.MemberChange{Remove: ids(1)})
	idle.Match = 2
	f.refuse(store.ErrVersion, 0, idle)
	idle.Match = 1
	f.commit(idle)

	remove := f.delete(user, 1, 10)
	remove.Match = 5
	f.refuse(store.ErrVersion, 0, remove)
	remove.Match = 6
	if done := f.commit(remove); done[0].Version < 6 || !done[0].Changed {
		f.t.Errorf("Committed of a delete = %+v", done[0])
	}
	f.refuse(store.ErrNotFound, 0, touch(6, 11))
}

// unchanged: what changes nothing leaves nothing behind.
func unchanged(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2), f.create(group, 3, 1))
	for step, change := range []store.MemberChange{
		{},
		{Add: ids(1)},
		{Add: ids(1, 1)},
		{Remove: ids(2)},
		{Remove: ids(77, 78)},
		{Add: ids(1), Remove: ids(2)},
		{Replace: true, Add: ids(1)},
		{Replace: true, Add: ids(1, 1)},
	} {
		done := f.commit(f.members(3, 10+step, change))
		if got := done[0]; got.Changed || got.Version != 1 || !got.Modified.Equal(at(3)) {
			f.t.Errorf("%+v: Committed = %+v", change, got)
		}
	}
	f.state(f.key(group, 3), 1, at(3))
	f.wantMembers(3, 1)
	if got := len(f.auditOf(f.key(group, 3))); got != 1 {
		f.t.Errorf("%d audit rows, want 1", got)
	}
	if got := len(f.eventsOf(f.key(group, 3))); got != 1 {
		f.t.Errorf("%d events, want 1", got)
	}
	// A record makes it a change whatever the members do.
	update := f.members(3, 30, store.MemberChange{Add: ids(1)})
	update.Record = new(f.record(group, 3, ""))
	f.commit(update)
	f.state(f.key(group, 3), 2, at(30))
	if rows := f.auditOf(f.key(group, 3)); len(rows) != 2 || len(rows[0].Added)+len(rows[0].Removed) != 0 {
		f.t.Errorf("audit = %+v", rows)
	}
}
