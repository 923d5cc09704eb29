package storetest

import (
	"time"

	"rollcall/store"
)

// concurrentActivities: of two who count from the same place one has to count
// again.
func concurrentActivities(f *fixture) {
	f.commit(f.create(user, 1))
	for round := range 10 {
		var commits [][]store.Change
		for writer := range 4 {
			use := f.use(1, round, store.Activity{Revision: int64(round), Failed: writer + 1})
			use.SignIns = []store.SignIn{{At: at(round), Detail: "x"}}
			if writer%2 == 0 {
				// The row changes in the same commit.
				use.Facts, use.Noted = &store.Facts{Status: "Active"}, true
			}
			commits = append(commits, []store.Change{use})
		}
		succeeded, refused := f.outcomes(f.together(commits...), store.ErrVersion)
		if succeeded != 1 || refused != 3 {
			f.t.Errorf("%d updates succeeded, %d were refused", succeeded, refused)
		}
	}
	record, err := f.s.Get(f.ctx, f.key(user, 1), store.WithActivity)
	if err != nil || record.Activity.Revision != 10 || record.Version != 1 {
		f.t.Errorf("activity = %+v, version %d, %v", record.Activity, record.Version, err)
	}
	if got := f.signIns(1, time.Time{}, 100); len(got) != len("x x x x x x x x x x") {
		f.t.Errorf("sign-ins = %s", got)
	}
}

// concurrentFacts: a decision on facts does not swallow a lock that is noted
// meanwhile.
func concurrentFacts(f *fixture) {
	f.commit(f.create(user, 1))
	for round := range 10 {
		suspend, lock := f.standing(1, round, store.Facts{Status: "Suspended"}), f.standing(1, round, store.Facts{Status: "Locked"})
		lock.Noted = true
		suspend.MatchFacts, lock.MatchFacts = int64(round+1), int64(round+1)
		succeeded, refused := f.outcomes(f.together([]store.Change{suspend}, []store.Change{lock}), store.ErrVersion)
		if succeeded != 1 || refused != 1 {
			f.t.Errorf("%d updates succeeded, %d were refused", succeeded, refused)
		}
	}
	record := f.get(f.key(user, 1))
	versions := map[int64]bool{}
	for _, row := range f.auditOf(record.Key) {
		versions[row.Version] = true
	}
	if record.Facts.Revision != 11 || record.Version != int64(len(versions)) {
		f.t.Errorf("revision %d, version %d", record.Facts.Revision, record.Version)
	}
}

// restoresAgainstCreates: a name has one holder, whoever comes first.
func restoresAgainstCreates(f *fixture) {
	for round := range 10 {
		n := 10 * round
		f.commit(f.create(user, n), f.create(group, n+2, n), f.delete(user, n, 5))
		heir := f.create(user, n+1)
		heir.Record.Name = f.record(user, n, "").Name
		succeeded, refused := f.outcomes(f.together([]store.Change{f.restore(user, n, 6)}, []store.Change{heir}, []store.Change{f.restore(user, n, 7)}),
			store.ErrUniqueness, store.ErrNotFound)
		if succeeded != 1 || refused != 2 {
			f.t.Errorf("%d commits succeeded, %d were refused", succeeded, refused)
		}
		_, gone := f.departed(f.key(user, n))
		if members := len(f.memberIDs(n + 2)); gone != (members == 0) {
			f.t.Errorf("%d members, departed %v", members, gone)
		}
	}
	if page := f.query(store.Query{Types: of(user, nil)}); page.Total != 10 {
		f.t.Errorf("total = %d, want 10", page.Total)
	}
}

// crossingDepartures: deletes and restores cross changes of the same groups, in
// all orders; whatever wins, rows and versions fit together.
func crossingDepartures(f *fixture) {
	if err := f.s.CreateConnection(f.ctx, f.connection(1, "one"), audit(1, "connection.create")); err != nil {
		f.t.Fatalf("CreateConnection: %v", err)
	}
	const users, groupCount = 6, 3
	var changes []store.Change
	for n := range users {
		changes = append(changes, f.create(user, n))
	}
	for g := range groupCount {
		changes = append(changes, f.create(group, 9000+g, 0, 1, 2, 3, 4, 5))
	}
	f.commit(changes...)
	for round := range 4 {
		var commits [][]store.Change
		for n := range users {
			first, second := n, (n+1)%users
			if n%2 == 0 {
				first, second = second, first
			}
			remove := f.delete(user, first, 10)
			remove.Keep = round%2 == 0
			commits = append(commits,
				[]store.Change{remove, f.members(9000+n%groupCount, 11, store.MemberChange{Remove: ids(second)})},
				[]store.Change{f.restore(user, first, 12)},
				[]store.Change{f.amend(user, first, 12, true), f.restore(user, second, 13)},
				[]store.Change{f.members(9000+(n+1)%groupCount, 14, store.MemberChange{Add: ids(first)}), f.members(9000+n%groupCount, 14, store.MemberChange{Add: ids(second)})},
				[]store.Change{f.rename(second, 15, f.record(user, second, "").Name), &store.SetTally{Tenant: f.tenant, Connection: id(1), Match: int64(n)}},
				[]store.Change{&store.SetTally{Tenant: f.tenant, Connection: id(1), Match: int64(n)}, f.restore(user, first, 16)},
			)
		}
		f.outcomes(f.together(commits...), store.ErrNotFound, store.ErrNoMember, store.ErrVersion)
	}
	// All come back, and are everywhere but where they were taken out.
	for n := range users {
		if _, gone := f.departed(f.key(user, n)); gone {
			f.commit(f.restore(user, n, 50))
		}
		f.versionsAscend(f.key(user, n))
	}
	page := f.query(store.Query{Types: of(user, nil), Limit: 100, With: store.WithGroups})
	if page.Total != users || len(page.Records) != users {
		f.t.Errorf("total %d with %d records, want %d", page.Total, len(page.Records), users)
	}
	rows := 0
	for _, record := range page.Records {
		rows += len(record.Groups)
	}
	for g := range groupCount {
		rows -= len(f.memberIDs(9000 + g))
		f.versionsAscend(f.key(group, 9000+g))
	}
	if rows != 0 {
		f.t.Errorf("members and groups differ by %d", rows)
	}
}

// concurrentTallies: of those who count from the same place one counts, with
// all that it counted.
func concurrentTallies(f *fixture) {
	if err := f.s.CreateConnection(f.ctx, f.connection(1, "one"), audit(1, "connection.create")); err != nil {
		f.t.Fatalf("CreateConnection: %v", err)
	}
	for round := range 8 {
		var commits [][]store.Change
		for writer := range writers {
			tally := &store.SetTally{Tenant: f.tenant, Connection: id(1), Match: int64(round), Data: []byte(`{}`)}
			create := f.create(user, 100*round+writer)
			if writer%2 == 0 {
				commits = append(commits, []store.Change{tally, create})
			} else {
				commits = append(commits, []store.Change{create, tally})
			}
		}
		succeeded, refused := f.outcomes(f.together(commits...), store.ErrVersion)
		if succeeded != 1 || refused != writers-1 {
			f.t.Errorf("%d tallies succeeded, %d were refused", succeeded, refused)
		}
	}
	if page := f.query(store.Query{Types: of(user, nil)}); page.Total != 8 {
		f.t.Errorf("total = %d, want 8", page.Total)
	}
}
