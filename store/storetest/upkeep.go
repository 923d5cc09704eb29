package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"rollcall/store"
)

func (f *fixture) due(step, limit int) string {
	f.t.Helper()
	list, err := f.s.Due(f.ctx, at(step), limit)
	if err != nil {
		f.t.Fatalf("Due: %v", err)
	}
	var found []string
	last := time.Time{}
	for _, one := range list {
		if one.Due.Before(last) {
			f.t.Errorf("%v comes after %v", one.Due, last)
		}
		last = one.Due
		for n := range 20 {
			if one.Key.ID == id(n) {
				found = append(found, map[bool]string{true: "-"}[one.Departed]+fmt.Sprintf("%s%d", one.Key.Type, n))
			}
		}
	}
	return strings.Join(found, " ")
}

// dues: what is due is found across tenants, those longest due first.
func dues(f *fixture) {
	other := f.in(f.newTenant("other"))
	made := func(f *fixture, n, due int) *store.Create {
		create := f.create(user, n)
		create.Record.Facts.Due = at(due)
		return create
	}
	f.commit(made(f, 1, 30), made(f, 2, 10), f.create(user, 3), f.create(group, 4))
	other.commit(made(other, 5, 20))
	early := f.delete(group, 4, 1)
	early.PurgeAfter = at(15)
	never := f.delete(user, 3, 1)
	never.PurgeAfter = time.Time{}
	f.commit(early, never)
	for _, test := range []struct {
		step, limit int
		want        string
	}{
		{9, 9, ""}, {10, 9, "User2"}, {20, 9, "User2 -Group4 User5"}, {20, 2, "User2 -Group4"}, {99, 9, "User2 -Group4 User5 User1"}, {99, 0, ""},
	} {
		if got := f.due(test.step, test.limit); got != test.want {
			f.t.Errorf("due at %d, %d: %q, want %q", test.step, test.limit, got, test.want)
		}
	}
	// A departed resource is due for its purge alone.
	f.commit(f.delete(user, 2, 5))
	if got := f.due(99, 9); got != "-Group4 User5 User1" {
		f.t.Errorf("due = %q", got)
	}
	schedule := func(typ string, due ...store.Scheduled) {
		f.t.Helper()
		if err := f.s.Reschedule(f.ctx, f.tenant, typ, due); err != nil {
			f.t.Fatalf("Reschedule: %v", err)
		}
	}
	before := f.get(f.key(user, 1))
	schedule(user, store.Scheduled{ID: id(1), Revision: 2, Due: at(1)}, store.Scheduled{ID: id(5), Revision: 1, Due: at(1)}, store.Scheduled{ID: id(9), Revision: 1, Due: at(1)})
	schedule(group, store.Scheduled{ID: id(1), Revision: 1, Due: at(1)})
	schedule(user)
	if got := f.due(99, 9); got != "-Group4 User5 User1" {
		f.t.Errorf("due = %q", got)
	}
	schedule(user, store.Scheduled{ID: id(1), Revision: 1, Due: at(1)})
	if got := f.due(99, 9); got != "User1 -Group4 User5" {
		f.t.Errorf("due = %q", got)
	}
	schedule(user, store.Scheduled{ID: id(1), Revision: 1})
	sameRecord(f.t, before, f.get(f.key(user, 1)))
	f.commit(f.purge(group, 4, 20), f.restore(user, 3, 21))
	if got := f.due(2000, 9); got != "User5 -User2" {
		f.t.Errorf("due = %q", got)
	}
}

// namedLeases: one owner at a time has a name.
func namedLeases(f *fixture) {
	take := func(name, owner string, now, until int, want bool) {
		f.t.Helper()
		if got, err := f.s.Lease(f.ctx, name, owner, at(now), at(until)); got != want || err != nil {
			f.t.Errorf("Lease(%s, %s, %d) = %v, %v, want %v", name, owner, now, got, err, want)
		}
	}
	take("timers", "a", 0, 10, true)
	take("timers", "b", 9, 19, false)
	take("relay", "b", 9, 19, true)
	take("timers", "a", 5, 8, true) // shorter
	take("timers", "b", 7, 17, false)
	take("timers", "b", 8, 18, true)
	take("timers", "a", 9, 19, false)
	take("timers", "b", 30, 40, true)
	take("timers", "a", 40, 50, true)
	if _, err := f.s.Lease(f.ctx, "a\x00", "a", at(0), at(1)); !errors.Is(err, store.ErrInvalid) {
		f.t.Errorf("Lease: %v", err)
	}
	for round := range 5 {
		var group sync.WaitGroup
		var held sync.Map
		for owner := range writers {
			group.Go(func() {
				got, err := f.s.Lease(f.ctx, "many", fmt.Sprint(owner), at(100*round), at(100*round+50))
				if err != nil {
					f.t.Errorf("Lease: %v", err)
				}
				if got {
					held.Store(owner, true)
				}
			})
		}
		group.Wait()
		n := 0
		held.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			f.t.Errorf("%d owners hold one lease", n)
		}
	}
}

