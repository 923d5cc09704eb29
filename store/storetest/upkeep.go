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
	list := f.allDue(step, limit)
	last := time.Time{}
	for _, one := range list {
		if one.Due.Before(last) {
			f.t.Errorf("%v comes after %v", one.Due, last)
		}
		last = one.Due
	}
	return named(list)
}

// firing is due where something has been put off.
func (f *fixture) firing(step int) string {
	f.t.Helper()
	return named(f.allDue(step, 9))
}

func (f *fixture) allDue(step, limit int) []store.DueResource {
	f.t.Helper()
	list, err := f.s.Due(f.ctx, at(step), limit)
	if err != nil {
		f.t.Fatalf("Due: %v", err)
	}
	return list
}

func named(due []store.DueResource) string {
	var found []string
	for _, one := range due {
		for n := range 20 {
			if one.Key.ID == id(n) {
				found = append(found, fmt.Sprintf("%s%d", one.Key.Type, n))
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
		{9, 9, ""}, {10, 9, "User2"}, {20, 9, "User2 Group4 User5"}, {20, 2, "User2 Group4"}, {99, 9, "User2 Group4 User5 User1"}, {99, 0, ""},
	} {
		if got := f.due(test.step, test.limit); got != test.want {
			f.t.Errorf("due at %d, %d: %q, want %q", test.step, test.limit, got, test.want)
		}
	}
	// A departed resource is due for its purge alone.
	f.commit(f.delete(user, 2, 5))
	if got := f.due(99, 9); got != "Group4 User5 User1" {
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
	if got := f.due(99, 9); got != "Group4 User5 User1" {
		f.t.Errorf("due = %q", got)
	}
	schedule(user, store.Scheduled{ID: id(1), Revision: 1, Due: at(1)})
	if got := f.due(99, 9); got != "User1 Group4 User5" {
		f.t.Errorf("due = %q", got)
	}
	schedule(user, store.Scheduled{ID: id(1), Revision: 1})
	sameRecord(f.t, before, f.get(f.key(user, 1)))
	// What is put off is passed over until then, wherever it is, and then is due
	// after what has been longer; a time that is past puts nothing off.
	postpone := func(f *fixture, typ string, n int, until time.Time) {
		f.t.Helper()
		if err := f.s.Postpone(f.ctx, f.key(typ, n), until); err != nil {
			f.t.Errorf("Postpone: %v", err)
		}
	}
	before = other.get(other.key(user, 5))
	postpone(f, group, 4, at(60))
	postpone(f, user, 5, at(90)) // there is none in this tenant
	postpone(other, user, 5, at(50))
	for step, want := range map[int]string{49: "", 50: "User5", 60: "User5 Group4"} {
		if got := f.firing(step); got != want {
			f.t.Errorf("due at %d: %q, want %q", step, got, want)
		}
	}
	postpone(f, group, 4, at(1))
	postpone(other, user, 5, time.Time{})
	if got := f.due(20, 9); got != "Group4 User5" {
		f.t.Errorf("due = %q", got)
	}
	sameRecord(f.t, before, other.get(other.key(user, 5)))
	f.commit(f.purge(group, 4, 20), f.restore(user, 3, 21))
	if got := f.due(2000, 9); got != "User5 User2" {
		f.t.Errorf("due = %q", got)
	}
}

// duesAnew: what was put off is due with its new facts, which may have another
// timer; what changes no facts leaves it put off.
func duesAnew(f *fixture) {
	dated := f.create(user, 1)
	dated.Record.Facts.Due = at(10)
	departing := f.delete(user, 2, 2)
	departing.PurgeAfter = at(10)
	f.commit(dated, f.create(user, 2))
	f.commit(departing)
	for _, n := range []int{1, 2} {
		if err := f.s.Postpone(f.ctx, f.key(user, n), at(90)); err != nil {
			f.t.Fatalf("Postpone: %v", err)
		}
	}
	f.commit(f.rename(1, 11, "renamed"))
	if got := f.firing(80); got != "" {
		f.t.Errorf("due = %q, and it was put off", got)
	}
	amended := f.amend(user, 2, 12, false)
	amended.PurgeAfter = at(20)
	f.commit(f.standing(1, 12, store.Facts{Status: "S", Due: at(30)}), amended)
	for step, want := range map[int]string{19: "", 20: "User2", 30: "User2 User1"} {
		if got := f.firing(step); got != want {
			f.t.Errorf("due at %d: %q, want %q", step, got, want)
		}
	}
	if err := f.s.Postpone(f.ctx, f.key(user, 1), at(90)); err != nil {
		f.t.Fatalf("Postpone: %v", err)
	}
	noted := f.standing(1, 31, store.Facts{Status: "S", Due: at(40)})
	noted.Noted = true
	f.commit(noted)
	if got := f.firing(40); got != "User2 User1" {
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
