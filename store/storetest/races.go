package storetest

import (
	"errors"
	"slices"
	"sync"

	"rollcall/store"
)

// together runs the commits at one time and returns their errors.
func (f *fixture) together(commits ...[]store.Change) []error {
	errs := make([]error, len(commits))
	start := make(chan struct{})
	var group sync.WaitGroup
	for i, changes := range commits {
		group.Go(func() {
			<-start
			_, errs[i] = f.s.Commit(f.ctx, changes)
		})
	}
	close(start)
	group.Wait()
	return errs
}

// outcomes counts how many succeeded and how many failed with want; anything
// else is an error of the test.
func (f *fixture) outcomes(errs []error, want ...error) (succeeded, refused int) {
	f.t.Helper()
	for _, err := range errs {
		switch {
		case err == nil:
			succeeded++
		case slices.ContainsFunc(want, func(one error) bool { return errors.Is(err, one) }):
			refused++
		default:
			f.t.Errorf("Commit: got error %v, want one of %v", err, want)
		}
	}
	return succeeded, refused
}

const writers = 16

// concurrentAdds: with no version to match, nobody loses.
func concurrentAdds(f *fixture) {
	const each = 10
	f.commit(f.create(group, 9000))
	for n := range writers * each {
		f.commit(f.create(user, n))
	}
	var done sync.WaitGroup
	for writer := range writers {
		done.Go(func() {
			for n := range each {
				add := f.members(9000, 1+n, store.MemberChange{Add: ids(writer*each + n)})
				if _, err := f.s.Commit(f.ctx, []store.Change{add}); err != nil {
					f.t.Errorf("Commit: %v", err)
				}
			}
		})
	}
	done.Wait()
	if got := len(f.memberIDs(9000)); got != writers*each {
		f.t.Errorf("%d members, want %d", got, writers*each)
	}
	if got := f.get(f.key(group, 9000)).Version; got != 1+writers*each {
		f.t.Errorf("version = %d, want %d", got, 1+writers*each)
	}
	f.versionsInOrder(f.key(group, 9000))
}

// versionsInOrder checks that the events of a subject have each version once.
func (f *fixture) versionsInOrder(key store.Key) {
	f.t.Helper()
	rows := f.eventsOf(key)
	for i, row := range rows {
		if row.Version != int64(i+1) {
			f.t.Errorf("event %d has version %d", i, row.Version)
			return
		}
	}
	if version := f.get(key).Version; version != int64(len(rows)) {
		f.t.Errorf("version %d with %d events", version, len(rows))
	}
	if got := len(f.auditOf(key)); got != len(rows) {
		f.t.Errorf("%d audit rows with %d events", got, len(rows))
	}
}

func concurrentAddsAndRemoves(f *fixture) {
	const size = 4
	changes := []store.Change{}
	for n := range size {
		changes = append(changes, f.create(user, n))
	}
	f.commit(append(changes, f.create(group, 9000))...)
	var done sync.WaitGroup
	for writer := range writers {
		done.Go(func() {
			for n := range 12 {
				change := store.MemberChange{Add: ids((writer + n) % size)}
				switch (writer + n/3) % 3 {
				case 1:
					change = store.MemberChange{Remove: ids((writer + n) % size)}
				case 2:
					change = store.MemberChange{Replace: true, Add: ids(n%size, (n+writer)%size)}
				}
				if _, err := f.s.Commit(f.ctx, []store.Change{f.members(9000, 1+n, change)}); err != nil {
					f.t.Errorf("Commit: %v", err)
				}
			}
		})
	}
	done.Wait()
	f.versionsInOrder(f.key(group, 9000))
	// The trail tells the membership: playing it from the start gives what is there.
	played := map[string]bool{}
	rows := f.auditOf(f.key(group, 9000))
	slices.Reverse(rows)
	for _, row := range rows {
		if row.Version > 1 && len(row.Added)+len(row.Removed) == 0 {
			f.t.Errorf("version %d changed nothing", row.Version)
		}
		for _, one := range row.Removed {
			if !played[one.String()] {
				f.t.Errorf("version %d removed who was no member", row.Version)
			}
			delete(played, one.String())
		}
		for _, one := range row.Added {
			if played[one.String()] {
				f.t.Errorf("version %d added who was a member", row.Version)
			}
			played[one.String()] = true
		}
	}
	for _, member := range f.memberIDs(9000) {
		if !played[member] {
			f.t.Errorf("%s is a member without a trail", member)
		}
		delete(played, member)
	}
	if len(played) != 0 {
		f.t.Errorf("%d members of the trail are not there", len(played))
	}
}

func concurrentCreates(f *fixture) {
	for round := range 5 {
		var byName, byValue [][]store.Change
		for writer := range writers {
			create := f.create(user, 1000*round+writer)
			create.Record.Name = "same " + id(round).String()
			byName = append(byName, []store.Change{create})
			holder := f.holding(group, 1000*round+100+writer, badge(id(round).String()))
			byValue = append(byValue, []store.Change{holder})
		}
		for _, commits := range [][][]store.Change{byName, byValue} {
			succeeded, refused := f.outcomes(f.together(commits...), store.ErrUniqueness)
			if succeeded != 1 || refused != writers-1 {
				f.t.Errorf("%d creates succeeded, %d were refused", succeeded, refused)
			}
		}
	}
	if page := f.query(store.Query{Types: []store.TypeQuery{{Type: user}, {Type: group}}}); page.Total != 10 {
		f.t.Errorf("total = %d, want 10", page.Total)
	}
}

