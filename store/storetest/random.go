package storetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/store"
)

var (
	// words are few, so that random conditions meet random values.
	words    = []string{"a", "b", "A", "ab", "ba", "", "%", "_", `\`, `"`, "'", "é", "1", "true", "\U0001f600"}
	figures  = []float64{-1, 0, 0.5, 1, 2, 1e15}
	compares = []store.Op{store.Equal, store.Contains, store.StartsWith, store.EndsWith, store.Greater, store.GreaterOrEqual, store.Less, store.LessOrEqual}
)

func anyWord(t *rapid.T) string { return rapid.SampledFrom(words).Draw(t, "word") }

// scalar draws a string more often than a number or a bool.
func scalar(t *rapid.T) any {
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		return rapid.SampledFrom(figures).Draw(t, "number")
	case 1:
		return rapid.Bool().Draw(t, "bool")
	}
	return anyWord(t)
}

// shadow draws an object with values s and t, a complex value c, a list of
// scalars l and a list of objects o, each of which may be absent; the kinds of
// scalars are random too.
func shadow(t *rapid.T, depth int) map[string]any {
	object := map[string]any{}
	has := func(name string) bool { return rapid.IntRange(0, 2).Draw(t, name) > 0 }
	for _, name := range []string{"s", "t"} {
		if has(name) {
			object[name] = scalar(t)
		}
	}
	if has("l*") {
		object["l"] = rapid.SliceOfN(rapid.Custom(scalar), 0, 3).Draw(t, "scalars")
	}
	if depth > 0 && has("c") {
		object["c"] = shadow(t, depth-1)
	}
	if depth > 0 && has("o*") {
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			list = append(list, shadow(t, depth-1))
		}
		object["o"] = list
	}
	return object
}

func scalarPath(t *rapid.T, depth int) store.Path {
	names := []string{}
	for range rapid.IntRange(0, depth).Draw(t, "depth") {
		names = append(names, rapid.SampledFrom([]string{"c", "o*"}).Draw(t, "step"))
	}
	return path(append(names, rapid.SampledFrom([]string{"s", "t", "l*", "nope"}).Draw(t, "leaf"))...)
}

func anyCompare(t *rapid.T, depth int) store.Expr {
	value := scalar(t)
	op := store.Equal
	switch value.(type) {
	case string:
		op = rapid.SampledFrom(compares).Draw(t, "op")
	case float64:
		op = rapid.SampledFrom([]store.Op{store.Equal, store.Greater, store.GreaterOrEqual, store.Less, store.LessOrEqual}).Draw(t, "op")
	}
	return store.Compare{Path: scalarPath(t, depth), Op: op, Value: value}
}

// condition draws an expression; leaves draws what stands at its ends.
func condition(t *rapid.T, depth int, leaves func(*rapid.T) store.Expr) store.Expr {
	if depth == 0 {
		return leaves(t)
	}
	switch rapid.IntRange(0, 6).Draw(t, "node") {
	case 0, 1:
		list := store.And{}
		for range rapid.IntRange(0, 3).Draw(t, "terms") {
			list = append(list, condition(t, depth-1, leaves))
		}
		return list
	case 2, 3:
		list := store.Or{}
		for range rapid.IntRange(0, 3).Draw(t, "terms") {
			list = append(list, condition(t, depth-1, leaves))
		}
		return list
	case 4:
		return store.Not{Expr: condition(t, depth-1, leaves)}
	}
	return leaves(t)
}

func elementLeaf(depth int) func(*rapid.T) store.Expr {
	return func(t *rapid.T) store.Expr {
		switch rapid.IntRange(0, 4).Draw(t, "leaf") {
		case 0:
			names := path(rapid.SampledFrom([]string{"s", "l*", "c", "o*"}).Draw(t, "present"))
			return store.Present{Path: names}
		case 1:
			return store.Const(rapid.Bool().Draw(t, "const"))
		}
		return anyCompare(t, depth)
	}
}

func relatedLeaf(t *rapid.T) store.Expr {
	if rapid.IntRange(0, 2).Draw(t, "by label") == 0 {
		return store.CompareColumn{Column: store.ColumnRelatedLabel, Op: rapid.SampledFrom(compares).Draw(t, "op"), Value: anyWord(t)}
	}
	return relatedKey(t)
}

// relatedKey draws a comparison that a removal of members takes as well.
func relatedKey(t *rapid.T) store.Expr {
	if rapid.Bool().Draw(t, "by type") {
		typ := rapid.SampledFrom([]string{user, group, "Q"}).Draw(t, "type")
		return store.CompareColumn{Column: store.ColumnRelatedType, Op: rapid.SampledFrom(compares).Draw(t, "op"), Value: typ}
	}
	text := id(rapid.IntRange(0, 12).Draw(t, "related")).String()
	if rapid.Bool().Draw(t, "part") {
		text = text[:rapid.IntRange(0, 36).Draw(t, "length")]
	}
	return store.CompareColumn{Column: store.ColumnRelatedID, Op: rapid.SampledFrom(compares).Draw(t, "op"), Value: text}
}

