package storetest

import (
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"rollcall/store"
)

// directory is what the contract says of deletes, restores and memberships, as
// sets of numbers: those below five are users, the others groups.
type directory struct {
	users, size int
	alive, kept map[int]bool
	gone        map[int]snapshot
	versions    map[int]int64
	// rows are the membership rows: group and member.
	rows map[[2]int]bool
}

type snapshot struct{ groups, members []int }

func (d *directory) typ(n int) string {
	if n < d.users {
		return user
	}
	return group
}

// delete moves a resource to the departed ones.
func (d *directory) delete(n int, keep bool) {
	var left snapshot
	for row := range d.rows {
		if row[0] == n {
			left.members = append(left.members, row[1])
		} else if row[1] == n {
			left.groups = append(left.groups, row[0])
		}
	}
	delete(d.alive, n)
	d.gone[n], d.kept[n] = left, keep
	d.versions[n]++
	if !keep {
		d.strip(n)
	}
}

// strip removes the rows of a resource; groups that lose it change.
func (d *directory) strip(n int) {
	for row := range maps.Clone(d.rows) {
		if row[0] != n && row[1] != n {
			continue
		}
		delete(d.rows, row)
		if row[0] != n && d.alive[row[0]] {
			d.versions[row[0]]++
		}
	}
	d.kept[n] = false
}

// restore puts a resource back and returns who of its snapshot is gone.
func (d *directory) restore(n int) (lost []int) {
	left := d.gone[n]
	delete(d.gone, n)
	d.alive[n] = true
	d.versions[n]++
	for _, other := range append(slices.Clone(left.groups), left.members...) {
		if !d.alive[other] && !slices.Contains(lost, other) {
			lost = append(lost, other)
		}
	}
	for _, g := range left.groups {
		if row := [2]int{g, n}; d.alive[g] && !d.rows[row] {
			d.rows[row] = true
			d.versions[g]++
		}
	}
	for _, member := range left.members {
		if d.alive[member] {
			d.rows[[2]int{n, member}] = true
		}
	}
	return lost
}

// play draws a change that the directory takes, and applies it to it.
func (d *directory) play(t *rapid.T, f *fixture, step int) (change store.Change, lost []int) {
	n := rapid.IntRange(0, d.size-1).Draw(t, "who")
	_, departed := d.gone[n]
	switch action := rapid.IntRange(0, 5).Draw(t, "action"); {
	case d.alive[n] && (action < 3 || n < d.users):
		remove := f.delete(d.typ(n), n, step)
		remove.Keep = rapid.Bool().Draw(t, "keep")
		d.delete(n, remove.Keep)
		return remove, nil
	case d.alive[n]:
		member := rapid.IntRange(0, d.size-1).Draw(t, "member")
		row := [2]int{n, member}
		add := d.alive[member] && action != 5
		if add != d.rows[row] {
			d.versions[n]++
		}
		if !add {
			delete(d.rows, row)
			return f.members(n, step, store.MemberChange{Remove: ids(member)}), nil
		}
		d.rows[row] = true
		return f.members(n, step, store.MemberChange{Add: ids(member)}), nil
	case departed && action < 4:
		return f.restore(d.typ(n), n, step), d.restore(n)
	case departed && action == 4:
		d.versions[n]++
		if d.kept[n] {
			d.strip(n)
		}
		return f.amend(d.typ(n), n, step, true), nil
	case departed:
		if d.kept[n] {
			d.strip(n)
		}
		delete(d.gone, n)
		return f.purge(d.typ(n), n, step), nil
	}
	// Purged: its id comes back as another resource.
	d.alive[n], d.versions[n] = true, 1
	return f.create(d.typ(n), n), nil
}

// randomDepartures plays deletes, restores, strips and purges in random commits
// and compares members, versions and totals with sets.
func randomDepartures(f *fixture) {
	round := 0
	rapid.Check(f.t, func(t *rapid.T) {
		round++
		one := f.in(f.newTenant(fmt.Sprintf("departures-%d", round)))
		d := &directory{
			users: 3, size: 7, alive: map[int]bool{}, kept: map[int]bool{}, gone: map[int]snapshot{}, versions: map[int]int64{}, rows: map[[2]int]bool{},
		}
		changes := []store.Change{}
		for n := range d.size {
			changes = append(changes, one.create(d.typ(n), n))
			d.alive[n], d.versions[n] = true, 1
		}
		one.commit(changes...)
		for step := range rapid.IntRange(1, 8).Draw(t, "commits") {
			var changes []store.Change
			var lost [][]int
			for range rapid.IntRange(1, 3).Draw(t, "changes") {
				change, gone := d.play(t, one, step)
				changes, lost = append(changes, change), append(lost, gone)
			}
			for i, done := range one.commit(changes...) {
				one.wantLost(done, lost[i]...)
			}
			one.sameDirectory(d)
		}
	})
}

func (f *fixture) sameDirectory(d *directory) {
	f.t.Helper()
	alive := 0
	for n := range d.size {
		key := f.key(d.typ(n), n)
		departed, gone := f.departed(key)
		switch left, want := d.gone[n]; {
		case gone != want:
			f.t.Errorf("%d has departed: %v, want %v", n, gone, want)
		case gone:
			if departed.Record.Version != d.versions[n] || departed.Kept != d.kept[n] || departed.Groups != len(left.groups) || departed.Members != len(left.members) {
				f.t.Errorf("departed %d = %+v, want version %d, kept %v, %+v", n, departed, d.versions[n], d.kept[n], left)
			}
		}
		if !d.alive[n] {
			f.missing(key)
			continue
		}
		alive++
		if got := f.get(key).Version; got != d.versions[n] {
			f.t.Errorf("version of %d = %d, want %d", n, got, d.versions[n])
		}
	}
	for g := d.users; g < d.size; g++ {
		var members []int
		for row := range d.rows {
			if row[0] == g {
				members = append(members, row[1])
			}
		}
		f.wantMembers(g, members...)
	}
	if page := f.query(store.Query{Types: []store.TypeQuery{{Type: user}, {Type: group}}}); page.Total != alive {
		f.t.Errorf("total = %d, want %d", page.Total, alive)
	}
}
