package storetest

import (
	"slices"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
)

// several reads many resources at once.
func several(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2), f.create(group, 3, 1), f.create(user, 4))
	f.commit(&store.Delete{Key: f.key(user, 4), At: at(9), PurgeAfter: at(90)})
	keys := []store.Key{f.key(user, 2), f.key(user, 99), f.key(group, 3), f.key(user, 3), f.key(user, 4), f.key(user, 1)}
	records, err := f.s.GetAll(f.ctx, keys, store.WithGroups)
	if err != nil {
		f.t.Fatal(err)
	}
	want := []store.Record{f.get(f.key(user, 2)), f.get(f.key(group, 3)), f.get(f.key(user, 1))}
	if diff := cmp.Diff(want, records); diff != "" {
		f.t.Errorf("GetAll (-want +got):\n%s", diff)
	}
	records, err = f.s.GetAll(f.ctx, keys, 0)
	if err != nil || len(records) != 3 || records[2].Groups != nil {
		f.t.Errorf("GetAll without groups: %d records, %v", len(records), err)
	}
	if records, err := f.s.GetAll(f.ctx, nil, 0); err != nil || len(records) != 0 {
		f.t.Errorf("GetAll of nothing: %d records, %v", len(records), err)
	}
}

// circles creates groups that are members of each other in one commit.
func circles(f *fixture) {
	f.commit(f.create(user, 1))
	done := f.commit(f.create(group, 10, 11, 1, 10, 11), f.create(group, 11, 12, 20), f.create(user, 20), f.create(group, 12, 10))
	for i, one := range done {
		if one.Version != 1 || !one.Changed {
			f.t.Errorf("Committed[%d] = %+v", i, one)
		}
	}
	f.wantMembers(10, 1, 10, 11)
	f.wantMembers(11, 12, 20)
	f.wantMembers(12, 10)
	if rows := f.auditOf(f.key(group, 10)); len(rows) != 1 || !slices.Equal(sortedIDs(rows[0].Added), sortedIDs(ids(1, 10, 11))) {
		f.t.Errorf("audit of a group in a circle: %+v", rows)
	}
	f.refuse(store.ErrNoMember, 0, f.create(group, 30, 31, 99), f.create(group, 31, 30))
	f.missing(f.key(group, 30))
	f.missing(f.key(group, 31))
	// What waited for a later change is joined before what comes after it.
	f.commit(f.create(group, 40, 41, 20), f.create(group, 41), &store.Delete{Key: f.key(user, 20), At: at(9), PurgeAfter: at(90)})
	f.wantMembers(40, 41)
}

// taken looks for many names at once.
func taken(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2), f.create(group, 3))
	name := func(n int) string { return f.get(f.key(user, n)).Name }
	got, err := f.s.Taken(f.ctx, f.tenant, user, []string{name(1), "nobody", f.get(f.key(group, 3)).Name, name(2), "", "\x00", "\xff"})
	if err != nil {
		f.t.Fatal(err)
	}
	slices.Sort(got)
	if want := []string{name(1), name(2)}; !slices.Equal(got, want) {
		f.t.Errorf("Taken = %q, want %q", got, want)
	}
	if got, err := f.s.Taken(f.ctx, f.tenant+1000, user, []string{name(1)}); err != nil || len(got) != 0 {
		f.t.Errorf("Taken in another tenant = %q, %v", got, err)
	}
	if got, err := f.s.Taken(f.ctx, f.tenant, user, nil); err != nil || len(got) != 0 {
		f.t.Errorf("Taken of nothing = %q, %v", got, err)
	}
}
