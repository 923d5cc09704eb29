package storetest

import (
	"rollcall/store"
)

// commits: all changes or none, with the failing one named.
func commits(f *fixture) {
	done, err := f.s.Commit(f.ctx, nil)
	if err != nil || len(done) != 0 {
		f.t.Errorf("empty Commit = %v, %v", done, err)
	}
	holder := f.holding(user, 1, badge("a"))
	holder.PasswordHash = "old"
	f.commit(holder, f.create(user, 2), f.create(group, 3, 2))

	rename := f.rename(1, 10, "renamed")
	rename.Release = []store.UniqueValue{badge("a")}
	rename.PasswordHash = new("new")
	before := []store.Change{
		rename,
		f.holding(user, 4, badge("b")),
		f.members(3, 11, store.MemberChange{Replace: true, Add: ids(1, 4)}),
		f.delete(user, 2, 12),
	}
	fails := map[error]store.Change{
		store.ErrNotFound:   f.update(user, 99, 13),
		store.ErrUniqueness: f.named(user, 98, "renamed"),
		store.ErrNoMember:   f.members(3, 13, store.MemberChange{Add: ids(2)}),
		store.ErrInvalid:    f.named(user, 98, "a\x00b"),
	}
	stale := f.rename(1, 13, "x")
	stale.Match = 1
	fails[store.ErrVersion] = stale
	for want, change := range fails {
		f.refuse(want, len(before), append(append([]store.Change{}, before...), change, f.create(user, 97))...)

		sameRecord(f.t, f.record(user, 1, ""), f.get(f.key(user, 1)))
		sameRecord(f.t, f.record(user, 2, ""), f.get(f.key(user, 2)))
		f.missing(f.key(user, 4))
		f.missing(f.key(user, 97))
		f.wantMembers(3, 2)
		f.state(f.key(group, 3), 1, at(3))
		if hash, err := f.s.PasswordHash(f.ctx, f.key(user, 1)); err != nil || hash != "old" {
			f.t.Errorf("PasswordHash = %q, %v", hash, err)
		}
		for _, key := range []store.Key{f.key(user, 1), f.key(user, 2), f.key(group, 3)} {
			if a, e := len(f.auditOf(key)), len(f.eventsOf(key)); a != 1 || e != 1 {
				f.t.Errorf("after %v: %d audit rows and %d events", want, a, e)
			}
		}
		f.taken("urn:x:badge", 0, f.holding(user, 96, badge("a")))
		if page := f.query(store.Query{Types: of(user, nil)}); page.Total != 2 {
			f.t.Errorf("after %v: total = %d", want, page.Total)
		}
	}
	f.commit(before...)
	f.wantMembers(3, 1, 4)
	f.missing(f.key(user, 2))
}
