package storetest

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
)

// use is an update of nothing but the activity of a user.
func (f *fixture) use(n, step int, activity store.Activity) *store.Update {
	update := f.update(user, n, step)
	update.Activity = &activity
	return update
}

// wantActivity compares what all reads return.
func (f *fixture) wantActivity(n int, want store.Activity) {
	f.t.Helper()
	key := f.key(user, n)
	name := store.CompareColumn{Column: store.ColumnName, Op: store.Equal, Value: fmt.Sprintf("user-%03d", n)}
	for _, with := range []store.Relations{store.WithActivity, store.WithActivity | store.WithGroups} {
		one, err := f.s.Get(f.ctx, key, with)
		several, errs := f.s.GetAll(f.ctx, []store.Key{key}, with)
		if err != nil || errs != nil || len(several) != 1 {
			f.t.Fatalf("Get: %v, GetAll: %v, %v", err, several, errs)
		}
		found := append(several, one)
		for _, query := range []store.Query{
			{Types: of(user, name)},
			{Types: of(user, store.And{name, store.Const(true)})},
			{Types: of(user, store.And{name, store.Const(true)}), Sort: store.Sort{Column: store.ColumnLastLogin}},
			{Types: of(user, nil), Sort: store.Sort{Column: store.ColumnName}},
		} {
			query.With, query.Limit, query.Now = with, 1, at(0)
			found = append(found, f.query(query).Records...)
		}
		for i, record := range found {
			if record.ID != key.ID {
				continue // the page of all
			}
			if diff := cmp.Diff(want, record.Activity); diff != "" {
				f.t.Errorf("activity in read %d with %d (-want +got):\n%s", i, with, diff)
			}
			if (with&store.WithGroups != 0) != (len(record.Groups) == 1) {
				f.t.Errorf("read %d with %d: groups = %+v", i, with, record.Groups)
			}
		}
	}
	if record, err := f.s.Get(f.ctx, key, 0); err != nil || record.Activity.Revision != 0 {
		f.t.Errorf("Get without activity: %+v, %v", record.Activity, err)
	}
}

// activities: what is known of the use of an account moves nothing else.
func activities(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2), f.create(group, 3, 1, 2))
	f.wantActivity(1, store.Activity{})
	first := store.Activity{LastLogin: at(10), Failed: 3, State: []byte("{ \"a\":1.0 }")}
	done := f.commit(f.use(1, 10, first))
	if got := done[0]; got.Version != 1 || got.Changed || !got.Modified.Equal(at(1)) {
		f.t.Errorf("Committed = %+v", got)
	}
	first.Revision = 1
	f.wantActivity(1, first)
	f.wantActivity(2, store.Activity{})
	f.state(f.key(user, 1), 1, at(1))

	f.refuse(store.ErrVersion, 0, f.use(1, 11, store.Activity{Revision: 0, Failed: 9}))
	f.refuse(store.ErrVersion, 0, f.use(1, 11, store.Activity{Revision: 2, Failed: 9}))
	f.refuse(store.ErrVersion, 1, f.use(1, 11, store.Activity{Revision: 1, Failed: 9}), f.use(2, 11, store.Activity{Revision: 1, Failed: 9}))
	f.refuse(store.ErrNotFound, 0, f.use(9, 11, store.Activity{}))
	f.refuse(store.ErrInvalid, 0, f.use(1, 11, store.Activity{Revision: 1, State: []byte("\"\x00\"")}))
	f.wantActivity(1, first)
	f.wantActivity(2, store.Activity{})

	f.commit(f.use(1, 12, store.Activity{Revision: 1, LastTokenUse: at(12)}), f.use(1, 13, store.Activity{Revision: 2, LastTokenUse: at(13)}))
	f.wantActivity(1, store.Activity{Revision: 3, LastTokenUse: at(13)})
	// It stays when the resource departs.
	f.commit(f.delete(user, 1, 20))
	f.commit(f.restore(user, 1, 21))
	f.wantActivity(1, store.Activity{Revision: 3, LastTokenUse: at(13)})
	f.commit(f.delete(user, 1, 22), f.purge(user, 1, 23))
	again := f.create(user, 1)
	f.commit(again, f.members(3, 24, store.MemberChange{Add: ids(1)}))
	f.wantActivity(1, store.Activity{})
}