func columnLeaf(t *rapid.T) store.Expr {
	column := rapid.SampledFrom([]store.Column{store.ColumnName, store.ColumnExternalID, store.ColumnSortName, store.ColumnID, store.ColumnCreated}).Draw(t, "column")
	if rapid.IntRange(0, 3).Draw(t, "present") == 0 {
		return store.PresentColumn{Column: column}
	}
	if column == store.ColumnCreated {
		op := rapid.SampledFrom([]store.Op{store.Equal, store.Greater, store.GreaterOrEqual, store.Less, store.LessOrEqual}).Draw(t, "op")
		return store.CompareColumn{Column: column, Op: op, Value: at(rapid.IntRange(0, 12).Draw(t, "time"))}
	}
	value := anyWord(t)
	if column == store.ColumnID {
		value = id(rapid.IntRange(0, 12).Draw(t, "id")).String()
	}
	return store.CompareColumn{Column: column, Op: rapid.SampledFrom(compares).Draw(t, "op"), Value: value}
}

func anyLeaf(t *rapid.T) store.Expr {
	switch rapid.IntRange(0, 12).Draw(t, "leaf") {
	case 0, 6, 7:
		return lifecycleLeaf(t)
	case 1:
		relation := rapid.SampledFrom([]store.Relation{store.Members, store.Groups, store.AllGroups, store.IndirectGroups}).Draw(t, "relation")
		if rapid.Bool().Draw(t, "any") {
			return store.Related{Relation: relation}
		}
		return store.Related{Relation: relation, Where: condition(t, 2, relatedLeaf)}
	case 2, 3:
		names := rapid.SampledFrom([][]string{{"o*"}, {"c", "o*"}, {"o*", "o*"}}).Draw(t, "list")
		return store.Element{Path: path(names...), Where: condition(t, 2, elementLeaf(2-len(names)))}
	case 4, 5:
		return columnLeaf(t)
	}
	return elementLeaf(2)(t)
}

