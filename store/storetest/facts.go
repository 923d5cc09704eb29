package storetest

import (
	"strings"

	"rollcall/store"
)

// standing is an update of nothing but the facts of a user.
func (f *fixture) standing(n, step int, facts store.Facts) *store.Update {
	update := f.update(user, n, step)
	update.Facts = &facts
	return update
}

// factsWritten: facts move the version, and their own revision with it.
func factsWritten(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2), f.create(group, 3, 2))
	want := f.record(user, 1, "")
	want.Facts = fullFacts()
	done := f.commit(f.standing(1, 10, fullFacts()))
	if got := done[0]; got.Version != 2 || !got.Changed || !got.Modified.Equal(at(10)) {
		f.t.Errorf("Committed = %+v", got)
	}
	want.Version, want.Modified, want.Facts.Revision = 2, at(10), 2
	sameRecord(f.t, want, f.get(want.Key))
	sameRecord(f.t, f.record(user, 2, ""), f.get(f.key(user, 2)))

	// They go back to none, with a record beside them.
	update := f.standing(1, 11, store.Facts{})
	update.Record, update.MatchFacts, update.Match = new(f.record(user, 1, `{"nick":"n"}`)), 2, 2
	f.commit(update)
	want.Version, want.Modified, want.Facts = 3, at(11), store.Facts{Revision: 3}
	sameRecord(f.t, want, f.get(want.Key))
	f.matches(user, text("n", "nick"), "user-001")
	f.matches(user, store.PresentColumn{Column: store.ColumnLockedUntil})

	// A record leaves them as they are.
	f.commit(f.standing(1, 12, fullFacts()))
	update = f.update(user, 1, 13)
	update.Record = new(f.record(user, 1, ""))
	f.commit(update)
	want.Version, want.Modified, want.Facts = 5, at(13), fullFacts()
	want.Facts.Revision = 4
	sameRecord(f.t, want, f.get(want.Key))

	both := f.members(3, 14, store.MemberChange{Add: ids(2)})
	both.Facts = &store.Facts{Status: "Active"}
	f.commit(both)
	f.state(f.key(group, 3), 2, at(14))
	f.refuse(store.ErrNotFound, 0, f.standing(9, 15, store.Facts{}))
}

// factsMatched: the revision is a precondition of any update.
func factsMatched(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2), f.create(group, 3))
	f.commit(f.standing(1, 10, store.Facts{Status: "Active"}))
	stale := map[string]*store.Update{
		"facts":    f.standing(1, 11, store.Facts{Status: "Late"}),
		"noted":    f.standing(1, 11, store.Facts{Status: "Late"}),
		"record":   f.rename(1, 11, "late"),
		"activity": f.update(user, 1, 11),
		"nothing":  f.update(user, 1, 11),
	}
	stale["noted"].Noted = true
	stale["activity"].Activity = &store.Activity{Failed: 1}
	for name, update := range stale {
		for _, match := range []int64{1, 3} {
			update.MatchFacts = match
			f.refuse(store.ErrVersion, 1, f.rename(2, 11, "other "+name), update)
		}
	}
	members := f.members(3, 11, store.MemberChange{Add: ids(1)})
	members.MatchFacts = 2
	f.refuse(store.ErrVersion, 0, members)
	remove := f.delete(user, 1, 11)
	remove.MatchFacts = 1
	f.refuse(store.ErrVersion, 0, remove)
	f.state(f.key(user, 1), 2, at(10))
	f.state(f.key(user, 2), 1, at(2))
	if got := len(f.auditOf(f.key(user, 1))); got != 2 {
		f.t.Errorf("%d audit rows, want 2", got)
	}
	// A commit sees its own revisions.
	first, second := f.standing(1, 12, store.Facts{Status: "B"}), f.standing(1, 13, store.Facts{Status: "C"})
	first.MatchFacts, second.MatchFacts, members.MatchFacts, remove.MatchFacts = 2, 3, 1, 4
	f.commit(first, second, members, remove)
}