func (f *fixture) signIns(n int, before time.Time, limit int) string {
	f.t.Helper()
	list, err := f.s.SignIns(f.ctx, f.key(user, n), store.TimePosition{At: before}, limit)
	if err != nil {
		f.t.Fatalf("SignIns: %v", err)
	}
	var details []string
	for _, one := range list {
		details = append(details, one.Detail)
	}
	return strings.Join(details, " ")
}

// signIns: the history is in the order of its times, and goes with its resource.
func signIns(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2))
	row := func(step int, detail string) store.SignIn {
		return store.SignIn{At: at(step), Succeeded: step%2 == 0, Application: "app ü", Address: "2001:db8::1", Detail: detail}
	}
	signed := func(n int, rows ...store.SignIn) *store.Update {
		update := f.update(user, n, 30)
		update.SignIns = rows
		return update
	}
	f.commit(signed(1, row(1, "a"), row(5, "b"), row(3, "c")), signed(2, row(2, "x")), signed(1, row(3, "d"), store.SignIn{At: at(4)}))
	list, err := f.s.SignIns(f.ctx, f.key(user, 1), store.TimePosition{}, 2)
	for i := range list {
		list[i].Number = 0
	}
	if diff := cmp.Diff([]store.SignIn{row(5, "b"), {At: at(4)}}, list); diff != "" || err != nil {
		f.t.Errorf("SignIns: %v (-want +got):\n%s", err, diff)
	}
	for _, test := range []struct {
		before time.Time
		limit  int
		want   string
	}{
		{time.Time{}, 9, "b  d c a"}, {at(5), 9, " d c a"}, {at(4), 9, "d c a"}, {at(3), 9, "a"}, {at(1), 9, ""}, {at(99), 1, "b"}, {time.Time{}, 0, ""},
	} {
		if got := f.signIns(1, test.before, test.limit); got != test.want {
			f.t.Errorf("before %v, %d: %q, want %q", test.before, test.limit, got, test.want)
		}
	}
	for _, bad := range []store.SignIn{
		{Application: strings.Repeat("x", 256)}, {Address: strings.Repeat("x", 65)}, {Detail: strings.Repeat("x", 256)}, {Detail: "\x00"}, {Address: "\xff"},
	} {
		f.refuse(store.ErrInvalid, 0, signed(1, bad))
	}
	for limit := 1; limit < 6; limit++ {
		var walked []string
		for position, page := (store.TimePosition{}), []store.SignIn(nil); ; position = page[len(page)-1].Position() {
			if page, err = f.s.SignIns(f.ctx, f.key(user, 1), position, limit); err != nil {
				f.t.Fatalf("SignIns: %v", err)
			}
			for _, one := range page {
				walked = append(walked, one.Detail)
			}
			if len(page) < limit || len(walked) > 5 {
				break
			}
		}
		if got := strings.Join(walked, " "); got != "b  d c a" {
			f.t.Errorf("in pages of %d: %q", limit, got)
		}
	}
	forget := func(tenant store.TenantID, before time.Time, limit, want int) {
		f.t.Helper()
		if n, err := f.s.ForgetSignIns(f.ctx, tenant, before, limit); n != want || err != nil {
			f.t.Errorf("ForgetSignIns = %d, %v, want %d", n, err, want)
		}
	}
	forget(f.newTenant("other"), at(99), 9, 0)
	forget(f.tenant, at(3), 1, 1)
	forget(f.tenant, at(3), 9, 1)
	forget(f.tenant, at(3), 9, 0)
	if got := f.signIns(1, time.Time{}, 9) + "|" + f.signIns(2, time.Time{}, 9); got != "b  d c|" {
		f.t.Errorf("left: %q", got)
	}
	f.commit(f.delete(user, 1, 20))
	if got := f.signIns(1, time.Time{}, 9); got != "b  d c" {
		f.t.Errorf("after the delete: %q", got)
	}
	f.commit(f.purge(user, 1, 21))
	if got := f.signIns(1, time.Time{}, 9); got != "" {
		f.t.Errorf("after the purge: %q", got)
	}
}