// policies: who writes one has read the one before.
func policies(f *fixture) {
	other := f.newTenant("other")
	want := func(tenant store.TenantID, document string, revision int64) {
		f.t.Helper()
		got, number, err := f.s.Policy(f.ctx, tenant)
		if err != nil || string(got) != document || number != revision || (got == nil) != (revision == 0) {
			f.t.Errorf("Policy = %q, %d, %v, want %q, %d", got, number, err, document, revision)
		}
	}
	set := func(document string, match int64, fails error) {
		f.t.Helper()
		if _, err := f.s.SetPolicy(f.ctx, f.tenant, []byte(document), match, audit(1, "policy.set")); !errors.Is(err, fails) {
			f.t.Errorf("SetPolicy(%s, %d): %v, want %v", document, match, err, fails)
		}
	}
	want(f.tenant, "", 0)
	set(`{}`, 1, store.ErrVersion)
	set("{ \"a\" : 1.0 }", 0, nil)
	set(`{}`, 0, store.ErrVersion)
	want(f.tenant, "{ \"a\" : 1.0 }", 1)
	set(`{"b":2}`, 1, nil)
	set(`{}`, 1, store.ErrVersion)
	set("\"\x00\"", 2, store.ErrInvalid)
	want(f.tenant, `{"b":2}`, 2)
	want(other, "", 0)
	if _, err := f.s.SetPolicy(f.ctx, other+999, []byte(`{}`), 0, audit(1, "policy.set")); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("SetPolicy of no tenant: %v", err)
	}
}

// tallies: a tally goes with the changes that it counts, or stays.
func tallies(f *fixture) {
	for n, name := range []string{"zero", "one"} {
		if err := f.s.CreateConnection(f.ctx, f.connection(n, name), audit(1, "connection.create")); err != nil {
			f.t.Fatalf("CreateConnection: %v", err)
		}
	}
	tally := func(n int, match int64, data string) *store.SetTally {
		return &store.SetTally{Tenant: f.tenant, Connection: id(n), Match: match, Data: []byte(data)}
	}
	want := func(n int, data string, revision int64) {
		f.t.Helper()
		got, number, err := f.s.Tally(f.ctx, f.tenant, id(n))
		if err != nil || string(got) != data || number != revision || (got == nil) != (revision == 0) {
			f.t.Errorf("Tally = %q, %d, %v, want %q, %d", got, number, err, data, revision)
		}
	}
	want(1, "", 0)
	f.commit(f.create(user, 5), f.create(user, 6), f.create(user, 7))
	done := f.commit(tally(1, 0, "{ \"n\":1 }"), f.delete(user, 5, 10), f.rename(6, 11, "renamed"), f.delete(user, 7, 12), f.restore(user, 7, 13), f.create(user, 8))
	if !done[0].Changed || done[1].Version != 2 || done[2].Version != 2 || done[4].Version != 3 {
		f.t.Errorf("Committed = %+v", done)
	}
	want(1, "{ \"n\":1 }", 1)
	want(0, "", 0)
	f.refuse(store.ErrVersion, 1, f.rename(6, 20, "lost"), tally(1, 0, "{}"))
	f.refuse(store.ErrVersion, 0, tally(1, 2, "{}"), f.rename(6, 20, "lost"))
	f.refuse(store.ErrNotFound, 1, f.rename(6, 20, "lost"), tally(9, 0, "{}"))
	f.refuse(store.ErrNotFound, 1, tally(1, 1, "{}"), f.rename(5, 20, "lost"))
	f.refuse(store.ErrInvalid, 0, tally(1, 1, "\"\x00\""))
	want(1, "{ \"n\":1 }", 1)
	f.state(f.key(user, 6), 2, at(11))
	f.commit(tally(1, 1, "{}"), tally(1, 2, `{"n":3}`), tally(0, 0, `{}`))
	want(1, `{"n":3}`, 3)
	if _, _, err := f.s.Tally(f.ctx, f.newTenant("other"), id(1)); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("Tally of another tenant: %v", err)
	}
	if page := f.query(store.Query{Types: of(user, nil)}); page.Total != 3 {
		f.t.Errorf("total = %d, want 3", page.Total)
	}
}

// sources: who came by a client is counted as long as it lives.
func sources(f *fixture) {
	for n, client := range []string{"a", "a", "b", "", "A"} {
		create := f.create(user, n)
		create.Record.Facts.SourceClient = client
		f.commit(create)
	}
	f.commit(f.create(group, 9), f.delete(user, 1, 10))
	for client, want := range map[string]int{"a": 1, "b": 1, "A": 1, "": 4, "c": 0, "a\x00": 0, "\xff": 0} {
		if got, err := f.s.CountBySource(f.ctx, f.tenant, user, client); got != want || err != nil {
			f.t.Errorf("CountBySource(%q) = %d, %v, want %d", client, got, err, want)
		}
	}
	if got, err := f.s.CountBySource(f.ctx, f.newTenant("other"), user, "a"); got != 0 || err != nil {
		f.t.Errorf("CountBySource of another tenant = %d, %v", got, err)
	}
}
