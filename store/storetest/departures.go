package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"rollcall/store"
)

// restore is the change that puts the n-th resource back as it was made.
func (f *fixture) restore(typ string, n, step int) *store.Restore {
	record := f.record(typ, n, "")
	record.Modified = at(step)
	return &store.Restore{Record: record, Trail: trail(step, "restore")}
}

func (f *fixture) amend(typ string, n, step int, strip bool) *store.Amend {
	return &store.Amend{Key: f.key(typ, n), Strip: strip, Trail: trail(step, "amend")}
}

func (f *fixture) purge(typ string, n, step int) *store.Purge {
	return &store.Purge{Key: f.key(typ, n), Trail: trail(step, "purge")}
}

// departed reads a deleted resource; ok is false where there is none.
func (f *fixture) departed(key store.Key) (departed store.Departed, ok bool) {
	f.t.Helper()
	departed, err := f.s.Departed(f.ctx, key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		f.t.Fatalf("Departed: %v", err)
	}
	return departed, err == nil
}

// departures: what was deleted is told as it was, with the facts of its delete.
func departures(f *fixture) {
	made := f.holding(user, 1, badge("a"), desk("Dé"))
	made.Record.Facts = fullFacts()
	made.PasswordHash = "hash"
	f.commit(made, f.create(user, 2), f.create(group, 3, 1, 2), f.create(group, 4, 1))
	if _, ok := f.departed(f.key(user, 1)); ok {
		f.t.Error("a living resource has departed")
	}
	remove := f.delete(user, 1, 20)
	remove.Facts, remove.MatchFacts = &store.Facts{Status: "Deprovisioned", State: []byte(`{ "was":1}`), Due: at(5)}, 1
	kept := f.delete(user, 2, 21)
	kept.PurgeAfter, kept.Keep, kept.HeldBy = time.Time{}, true, id(90)
	remove.HeldBy = id(90) // of one that is not kept, nothing is held
	f.commit(remove, kept, f.delete(group, 3, 22))

	want := store.Departed{Record: made.Record, Unique: made.Unique, At: at(20), PurgeAfter: at(1020), Groups: 2}
	want.Record.Version, want.Record.Facts = 2, *remove.Facts
	want.Record.Facts.Revision = 2
	f.sameDeparted(want, f.key(user, 1))
	plain := store.Departed{Record: f.record(user, 2, ""), At: at(21), Kept: true, HeldBy: id(90), Groups: 1}
	plain.Record.Version = 2
	f.sameDeparted(plain, f.key(user, 2))
	// The row of who was kept is among those of the group.
	team := store.Departed{Record: f.record(group, 3, ""), At: at(22), PurgeAfter: at(1022), Members: 1}
	team.Record.Version, team.Record.Modified = 3, at(20)
	f.sameDeparted(team, f.key(group, 3))
	if _, ok := f.departed(f.in(f.newTenant("other")).key(user, 1)); ok {
		f.t.Error("a resource has departed from another tenant")
	}
	if _, err := f.s.PasswordHash(f.ctx, f.key(user, 1)); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("PasswordHash: %v", err)
	}
}

func (f *fixture) sameDeparted(want store.Departed, key store.Key) {
	f.t.Helper()
	got, ok := f.departed(key)
	if !ok {
		f.t.Errorf("%s %s has not departed", key.Type, key.ID)
		return
	}
	sameRecord(f.t, want.Record, got.Record)
	want.Record, got.Record = store.Record{}, store.Record{}
	byAttribute := cmpopts.SortSlices(func(a, b store.UniqueValue) bool { return a.Attribute < b.Attribute })
	if diff := cmp.Diff(want, got, byAttribute); diff != "" {
		f.t.Errorf("departed %s (-want +got):\n%s", key.ID, diff)
	}
}

