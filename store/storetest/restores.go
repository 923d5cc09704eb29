package storetest

import (
	"errors"
	"slices"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
)

// restores: a resource comes back as the caller says, under its id and with its
// history going on.
func restores(f *fixture) {
	made := f.holding(user, 1, badge("a"))
	made.Record.Facts = fullFacts()
	f.commit(made, f.create(user, 2))
	f.refuse(store.ErrNotFound, 0, f.restore(user, 1, 9))
	f.refuse(store.ErrNotFound, 0, f.restore(user, 9, 9))
	f.commit(f.standing(1, 8, fullFacts()), f.delete(user, 1, 10))
	back := f.restore(user, 1, 20)
	back.Record.Name, back.Record.Index = "again", []byte(`{"nick":"n"}`)
	back.Record.Created, back.Record.Version = at(500), 77 // not looked at
	back.Record.Facts = store.Facts{Status: "Suspended"}
	back.Unique = []store.UniqueValue{badge("a"), desk("d")}
	back.PasswordHash = "new"
	back.Match = 2
	f.refuse(store.ErrVersion, 0, back)
	back.Match = 3
	done := f.commit(back)
	if got := done[0]; got.Version != 4 || !got.Changed || !got.Modified.Equal(at(20)) || got.Lost != nil {
		f.t.Errorf("Committed = %+v", got)
	}
	if hash, err := f.s.PasswordHash(f.ctx, back.Record.Key); err != nil || hash != "new" {
		f.t.Errorf("PasswordHash = %q, %v", hash, err)
	}
	want := back.Record
	want.Version, want.Created, want.Facts.Revision = 4, at(1), 3
	sameRecord(f.t, want, f.get(want.Key))
	f.matches(user, text("n", "nick"), "again")
	f.matches(user, store.Standing{Statuses: []string{"Suspended"}}, "again")
	if page := f.query(store.Query{Types: of(user, nil)}); page.Total != 2 {
		f.t.Errorf("total = %d, want 2", page.Total)
	}
	if _, ok := f.departed(want.Key); ok {
		f.t.Error("what was restored has departed")
	}
	f.taken("urn:x:badge", 0, f.holding(user, 5, badge("a")))
	f.versionsOf(want.Key, "1 create, 2 update, 3 delete, 4 restore")
	// It may go and come any number of times.
	f.commit(f.delete(user, 1, 30), f.restore(user, 1, 31), f.delete(user, 1, 32))
	f.commit(f.restore(user, 1, 33))
	if _, err := f.s.PasswordHash(f.ctx, want.Key); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("a password came back: %v", err)
	}
	f.state(want.Key, 8, at(33))
}

// restoresRefused: what was taken since stays with who took it.
func restoresRefused(f *fixture) {
	f.commit(f.holding(user, 1, badge("a")), f.create(group, 2, 1))
	f.commit(f.delete(user, 1, 10))
	heir := f.holding(user, 3, badge("a"))
	heir.Record.Name = "user-001"
	f.commit(heir)
	back := f.restore(user, 1, 20)
	f.taken(store.NameAttribute, 0, back)
	back.Record.Name, back.Unique = "other", []store.UniqueValue{desk("d"), badge("a")}
	f.taken("urn:x:badge", 1, f.rename(3, 20, "user-003"), back)
	back.Unique = nil
	// Its id was given away.
	again := f.create(user, 1)
	again.Record.Name = "reborn"
	f.commit(again)
	f.refuse(store.ErrUniqueness, 0, back)
	f.wantMembers(2)
	f.state(f.key(group, 2), 2, at(10))
	if departed, ok := f.departed(f.key(user, 1)); !ok || departed.Groups != 1 {
		f.t.Errorf("departed = %+v, %v", departed, ok)
	}
	if page := f.query(store.Query{Types: of(user, nil)}); page.Total != 2 {
		f.t.Errorf("total = %d, want 2", page.Total)
	}
}

func (f *fixture) wantLost(done store.Committed, lost ...int) {
	f.t.Helper()
	want, got := sortedIDs(ids(lost...)), sortedIDs(done.Lost)
	if !slices.Equal(want, got) {
		f.t.Errorf("lost %v, want %v", got, want)
	}
}

