package storetest

import (
	"errors"
	"slices"

	"github.com/google/uuid"

	"rollcall/store"
)

func membership(f *fixture) {
	for n := range 9 {
		f.commit(f.create(user, n))
	}
	f.commit(f.create(group, 20, 1, 2, 2), f.create(group, 21))
	f.wantMembers(20, 1, 2)
	version := int64(1)
	for step, test := range []struct {
		change store.MemberChange
		want   []int
	}{
		{store.MemberChange{Add: ids(3)}, []int{1, 2, 3}},
		{store.MemberChange{Add: ids(4, 3, 4)}, []int{1, 2, 3, 4}},
		{store.MemberChange{Remove: ids(1, 8)}, []int{2, 3, 4}},
		{store.MemberChange{Add: ids(5), Remove: ids(2, 2)}, []int{3, 4, 5}},
		{store.MemberChange{Replace: true, Add: ids(5, 6, 5)}, []int{5, 6}},
		{store.MemberChange{Replace: true}, nil},
		{store.MemberChange{Add: ids(21, 1)}, []int{21, 1}},
		{store.MemberChange{Add: ids(20)}, []int{20, 21, 1}},
		{store.MemberChange{Replace: true, Add: ids(1, 2)}, []int{1, 2}},
	} {
		done := f.commit(f.members(20, 30+step, test.change))
		version++
		if got := done[0]; got.Version != version || !got.Changed || !got.Modified.Equal(at(30+step)) {
			f.t.Errorf("%+v: Committed = %+v, want version %d", test.change, got, version)
		}
		f.wantMembers(20, test.want...)
		f.state(f.key(group, 20), version, at(30+step))
	}
	// The members themselves do not change.
	f.state(f.key(user, 1), 1, at(1))
	f.wantMembers(21)
}

func missingMembers(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2), f.create(group, 3, 1), f.create("Device", 4))
	refuse := func(missing []uuid.UUID, change store.Change) {
		f.t.Helper()
		err := f.refuse(store.ErrNoMember, 0, change)
		var member *store.MemberError
		if !errors.As(err, &member) {
			f.t.Fatalf("no MemberError in the chain of %v", err)
		}
		if len(member.IDs) == 0 || len(member.IDs) > 10 {
			f.t.Errorf("%d ids in MemberError", len(member.IDs))
		}
		for _, one := range member.IDs {
			if !slices.Contains(missing, one) {
				f.t.Errorf("%s is named as missing", one)
			}
		}
	}
	many := make([]int, 0, 30)
	for n := range 30 {
		many = append(many, 100+n)
	}
	refuse(ids(77), f.members(3, 5, store.MemberChange{Add: ids(2, 77)}))
	refuse(ids(77), f.members(3, 5, store.MemberChange{Replace: true, Add: ids(2, 77)}))
	refuse(ids(77), f.members(3, 5, store.MemberChange{Add: ids(77), Remove: ids(1)}))
	refuse(ids(many...), f.members(3, 5, store.MemberChange{Add: ids(many...)}))
	refuse(ids(77), f.create(group, 6, 1, 77))
	// A group may be its own first member.
	f.commit(f.create(group, 7, 7, 1))
	f.wantMembers(7, 1, 7)
	f.commit(f.delete(group, 7, 2))
	// A type that may not be a member is as good as missing.
	refuse(ids(4), f.members(3, 5, store.MemberChange{Add: ids(4)}))
	only := f.members(3, 5, store.MemberChange{Add: ids(2)})
	only.MemberTypes = []string{group}
	refuse(ids(2), only)
	// A record in the same change is not applied either.
	both := f.members(3, 5, store.MemberChange{Add: ids(77)})
	both.Record = new(f.record(group, 3, ""))
	both.Record.Name = "changed"
	refuse(ids(77), both)

	f.missing(f.key(group, 6))
	f.wantMembers(3, 1)
	f.state(f.key(group, 3), 1, at(3))
	f.matches(group, store.Const(true), "group-003")
	devices := f.members(3, 6, store.MemberChange{Add: ids(4)})
	devices.MemberTypes = []string{"Device"}
	f.commit(devices)
	f.wantMembers(3, 1, 4)
}

func membersOfOneCommit(f *fixture) {
	f.commit(
		f.create(user, 1),
		f.create(group, 2, 1),
		f.create(group, 3, 1, 2),
		f.members(2, 5, store.MemberChange{Add: ids(3)}),
	)
	f.wantMembers(2, 1, 3)
	f.wantMembers(3, 1, 2)
	f.state(f.key(group, 2), 2, at(5))
	// After the delete is too late.
	f.refuse(store.ErrNoMember, 1, f.delete(user, 1, 8), f.create(group, 6, 1))
	f.get(f.key(user, 1))
	// What a commit removes it may add again: two changes, two versions.
	done := f.commit(f.members(2, 9, store.MemberChange{Remove: ids(1)}), f.members(2, 10, store.MemberChange{Add: ids(1)}))
	if done[0].Version != 3 || done[1].Version != 4 {
		f.t.Errorf("versions = %+v", done)
	}
	f.wantMembers(2, 1, 3)
}

// largeMembership keeps the cost of a large change honest: 5,000 members in
// one change, told apart from those that were there.
func largeMembership(f *fixture) {
	const size = 5000
	changes := make([]store.Change, 0, size)
	all := make([]uuid.UUID, 0, size)
	for n := range size {
		create := f.create(user, n)
		create.Trail.Events = nil
		changes = append(changes, create)
		all = append(all, id(n))
	}
	f.commit(changes...)
	f.commit(f.create(group, 9000))
	f.commit(f.members(9000, 1, store.MemberChange{Add: all[:size-10]}))
	f.commit(f.members(9000, 2, store.MemberChange{Add: all}))
	if got := len(f.memberIDs(9000)); got != size {
		f.t.Errorf("%d members, want %d", got, size)
	}
	rows := f.auditOf(f.key(group, 9000))
	if len(rows) != 3 || len(rows[0].Added) != 10 || len(rows[1].Added) != size-10 {
		f.t.Errorf("%d audit rows, or wrong sets", len(rows))
	}
	f.commit(f.members(9000, 3, store.MemberChange{Replace: true, Add: all[5:6]}))
	f.wantMembers(9000, 5)
	if rows := f.auditOf(f.key(group, 9000)); len(rows[0].Removed) != size-1 || len(rows[0].Added) != 0 {
		f.t.Errorf("removed %d, added %d", len(rows[0].Removed), len(rows[0].Added))
	}
}