// departedPages: those deleted last come first, each once.
func departedPages(f *fixture) {
	labels := []string{"Ann", "ANNA", "änn", "Bob_", "b%b", "", "anN\u00e9"}
	var changes []store.Change
	for n, label := range labels {
		create := f.create(user, n)
		create.Record.Label = label
		remove := f.delete(user, n, 10+n/2)
		changes = append(changes, create, remove)
	}
	f.commit(append(changes, f.create(group, 50), f.delete(group, 50, 99), f.create(user, 51))...)
	list := func(label string, size int) []string {
		query := store.DepartedQuery{Tenant: f.tenant, Type: user, Label: label, Limit: size}
		var found []string
		last := at(1000)
		for {
			page, more, err := f.s.DepartedPage(f.ctx, query)
			if err != nil || len(page) > size || more && len(page) < size {
				f.t.Fatalf("DepartedPage: %d of %d, more %v, %v", len(page), size, more, err)
			}
			for _, one := range page {
				if one.At.After(last) {
					f.t.Errorf("%v comes after %v", one.At, last)
				}
				last = one.At
				found = append(found, one.Record.Label)
			}
			if !more {
				return found
			}
			query.After = store.DepartedPosition{At: page[size-1].At, ID: page[size-1].Record.ID}
		}
	}
	for _, size := range []int{1, 2, 3, 100} {
		for label, want := range map[string]int{"": 7, "a": 3, "aNN": 3, "anna": 1, "annas": 0, "Ä": 0, "ä": 1, "b": 2, "b%": 1, "bob_": 1, "B_": 0, "ann\u00e9": 1} {
			found := list(label, size)
			seen := map[string]bool{}
			for _, one := range found {
				seen[one] = true
			}
			if len(found) != want || len(seen) != want {
				f.t.Errorf("%q in pages of %d: %q, want %d", label, size, found, want)
			}
		}
	}
	for _, label := range []string{"\x00", "\xff"} {
		if page, _, err := f.s.DepartedPage(f.ctx, store.DepartedQuery{Tenant: f.tenant, Type: user, Label: label, Limit: 9}); err != nil || len(page) != 0 {
			f.t.Errorf("label %q: %v, %v", label, page, err)
		}
	}
}

// departedAs: who was deleted is found by external id, of one type and tenant,
// byte by byte.
func departedAs(f *fixture) {
	var changes []store.Change
	for n, externalID := range []string{"a", "a", "A", "", "b", "a"} {
		create := f.create(user, n+1)
		create.Record.ExternalID = externalID
		changes = append(changes, create)
	}
	team := f.create(group, 20)
	team.Record.ExternalID = "a"
	changes = append(changes, team, f.delete(group, 20, 30))
	for n, step := range []int{12, 14, 11, 10, 13} {
		changes = append(changes, f.delete(user, n+1, step))
	}
	f.commit(changes...)
	find := func(in store.TenantID, most int, externalIDs ...string) (found []string) {
		f.t.Helper()
		departed, err := f.s.DepartedAs(f.ctx, in, user, externalIDs, most)
		if err != nil {
			f.t.Fatal(err)
		}
		for _, one := range departed {
			found = append(found, one.Record.ExternalID+" "+one.Record.Label)
		}
		return found
	}
	want := func(got []string, want ...string) {
		f.t.Helper()
		slices.Sort(want)
		if got = slices.Clone(got); len(got) > 1 && got[0][0] != got[1][0] {
			slices.Sort(got)
		}
		if !slices.Equal(got, want) {
			f.t.Errorf("found %q, want %q", got, want)
		}
	}
	label := func(n int) string { return f.record(user, n, "").Label }
	want(find(f.tenant, 1, "a"), "a "+label(2))
	want(find(f.tenant, 1, "a", "a", "b", "nobody"), "a "+label(2), "b "+label(5))
	if got := find(f.tenant, 5, "a"); !slices.Equal(got, []string{"a " + label(2), "a " + label(1)}) {
		f.t.Errorf("found %q: those deleted last come first, who lives not at all", got)
	}
	want(find(f.tenant, 5, "A"), "A "+label(3))
	for _, nobody := range [][]string{nil, {""}, {"a "}, {"\x00"}, {"\xff"}} {
		want(find(f.tenant, 5, nobody...))
	}
	want(find(f.in(f.newTenant("other")).tenant, 5, "a"))
	f.commit(f.restore(user, 2, 40))
	want(find(f.tenant, 1, "a"), "a "+label(1))
	f.commit(f.purge(user, 1, 41))
	want(find(f.tenant, 1, "a"))
}