// factsNoted: a note moves neither version nor time; its trail names the version
// as it stands.
func factsNoted(f *fixture) {
	f.commit(f.create(user, 1), f.create(group, 2), f.create(user, 3))
	note := f.standing(1, 10, fullFacts())
	note.Noted = true
	done := f.commit(note)
	if got := done[0]; got.Version != 1 || got.Changed || !got.Modified.Equal(at(1)) {
		f.t.Errorf("Committed = %+v", got)
	}
	want := f.record(user, 1, "")
	want.Facts = fullFacts()
	want.Facts.Revision = 2
	sameRecord(f.t, want, f.get(want.Key))
	if rows := f.auditOf(f.key(user, 1)); len(rows) != 2 || rows[0].Version != 1 || rows[0].Action != "update" {
		f.t.Errorf("audit = %+v", rows)
	}
	if rows := f.eventsOf(f.key(user, 1)); len(rows) != 2 || rows[1].Version != 1 {
		f.t.Errorf("events = %+v", rows)
	}
	// With nothing to note nothing is written, and without an action no trail.
	empty := f.update(user, 1, 11)
	empty.Noted = true
	silent := f.standing(1, 11, store.Facts{Status: "Silent"})
	silent.Noted, silent.Trail = true, store.Trail{}
	f.commit(empty, silent)
	if got := f.get(f.key(user, 1)).Facts; got.Status != "Silent" || got.Revision != 3 {
		f.t.Errorf("facts = %+v", got)
	}
	if got := len(f.auditOf(f.key(user, 1))); got != 2 {
		f.t.Errorf("%d audit rows, want 2", got)
	}
	// What changes beside the note moves the version.
	for step, change := range []store.MemberChange{{Add: ids(3)}, {Add: ids(3)}, {Remove: ids(3)}} {
		noted := f.members(2, 20+step, change)
		noted.Facts, noted.Noted = &store.Facts{Status: "S"}, true
		done := f.commit(noted)
		if got := done[0]; got.Changed != (step != 1) || got.Version != []int64{2, 2, 3}[step] || !got.Modified.Equal(at([]int{20, 20, 22}[step])) {
			f.t.Errorf("step %d: Committed = %+v", step, got)
		}
	}
	if got := f.get(f.key(group, 2)).Facts.Revision; got != 4 {
		f.t.Errorf("revision = %d, want 4", got)
	}
	rows := f.auditOf(f.key(group, 2))
	if len(rows) != 4 || rows[1].Version != 2 || len(rows[1].Added) != 0 || rows[0].Version != 3 || len(rows[0].Removed) != 1 {
		f.t.Errorf("audit = %+v", rows)
	}
	hashed := f.standing(1, 30, store.Facts{})
	hashed.Noted, hashed.PasswordHash = true, new("hash")
	if done := f.commit(hashed); done[0].Version != 2 || !done[0].Changed {
		f.t.Errorf("Committed = %+v", done[0])
	}
}

// factsRefused: what a database would refuse is refused, wherever facts stand.
func factsRefused(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2), f.delete(user, 2, 5))
	long := strings.Repeat("x", store.MaxKeyBytes+1)
	for name, facts := range map[string]store.Facts{
		"status":        {Status: "\x00"},
		"reason":        {Reason: "\xff"},
		"source":        {Source: "a\x00"},
		"source client": {SourceClient: "a\x00"},
		"long client":   {SourceClient: long},
		"state":         {State: []byte("{\"a\":\"\x00\"}")},
		"turn":          {Later: []store.Period{{At: at(1), Status: "a\x00"}}},
		"turn's reason": {Later: []store.Period{{At: at(1), Reason: "a\xff"}}},
	} {
		f.t.Log(name)
		create, remove, restore := f.create(user, 3), f.delete(user, 1, 6), f.restore(user, 2, 6)
		create.Record.Facts, remove.Facts, restore.Record.Facts = facts, &facts, facts
		f.refuse(store.ErrInvalid, 0, create)
		f.refuse(store.ErrInvalid, 0, f.standing(1, 6, facts))
		f.refuse(store.ErrInvalid, 0, remove)
		f.refuse(store.ErrInvalid, 0, restore)
		f.refuse(store.ErrInvalid, 0, &store.Amend{Key: f.key(user, 2), Facts: facts, Trail: trail(6, "amend")})
	}
	f.state(f.key(user, 1), 1, at(1))
}
