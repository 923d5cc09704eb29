package storetest

import (
	"errors"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
)

// statistics: every living resource of the type counts, once, at the time of the
// query.
func statistics(f *fixture) {
	paths := []store.Path{{{Name: "roles", Multi: true}, {Name: "value"}}, {{Name: "ext"}, {Name: "tags", Multi: true}}, {{Name: "title"}}}
	ask := store.StatisticsQuery{
		Tenant: f.tenant, Type: user, Now: at(100), Paths: paths, LastLogins: []time.Time{at(90), at(80)}, IdleSince: at(50),
		Days: []time.Time{at(10), at(20), at(30)}, Top: 2,
	}
	count := func(ask store.StatisticsQuery) store.Statistics {
		f.t.Helper()
		got, err := f.s.Statistics(f.ctx, ask)
		if err != nil {
			f.t.Fatalf("Statistics: %v", err)
		}
		return got
	}
	same := func(what string, want, got any) {
		f.t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			f.t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	same("of nobody", store.Statistics{
		Statuses: map[string]int{}, Sources: map[string]int{}, LastLogins: make([]int, 4), Values: make([][]store.ValueCount, 3), Joined: make([]int, 3), Left: make([]int, 3),
	}, count(ask))

	person := func(n int, facts store.Facts, index string) *store.Create {
		create := f.store(f.record(user, n, index))
		create.Record.Facts = facts
		return create
	}
	turning := store.Facts{Status: "Suspended", Source: "scim", Later: []store.Period{{At: at(100), Status: "Active"}, {At: at(101), Status: "Locked"}}}
	idle := store.Facts{Status: "Active", Source: "scim", IdleTold: at(60)}
	f.commit(
		person(1, store.Facts{Status: "Active", Source: "scim"}, `{"roles":[{"value":"a"},{"value":"b"},{"value":"a","type":"x"}],"ext":{"tags":["t","u"]},"title":"é"}`),
		person(11, turning, `{"roles":[{"value":"b"},{"value":7},{}],"ext":{"tags":["u"]},"title":"z"}`),
		person(20, idle, `{"roles":[{"value":"b"},{"value":"c"}],"ext":{"tags":[]},"title":"z"}`),
		person(21, idle, `{"roles":"b","tags":["t"],"title":{"a":1}}`),
		person(12, store.Facts{}, ""), person(25, store.Facts{Status: "Locked"}, `{"title":"gone"}`), person(35, store.Facts{}, ""),
		f.create(group, 41, 1, 11, 20), f.create(group, 42, 1, 11), f.create(group, 43, 41, 12, 1), f.create(group, 44),
	)
	f.commit(f.use(1, 90, store.Activity{LastLogin: at(90)}), f.use(11, 90, store.Activity{LastLogin: at(90).Add(-time.Microsecond)}),
		f.use(20, 90, store.Activity{LastLogin: at(79)}), f.use(12, 90, store.Activity{LastTokenUse: at(95)}))
	f.commit(f.delete(user, 25, 29), f.delete(user, 12, 30), f.delete(user, 35, 9))
	neighbour := f.in(f.newTenant("neighbour"))
	neighbour.commit(neighbour.create(user, 1), neighbour.create(group, 41, 1), neighbour.create(user, 12), neighbour.delete(user, 12, 30))

	want := store.Statistics{
		Total: 4, Statuses: map[string]int{"Active": 4}, Sources: map[string]int{"scim": 4}, LastLogins: []int{1, 1, 1, 1}, Idle: 1,
		Values: [][]store.ValueCount{{{Value: "b", Count: 3}, {Value: "a", Count: 1}}, {{Value: "u", Count: 2}, {Value: "t", Count: 1}}, {{Value: "z", Count: 2}, {Value: "é", Count: 1}}},
		// Who goes takes its place in a group along. Of equals the lower id comes first.
		Groups: []store.GroupCount{{ID: id(41), Label: "Group 41", Count: 3}, {ID: id(43), Label: "Group 43", Count: 2}},
		Joined: []int{2, 3, 1}, Left: []int{0, 1, 1},
	}
	same("of some", want, count(ask))

	f.commit(f.restore(user, 12, 110))
	ask.Now, ask.IdleSince, ask.LastLogins, ask.Days, ask.Paths, ask.Top = at(100).Add(-time.Microsecond), time.Time{}, nil, nil, nil, 1
	got := count(ask)
	if len(got.Groups) != 1 {
		f.t.Errorf("groups %+v, want one", got.Groups)
	}
	got.Groups = nil
	same("a moment earlier", store.Statistics{
		Total: 5, Statuses: map[string]int{"Active": 3, "Suspended": 1, "": 1}, Sources: map[string]int{"scim": 4, "": 1}, LastLogins: []int{3, 2}, Joined: []int{}, Left: []int{},
	}, got)
	ask.Type = "\x00"
	if _, err := f.s.Statistics(f.ctx, ask); !errors.Is(err, store.ErrInvalid) {
		f.t.Errorf("Statistics of a type that cannot be: %v", err)
	}
}