// heldDepartures: what is held of a connection is found by it, until it is
// stripped or restored.
func heldDepartures(f *fixture) {
	held := func(typ string, n, step, by int) *store.Delete {
		remove := f.delete(typ, n, step)
		remove.Keep, remove.HeldBy = true, id(by)
		return remove
	}
	for n := range 7 {
		f.commit(f.create(user, n))
	}
	anybodys := f.delete(user, 5, 15)
	anybodys.Keep = true
	f.commit(f.create(group, 10), held(user, 0, 10, 91), held(user, 1, 11, 92), held(user, 2, 12, 91), held(user, 3, 13, 91), f.delete(user, 4, 14), anybodys, held(group, 10, 16, 91))
	nobody := 0
	want := func(typ string, by int, want ...int) {
		f.t.Helper()
		holder := uuid.Nil
		if by != nobody {
			holder = id(by)
		}
		for _, size := range []int{1, 2, 9} {
			query := store.DepartedQuery{Tenant: f.tenant, Type: typ, Held: true, HeldBy: holder, Limit: size}
			got := []int{}
			for more := true; more; {
				var page []store.Departed
				var err error
				if page, more, err = f.s.DepartedPage(f.ctx, query); err != nil {
					f.t.Fatalf("DepartedPage: %v", err)
				}
				for _, one := range page {
					n := int(one.At.Sub(at(0)) / at(1).Sub(at(0)))
					if one.HeldBy != holder || !one.Kept {
						f.t.Errorf("the one deleted at %d is held by %s", n, one.HeldBy)
					}
					got = append(got, n)
					query.After = store.DepartedPosition{At: one.At, ID: one.Record.ID}
				}
			}
			if diff := cmp.Diff(append([]int{}, want...), got); diff != "" {
				f.t.Errorf("%s held by %d in pages of %d (-want +got):\n%s", typ, by, size, diff)
			}
		}
	}
	want(user, 91, 13, 12, 10)
	want(user, 92, 11)
	want(user, 93)
	want(user, nobody, 15)
	want(group, 91, 16)
	// Facts that change leave it held; it goes with the memberships, and a second
	// delete says anew whose it is.
	f.commit(f.amend(user, 0, 20, false), f.amend(user, 2, 21, true), f.restore(user, 3, 22), f.restore(user, 1, 23))
	want(user, 91, 10)
	want(user, 92)
	f.commit(held(user, 3, 30, 92), f.delete(user, 1, 31))
	want(user, 91, 10)
	want(user, 92, 30)
	if stripped, _ := f.departed(f.key(user, 2)); stripped.HeldBy != uuid.Nil || stripped.Kept {
		f.t.Errorf("stripped: %+v", stripped)
	}
}

// purges: of what is purged only the tombstone and the trail are left.
func purges(f *fixture) {
	f.commit(f.holding(user, 1, badge("a")), f.create(group, 2, 1), f.create(group, 3, 2))
	f.refuse(store.ErrNotFound, 0, f.purge(user, 1, 10))
	f.commit(f.delete(user, 1, 10))
	stale := f.purge(user, 1, 11)
	stale.Match = 1
	f.refuse(store.ErrVersion, 0, stale)
	stale.Match = 2
	if done := f.commit(stale); done[0].Version != 3 || !done[0].Changed {
		f.t.Errorf("Committed = %+v", done[0])
	}
	for name, change := range map[string]store.Change{"purge": f.purge(user, 1, 12), "restore": f.restore(user, 1, 12), "amend": f.amend(user, 1, 12, true)} {
		if _, err := f.s.Commit(f.ctx, []store.Change{change}); !errors.Is(err, store.ErrNotFound) {
			f.t.Errorf("%s of what was purged: %v", name, err)
		}
	}
	if when, err := f.s.Purged(f.ctx, f.key(user, 1)); err != nil || !when.Equal(at(11)) {
		f.t.Errorf("Purged = %v, %v", when, err)
	}
	for _, key := range []store.Key{f.key(group, 1), f.key(user, 2), f.in(f.newTenant("other")).key(user, 1)} {
		if _, err := f.s.Purged(f.ctx, key); !errors.Is(err, store.ErrNotFound) {
			f.t.Errorf("Purged(%+v): %v", key, err)
		}
	}
	f.versionsOf(f.key(user, 1), "1 create, 2 delete, 3 purge")
	// Memberships that were kept go at last.
	kept := f.delete(group, 2, 20)
	kept.Keep = true
	f.commit(kept)
	f.wantMembers(3, 2)
	f.state(f.key(group, 3), 1, at(3))
	f.commit(f.purge(group, 2, 21))
	f.wantMembers(3)
	f.state(f.key(group, 3), 2, at(21))
}

// versionsOf compares the audit trail with "version action" in order.
func (f *fixture) versionsOf(key store.Key, want string) {
	f.t.Helper()
	var list []string
	for _, row := range f.auditOf(key) {
		list = append([]string{fmt.Sprintf("%d %s", row.Version, row.Action)}, list...)
	}
	if got := strings.Join(list, ", "); got != want {
		f.t.Errorf("audit = %s, want %s", got, want)
	}
}
