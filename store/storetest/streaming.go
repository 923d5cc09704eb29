package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"rollcall/store"
)

func streaming(f *fixture) {
	const size = 600
	changes := []store.Change{}
	all := make([]int, 0, size)
	for n := range size {
		create := f.create(user, n)
		create.Trail.Events = nil
		changes = append(changes, create)
		all = append(all, n)
	}
	changes = append(changes, f.create(group, 1000, all...), f.create(group, 1001), f.create(group, 1002, 5, 1001), f.create(group, 1003, 7))
	f.commit(changes...)

	// In the order of the groups asked for, which need not be that of ids.
	for _, order := range [][]int{{1002, 1000, 1003}, {1003, 1000, 1002}, {1001}, {1000, 1001, 4711, 1002}, {}} {
		var want, got []string
		for _, g := range order {
			for _, member := range f.memberIDs(g) {
				want = append(want, id(g).String()+" "+member)
			}
		}
		for membership, err := range f.s.Members(f.ctx, f.tenant, ids(order...), store.MemberPage{}) {
			if err != nil {
				f.t.Fatalf("Members: %v", err)
			}
			got = append(got, membership.Group.String()+" "+membership.Member.String())
			wantType := user
			if membership.Member == id(1001) {
				wantType = group
			}
			if membership.Type != wantType {
				f.t.Errorf("type of %s = %s", membership.Member, membership.Type)
			}
		}
		if !slices.Equal(want, got) {
			f.t.Errorf("members of %v: %d rows, want %d, or another order", order, len(got), len(want))
		}
	}
	other := f.in(f.newTenant("other"))
	if got := other.memberIDs(1000); len(got) != 0 {
		f.t.Errorf("%d members in another tenant", len(got))
	}

	// An early break gives the connection back: far more breaks than any pool
	// has connections, each with a read inside.
	for range 100 {
		for _, err := range f.s.Members(f.ctx, f.tenant, ids(1000), store.MemberPage{}) {
			if err != nil {
				f.t.Fatalf("Members: %v", err)
			}
			f.get(f.key(user, 1))
			break
		}
	}
	// A connection that was cut in the middle of a stream may be given up beside
	// the caller: asking the store again is all the time that it gets.
	_, used := f.s.Pool()
	for range 1000 {
		if used == 0 {
			break
		}
		f.get(f.key(user, 1))
		_, used = f.s.Pool()
	}
	if used != 0 {
		f.t.Errorf("%d connections are still in use", used)
	}
	// One sequence serves several rounds.
	sequence := f.s.Members(f.ctx, f.tenant, ids(1003), store.MemberPage{})
	for range 2 {
		count := 0
		for _, err := range sequence {
			if err != nil {
				f.t.Fatalf("Members: %v", err)
			}
			count++
		}
		if count != 1 {
			f.t.Errorf("%d members, want 1", count)
		}
	}
	// Writers get on while a sequence is open.
	for _, err := range f.s.Members(f.ctx, f.tenant, ids(1000), store.MemberPage{}) {
		if err != nil {
			f.t.Fatalf("Members: %v", err)
		}
		f.commit(f.members(1003, 50, store.MemberChange{Add: ids(8)}))
		break
	}
	f.wantMembers(1003, 7, 8)

	// Cancelled half-way: all rows or an error, never a silent cut.
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	seen := 0
	var failed error
	for _, err := range f.s.Members(ctx, f.tenant, ids(1000), store.MemberPage{}) {
		if err != nil {
			failed = err
			break
		}
		seen++
		cancel()
	}
	if seen < size && !errors.Is(failed, context.Canceled) {
		f.t.Errorf("cancelled after one: %d rows, error %v", seen, failed)
	}
}

func cancellation(f *fixture) {
	f.commit(f.create(user, 1), f.create(group, 2, 1))
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	calls := map[string]func() error{
		"Get": func() error { _, err := f.s.Get(ctx, f.key(user, 1), store.WithGroups); return err },
		"Query": func() error {
			_, err := f.s.Query(ctx, store.Query{Tenant: f.tenant, Types: of(user, present("x")), Limit: 1})
			return err
		},
		"Members": func() error {
			for _, err := range f.s.Members(ctx, f.tenant, []uuid.UUID{id(2)}, store.MemberPage{}) {
				return err
			}
			return errors.New("no error")
		},
		"PasswordHash": func() error { _, err := f.s.PasswordHash(ctx, f.key(user, 1)); return err },
		"Commit":       func() error { _, err := f.s.Commit(ctx, []store.Change{f.create(user, 3)}); return err },
		"Tenants":      func() error { _, err := f.s.Tenants(ctx); return err },
		"CreateTenant": func() error {
			_, err := f.s.CreateTenant(ctx, store.Tenant{Name: "never"}, audit(0, "x"))
			return err
		},
		"Connection": func() error { _, err := f.s.Connection(ctx, f.tenant, "x"); return err },
		"Grant":      func() error { _, err := f.s.Grant(ctx, "x"); return err },
		"AuditOf":    func() error { _, err := f.s.AuditOf(ctx, f.key(user, 1), 1); return err },
		"EventsOf":   func() error { _, err := f.s.EventsOf(ctx, f.key(user, 1), 1); return err },
		"Ping":       func() error { return f.s.Ping(ctx) },
	}
	for name, call := range calls {
		err := call()
		if name == "Ping" && errors.Is(err, store.ErrUnavailable) {
			continue
		}
		if !errors.Is(err, context.Canceled) {
			f.t.Errorf("%s: got error %v, want context.Canceled", name, err)
		}
		if errors.Is(err, store.ErrTooMany) {
			f.t.Errorf("%s: %v: a cancelled call is no query of too many", name, err)
		}
	}
	f.missing(f.key(user, 3))
	if _, err := f.s.Tenant(f.ctx, "never"); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("Tenant: %v", err)
	}
	// Cancelled on the way, a commit is either done or not; never half, and
	// the store works on.
	for n := range 30 {
		ctx, cancel := context.WithCancel(f.ctx)
		finished := make(chan error, 1)
		go func() {
			_, err := f.s.Commit(ctx, []store.Change{f.create(user, 100+n), f.create(group, 200+n, 100+n), f.members(2, n, store.MemberChange{Add: ids(100 + n)})})
			finished <- err
		}()
		if n%2 == 0 {
			cancel()
		}
		err := <-finished
		cancel()
		_, readErr := f.s.Get(f.ctx, f.key(group, 200+n), 0)
		if err != nil && !errors.Is(err, context.Canceled) {
			f.t.Errorf("Commit: %v", err)
		}
		if err == nil && readErr != nil {
			f.t.Errorf("acknowledged and not there: %v", readErr)
		}
		if readErr != nil {
			// The server may end the commit after its client has left, between
			// two reads: whoever sees the user must then see the group.
			if _, err := f.s.Get(f.ctx, f.key(user, 100+n), 0); err == nil {
				f.get(f.key(group, 200+n))
			}
		} else if got := fmt.Sprint(f.memberIDs(200 + n)); got != fmt.Sprint(sortedIDs(ids(100+n))) {
			f.t.Errorf("members = %s", got)
		}
	}
}