// restoredMemberships: who is living is in its groups again, and they change.
func restoredMemberships(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2), f.create(group, 3, 1, 2), f.create(group, 4, 1, 3), f.create(group, 5, 1))
	f.commit(f.members(3, 9, store.MemberChange{Add: ids(3)}))
	f.commit(f.delete(user, 1, 10), f.delete(group, 5, 11))
	f.wantLost(f.commit(f.restore(user, 1, 20))[0], 5)
	f.wantMembers(3, 1, 2, 3)
	f.wantMembers(4, 1, 3)
	f.state(f.key(group, 3), 4, at(20))
	f.state(f.key(group, 4), 3, at(20))
	f.wantGroups(user, 1, []int{3, 4}, nil)

	// A group, with itself among its members.
	f.commit(f.delete(group, 3, 30))
	f.commit(f.delete(user, 2, 31))
	f.wantMembers(3)
	f.wantLost(f.commit(f.restore(group, 3, 40))[0], 2)
	f.wantMembers(3, 1, 3)
	f.wantMembers(4, 1, 3)
	f.state(f.key(group, 3), 6, at(40))
	f.state(f.key(group, 4), 5, at(40))
	f.state(f.key(user, 1), 3, at(20))

	// Several in one commit see each other.
	f.commit(f.delete(user, 1, 50), f.delete(group, 4, 51))
	done := f.commit(f.restore(group, 4, 60), f.restore(user, 1, 61), f.restore(user, 2, 62))
	f.wantLost(done[0])
	f.wantLost(done[1])
	f.wantLost(done[2])
	f.wantMembers(4, 1, 3)
	f.wantMembers(3, 1, 3)
}

// keptMemberships: rows that a delete leaves in place are neither doubled by a
// restore nor forgotten.
func keptMemberships(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2), f.create(group, 3, 1, 2), f.create(group, 4, 1, 3))
	keep := func(typ string, n, step int) *store.Delete {
		remove := f.delete(typ, n, step)
		remove.Keep = true
		return remove
	}
	f.commit(keep(user, 1, 10))
	f.state(f.key(group, 3), 1, at(3))
	f.wantMembers(3, 1, 2)
	f.wantLost(f.commit(f.restore(user, 1, 11))[0])
	f.wantMembers(3, 1, 2)
	f.state(f.key(group, 3), 1, at(3))

	// Stripped, they come back by the snapshot.
	f.commit(keep(user, 1, 20), keep(group, 3, 21))
	for _, above := range f.get(f.key(user, 2)).Groups {
		if above.ID == id(3) {
			f.t.Errorf("a departed group is told: %+v", above)
		}
	}
	amend := f.amend(user, 1, 22, false)
	amend.Facts, amend.PurgeAfter = store.Facts{Status: "Held"}, at(700)
	done := f.commit(amend)
	if got := done[0]; got.Version != 5 || !got.Changed {
		f.t.Errorf("Committed = %+v", got)
	}
	departed, _ := f.departed(f.key(user, 1))
	if !departed.Kept || departed.Record.Facts.Status != "Held" || departed.Record.Facts.Revision != 3 || !departed.PurgeAfter.Equal(at(700)) || departed.Record.Version != 5 {
		f.t.Errorf("departed = %+v", departed)
	}
	f.wantMembers(4, 1, 3)
	f.commit(f.amend(user, 1, 23, true), f.amend(group, 3, 24, true))
	f.wantMembers(3)
	f.wantMembers(4)
	f.state(f.key(group, 4), 3, at(24))
	if departed, _ := f.departed(f.key(user, 1)); departed.Kept || !departed.PurgeAfter.IsZero() || departed.Groups != 2 {
		f.t.Errorf("departed = %+v", departed)
	}
	// A second time there is nothing to strip.
	f.commit(f.amend(user, 1, 25, true))
	f.state(f.key(group, 4), 3, at(24))
	stale := f.amend(user, 1, 26, false)
	stale.Match = 6
	f.refuse(store.ErrVersion, 0, stale)
	f.refuse(store.ErrNotFound, 0, f.amend(user, 2, 26, false))

	f.wantLost(f.commit(f.restore(group, 3, 30))[0], 1)
	f.wantLost(f.commit(f.restore(user, 1, 31))[0])
	f.wantMembers(3, 1, 2)
	f.wantMembers(4, 1, 3)
	f.versionsOf(f.key(user, 1), "1 create, 2 delete, 3 restore, 4 delete, 5 amend, 6 amend, 7 amend, 8 restore")
	if diff := cmp.Diff([]string{}, f.memberIDs(1)); diff != "" {
		f.t.Error(diff)
	}
}
