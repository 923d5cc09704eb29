package storetest

import (
	"fmt"
	"time"

	"rollcall/store"
)

// standings: the status is what the clock makes of it, and whoever has one has
// no other.
func standings(f *fixture) {
	facts := map[string]store.Facts{
		"free":      {Status: "Active"},
		"suspended": {Status: "Suspended", Reason: "r", Later: []store.Period{{At: at(10), Status: "Active", Changed: at(10)}}},
		"forever":   {Status: "Suspended", SuspendedUntil: store.Forever},
		"upper":     {Status: "active"},
		"none":      {},
		"expiring": {Status: "Active", Later: []store.Period{
			{At: at(8), Status: "Locked", Reason: "r", Changed: at(8)}, {At: at(10), Status: "Suspended", Reason: "q", Changed: at(8)},
		}},
	}
	n := 0
	for name, fact := range facts {
		n++
		create := f.named(user, n, name)
		create.Record.Facts = fact
		f.commit(create)
	}
	tests := []struct {
		now   time.Time
		where store.Standing
		want  string
	}{
		{at(7), store.Standing{Statuses: []string{"Active"}}, "[expiring free]"},
		{at(8).Add(-time.Microsecond), store.Standing{Statuses: []string{"Active"}}, "[expiring free]"},
		{at(8), store.Standing{Statuses: []string{"Active"}}, "[free]"},
		{at(8), store.Standing{Statuses: []string{"Locked"}}, "[expiring]"},
		{at(8), store.Standing{Reasons: []string{"r"}}, "[expiring suspended]"},
		{at(9), store.Standing{Statuses: []string{"Active", "Suspended"}, Reasons: []string{"", "x"}}, "[forever free]"},
		{at(10), store.Standing{Statuses: []string{"Suspended"}}, "[expiring forever]"},
		{at(10).In(time.FixedZone("X", 3600)), store.Standing{Statuses: []string{"Active"}}, "[free suspended]"},
		{at(1 << 20), store.Standing{Statuses: []string{"Suspended", "Locked", "active"}}, "[expiring forever upper]"},
		{at(9), store.Standing{Statuses: []string{""}}, "[none]"},
		{at(9), store.Standing{Statuses: []string{}}, "[]"},
		{at(9), store.Standing{}, "[expiring forever free none suspended upper]"},
	}
	for _, test := range tests {
		query := store.Query{Types: of(user, test.where), Sort: store.Sort{Column: store.ColumnName}, Limit: 100, Now: test.now}
		page := f.query(query)
		if got := fmt.Sprint(recordNames(page)); got != test.want || page.Total != len(page.Records) {
			f.t.Errorf("%+v at %v: %s, want %s", test.where, test.now, got, test.want)
		}
		query.Types = of(user, store.Not{Expr: test.where})
		if rest := f.query(query); rest.Total+page.Total != len(facts) {
			f.t.Errorf("%+v at %v: %d and %d not", test.where, test.now, page.Total, rest.Total)
		}
	}
}