// randomResource draws the n-th resource of a directory.
func randomResource(t *rapid.T, f *fixture, n int) store.Record {
	typ := rapid.SampledFrom(memberTypes).Draw(t, "type")
	index, err := json.Marshal(shadow(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	record := f.record(typ, n, string(index))
	record.Name = ""
	if rapid.Bool().Draw(t, "named") {
		record.Name = fmt.Sprintf("%s-%d", anyWord(t), n)
	}
	record.ExternalID, record.SortName = anyWord(t), anyWord(t)
	record.Created = at(rapid.IntRange(0, 12).Draw(t, "created"))
	record.Facts = anyFacts(t)
	if rapid.Bool().Draw(t, "used") {
		record.Activity = anyActivity(t)
	}
	return record
}

// randomConditions holds the backend to the model, a tenant a round.
func randomConditions(f *fixture) {
	round := 0
	rapid.Check(f.t, func(t *rapid.T) {
		round++
		one := f.in(f.newTenant(fmt.Sprintf("random-%d", round)))
		m := &model{tb: f.t, members: map[string][]string{}, now: at(6)}
		size := rapid.IntRange(1, 10).Draw(t, "size")
		changes := []store.Change{}
		for n := range size {
			record := randomResource(t, one, n)
			m.add(record)
			changes = append(changes, one.lived(n, record)...)
		}
		for n, record := range m.records {
			if record.Type != group {
				continue
			}
			members := rapid.SliceOfNDistinct(rapid.IntRange(0, size-1), 0, 3, rapid.ID).Draw(t, "members")
			changes = append(changes, one.members(n, 1, store.MemberChange{Add: ids(members...)}))
			m.members[record.ID.String()] = sortedIDs(ids(members...))
			if len(members) > 0 {
				m.records[n].Modified = at(1)
			}
		}
		one.commit(changes...)
		for range 30 {
			where := condition(t, 3, anyLeaf)
			for _, typ := range memberTypes {
				page := one.query(store.Query{Types: of(typ, where), Limit: 100, Now: at(6)})
				got := make([]string, 0, len(page.Records))
				for _, record := range page.Records {
					got = append(got, record.ID.String())
				}
				if diff := cmp.Diff(m.find(typ, where), got); diff != "" {
					t.Errorf("%s by %#v (-want +got):\n%s\nindexes: %v", typ, where, diff, m.shadows)
				}
				if page.Total != len(got) {
					t.Errorf("total %d with %d records", page.Total, len(got))
				}
				if rapid.IntRange(0, 3).Draw(t, "sorted") == 0 {
					one.sortedAsModel(t, m, typ, where)
				}
			}
		}
	})
}

// randomMembership plays random member changes and deletes, and compares
// members, versions and groups with sets after each commit.
func randomMembership(f *fixture) {
	const users, groupCount = 5, 4
	round := 0
	rapid.Check(f.t, func(t *rapid.T) {
		round++
		one := f.in(f.newTenant(fmt.Sprintf("random-%d", round)))
		changes := []store.Change{}
		m := &model{tb: f.t, members: map[string][]string{}}
		alive, versions := map[int]bool{}, map[int]int64{}
		for n := range users + groupCount {
			typ := user
			if n >= users {
				typ = group
			}
			create := one.create(typ, n)
			m.add(create.Record)
			changes = append(changes, create)
			alive[n], versions[n] = true, 1
		}
		one.commit(changes...)
		sets := map[int]map[int]bool{}
		for g := users; g < users+groupCount; g++ {
			sets[g] = map[int]bool{}
		}
		living := func(ns []int) []int {
			return slices.DeleteFunc(ns, func(n int) bool { return !alive[n] })
		}
		for step := range rapid.IntRange(1, 8).Draw(t, "steps") {
			g := rapid.IntRange(users, users+groupCount-1).Draw(t, "group")
			some := func(what string) []int {
				return rapid.SliceOfN(rapid.IntRange(0, users+groupCount-1), 0, 5).Draw(t, what)
			}
			if rapid.IntRange(0, 6).Draw(t, "delete") == 0 {
				n := rapid.IntRange(0, users+groupCount-1).Draw(t, "who")
				typ := map[bool]string{true: group, false: user}[n >= users]
				if !alive[n] {
					one.refuse(store.ErrNotFound, 0, one.delete(typ, n, step))
					continue
				}
				one.commit(one.delete(typ, n, step))
				delete(alive, n)
				delete(sets, n)
				for other, set := range sets {
					if set[n] {
						delete(set, n)
						versions[other]++
					}
				}
			} else if alive[g] {
				change := store.MemberChange{Replace: rapid.Bool().Draw(t, "replace")}
				add, remove := living(some("add")), some("remove")
				next := map[int]bool{}
				if !change.Replace {
					remove = slices.DeleteFunc(remove, func(n int) bool { return slices.Contains(add, n) })
					change.Remove = ids(remove...)
					if rapid.Bool().Draw(t, "by condition") {
						change.RemoveWhere = condition(t, 2, relatedKey)
						for n := range sets[g] {
							if !slices.Contains(add, n) && m.match(change.RemoveWhere, m.records[n], nil) {
								remove = append(remove, n)
							}
						}
					}
					for n := range sets[g] {
						next[n] = !slices.Contains(remove, n)
					}
				}
				for _, n := range add {
					next[n] = true
				}
				for n, in := range next {
					if !in {
						delete(next, n)
					}
				}
				change.Add = ids(add...)
				done := one.commit(one.members(g, step, change))
				changed := !cmp.Equal(next, sets[g])
				if changed {
					versions[g]++
				}
				if done[0].Changed != changed || done[0].Version != versions[g] {
					t.Errorf("%+v: %+v, want changed %v version %d", change, done[0], changed, versions[g])
				}
				sets[g] = next
			}
			one.sameMembership(t, sets, versions)
		}
	})
}

func (f *fixture) sameMembership(t *rapid.T, sets map[int]map[int]bool, versions map[int]int64) {
	m := &model{tb: f.t, members: map[string][]string{}}
	for g, set := range sets {
		list := []int{}
		for n := range set {
			list = append(list, n)
		}
		m.members[id(g).String()] = sortedIDs(ids(list...))
		if diff := cmp.Diff(sortedIDs(ids(list...)), f.memberIDs(g)); diff != "" {
			t.Errorf("members of %d (-want +got):\n%s", g, diff)
		}
	}
	page := f.query(store.Query{Types: []store.TypeQuery{{Type: user}, {Type: group}}, Limit: 100, With: store.WithGroups})
	for _, record := range page.Records {
		all := map[string]bool{}
		m.climb(record.ID.String(), all)
		for i, group := range record.Groups {
			member := slices.Contains(m.members[group.ID.String()], record.ID.String())
			if !all[group.ID.String()] || (group.Direct != member && group.ID != record.ID) {
				t.Errorf("%s: group %+v", record.Name, group)
			}
			if i > 0 && record.Groups[i-1].Direct == group.Direct && strings.Compare(record.Groups[i-1].ID.String(), group.ID.String()) >= 0 {
				t.Errorf("%s: groups out of order", record.Name)
			}
		}
		if len(all) != len(record.Groups) {
			t.Errorf("%s: %d groups, want %d", record.Name, len(record.Groups), len(all))
		}
	}
	for g := range sets {
		if got := f.get(f.key(group, g)).Version; got != versions[g] {
			t.Errorf("version of %d = %d, want %d", g, got, versions[g])
		}
	}
}