func concurrentDeletes(f *fixture) {
	for round := range 10 {
		n := 10 * round
		f.commit(f.create(user, n), f.create(group, n+1, n))
		succeeded, refused := f.outcomes(f.together([]store.Change{f.delete(user, n, 5)}, []store.Change{f.delete(user, n, 6)}), store.ErrNotFound)
		if succeeded != 1 || refused != 1 {
			f.t.Errorf("%d deletes succeeded, %d found nothing", succeeded, refused)
		}
		if got := f.get(f.key(group, n+1)).Version; got != 2 {
			f.t.Errorf("version of the group = %d, want 2", got)
		}
		if got := len(f.auditOf(f.key(user, n))); got != 2 {
			f.t.Errorf("%d audit rows, want 2", got)
		}
	}
}

func concurrentVersions(f *fixture) {
	f.commit(f.create(user, 1))
	for round := range 10 {
		var commits [][]store.Change
		for writer := range 4 {
			update := f.rename(1, 10*round+writer, "n")
			update.Match = int64(round + 1)
			commits = append(commits, []store.Change{update})
		}
		succeeded, refused := f.outcomes(f.together(commits...), store.ErrVersion)
		if succeeded != 1 || refused != 3 {
			f.t.Errorf("%d updates succeeded, %d were refused", succeeded, refused)
		}
	}
	f.versionsInOrder(f.key(user, 1))
}

// deletesAgainstAdds: a member row never outlives its member.
func deletesAgainstAdds(f *fixture) {
	const users, groupCount = 24, 4
	changes := []store.Change{}
	for n := range users {
		changes = append(changes, f.create(user, n))
	}
	for g := range groupCount {
		changes = append(changes, f.create(group, 9000+g, g, g+1))
	}
	f.commit(changes...)
	var commits [][]store.Change
	for n := range users {
		commits = append(commits, []store.Change{f.delete(user, n, 1)})
		for g := range groupCount {
			commits = append(commits, []store.Change{f.members(9000+g, 2, store.MemberChange{Add: ids(n, (n+7)%users, 9000+(g+1)%groupCount)})})
		}
	}
	for g := range 2 {
		commits = append(commits, []store.Change{f.delete(group, 9000+g, 3)})
	}
	f.outcomes(f.together(commits...), store.ErrNoMember, store.ErrNotFound)

	page := f.query(store.Query{Types: []store.TypeQuery{{Type: user}, {Type: group}}, Limit: 100, With: store.WithGroups})
	if page.Total != groupCount-2 {
		f.t.Errorf("%d resources left, want %d", page.Total, groupCount-2)
	}
	alive := map[string]bool{}
	for _, record := range page.Records {
		alive[record.ID.String()] = true
	}
	for g := range groupCount {
		for _, member := range f.memberIDs(9000 + g) {
			if !alive[member] || !alive[id(9000+g).String()] {
				f.t.Errorf("group %d: the row of %s dangles", g, member)
			}
		}
	}
	f.matches(group, store.Related{Relation: store.Members, Where: relatedType(user)})
	for g := 2; g < groupCount; g++ {
		f.versionsAscend(f.key(group, 9000+g))
	}
}

// versionsAscend checks that no version of a subject has two events.
func (f *fixture) versionsAscend(key store.Key) {
	f.t.Helper()
	last := int64(0)
	for _, row := range f.eventsOf(key) {
		if row.Version <= last {
			f.t.Errorf("version %d after %d", row.Version, last)
		}
		last = row.Version
	}
	if version := f.get(key).Version; version < last {
		f.t.Errorf("version %d with an event of version %d", version, last)
	}
}

// crossingCommits change the same rows in opposite orders: a database that
// deadlocks on that tries again by itself.
func crossingCommits(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2), f.create(group, 3), f.create(group, 4))
	var commits [][]store.Change
	for round := range 12 {
		a, b := f.rename(1, round, "a"), f.rename(2, round, "b")
		c := f.members(3, round, store.MemberChange{Add: ids(1, 4)})
		d := f.members(4, round, store.MemberChange{Add: ids(2, 3)})
		if round%2 == 0 {
			commits = append(commits, []store.Change{a, b, c, d})
		} else {
			commits = append(commits, []store.Change{d, c, b, a})
		}
	}
	if succeeded, _ := f.outcomes(f.together(commits...)); succeeded != len(commits) {
		f.t.Errorf("%d of %d commits succeeded", succeeded, len(commits))
	}
	for _, key := range []store.Key{f.key(user, 1), f.key(user, 2), f.key(group, 3), f.key(group, 4)} {
		f.versionsInOrder(key)
	}
	if got := f.get(f.key(user, 1)).Version; got != 13 {
		f.t.Errorf("version = %d, want 13", got)
	}
}
