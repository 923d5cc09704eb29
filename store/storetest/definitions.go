package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
)

// redefine runs work that must succeed.
func (f *fixture) redefine(work func(context.Context, store.Redefinition) error) {
	f.t.Helper()
	if err := f.s.Redefine(f.ctx, work); err != nil {
		f.t.Fatalf("Redefine: %v", err)
	}
}

func (f *fixture) wantDefinitions(want ...store.Definition) {
	f.t.Helper()
	got, err := f.s.Definitions(f.ctx)
	if err != nil {
		f.t.Fatalf("Definitions: %v", err)
	}
	if diff := cmp.Diff(want, got, cmp.Transformer("text", func(b []byte) string { return string(b) })); len(want)+len(got) > 0 && diff != "" {
		f.t.Errorf("Definitions (-want +got):\n%s", diff)
	}
}

func definitions(f *fixture) {
	// A document is kept byte by byte.
	user1 := store.Definition{Type: user, Document: []byte(`{ "b":1.50, "a":"é" }`)}
	user2 := store.Definition{Type: user, Document: []byte(`{"v":2}`)}
	device := store.Definition{Type: "Device", Document: []byte(`{"v":1}`)}
	f.wantDefinitions()
	f.redefine(func(ctx context.Context, r store.Redefinition) error {
		if err := r.SaveDefinitions(ctx, user1, device); err != nil {
			return err
		}
		// The work sees what it saved.
		if got, err := r.Definitions(ctx); err != nil || len(got) != 2 {
			f.t.Errorf("Definitions inside: %v, %v", got, err)
		}
		return nil
	})
	f.wantDefinitions(device, user1)
	f.redefine(func(ctx context.Context, r store.Redefinition) error { return r.SaveDefinitions(ctx, user2) })
	f.wantDefinitions(device, user2)
	f.redefine(func(ctx context.Context, r store.Redefinition) error {
		return errors.Join(r.DropDefinition(ctx, "Device"), r.DropDefinition(ctx, "Nothing"), r.SaveDefinitions(ctx))
	})
	f.wantDefinitions(user2)
}

// redefinitions: one at a time, with the error of the work.
func redefinitions(f *fixture) {
	var inside, runs atomic.Int32
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			err := f.s.Redefine(f.ctx, func(ctx context.Context, r store.Redefinition) error {
				if inside.Add(1) != 1 {
					f.t.Error("two redefinitions run at once")
				}
				defer inside.Add(-1)
				runs.Add(1)
				_, err := r.Definitions(ctx)
				return err
			})
			if err != nil {
				f.t.Errorf("Redefine: %v", err)
			}
		})
	}
	group.Wait()
	if runs.Load() != 4 {
		f.t.Errorf("%d runs", runs.Load())
	}
	failed := errors.New("work failed")
	if err := f.s.Redefine(f.ctx, func(context.Context, store.Redefinition) error { return failed }); !errors.Is(err, failed) {
		f.t.Errorf("Redefine: %v", err)
	}
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	if err := f.s.Redefine(ctx, func(context.Context, store.Redefinition) error { return nil }); !errors.Is(err, context.Canceled) {
		f.t.Errorf("Redefine with a cancelled context: %v", err)
	}
	// A failure leaves nothing in the way.
	f.redefine(func(context.Context, store.Redefinition) error { return nil })
}

func scans(f *fixture) {
	other := f.in(f.newTenant("other"))
	f.newTenant("empty")
	last := f.in(f.newTenant("last"))
	var want []store.Key
	for _, one := range []*fixture{f, other, last} {
		var keys []store.Key
		for n := range 7 {
			one.commit(one.create("Device", n), one.create(user, 100+n))
			keys = append(keys, one.key("Device", n))
		}
		one.commit(one.create(group, 500), one.create("Device", 600), one.delete("Device", 600, 601))
		slices.SortFunc(keys, func(a, b store.Key) int { return slices.Compare(a.ID[:], b.ID[:]) })
		want = append(want, keys...)
	}
	for _, limit := range []int{1, 3, 7, 21, 22, 1000} {
		var got []store.Key
		f.redefine(func(ctx context.Context, r store.Redefinition) error {
			for after := (store.Key{}); ; {
				page, err := r.Scan(ctx, "Device", after, limit)
				if err != nil {
					return err
				}
				for i := range page {
					got = append(got, page[i].Key)
				}
				if len(page) < limit {
					return nil
				}
				after = page[len(page)-1].Key
			}
		})
		if diff := cmp.Diff(want, got); diff != "" {
			f.t.Errorf("pages of %d (-want +got):\n%s", limit, diff)
		}
	}
	f.redefine(func(ctx context.Context, r store.Redefinition) error {
		page, err := r.Scan(ctx, "Device", store.Key{}, 1)
		if err == nil {
			sameRecord(f.t, f.get(want[0]), page[0])
		}
		none, missing := r.Scan(ctx, "Nothing", store.Key{}, 10)
		if len(none) != 0 {
			f.t.Errorf("%d resources of a type that has none", len(none))
		}
		return errors.Join(err, missing)
	})
}

// renewed is a resource with another set of what follows from its document.
func (f *fixture) renewed(n int, name, nick string, unique ...store.UniqueValue) store.Reindexed {
	record := f.get(f.key(user, n))
	record.Name, record.SortName, record.Label = name, "sort "+name, "label "+name
	record.Document, record.Index = []byte(`{"renewed":"`+name+`"}`), []byte(`{"nick":"`+nick+`"}`)
	return store.Reindexed{Record: record, Unique: unique}
}

func (f *fixture) reindex(resources ...store.Reindexed) error {
	return f.s.Redefine(f.ctx, func(ctx context.Context, r store.Redefinition) error { return r.Reindex(ctx, resources) })
}

func reindexes(f *fixture) {
	f.commit(f.holding(user, 1, badge("Ann"), desk("1")), f.holding(user, 2, badge("Bob")), f.holding(user, 3, badge("Cid")))
	f.commit(f.create(group, 9, 1))
	first := f.renewed(1, "new-1", "one", badge("ann"))
	if err := f.reindex(first, f.renewed(2, "new-2", "two", badge("bob"), desk("1"))); err != nil {
		f.t.Fatalf("Reindex: %v", err)
	}
	// Facts, version and times are as they were; the external id is no part.
	got := f.get(f.key(user, 1))
	got.Groups = nil
	want := first.Record
	want.Groups = nil
	sameRecord(f.t, want, got)
	f.matches(user, text("one", "nick"), "new-1")
	f.matches(user, text("two", "nick"), "new-2")
	if rows, events := f.auditOf(f.key(user, 1)), f.eventsOf(f.key(user, 1)); len(rows) != 1 || len(events) != 1 {
		f.t.Errorf("%d audit rows and %d events", len(rows), len(events))
	}
	f.wantMembers(9, 1)
	f.state(f.key(group, 9), 1, at(9))
	// The old values are free, the new ones taken; another resource is as it was.
	f.taken("urn:x:badge", 0, f.holding(user, 4, badge("ann")))
	f.taken("desk", 0, f.holding(user, 4, desk("1")))
	f.taken("urn:x:badge", 0, f.holding(user, 4, badge("Cid")))
	f.taken(store.NameAttribute, 0, f.named(user, 4, "new-1"))
	f.commit(f.holding(user, 4, badge("Ann")), f.named(user, 5, "user-001"))
	// Once more is the same, and none is nothing.
	if err := errors.Join(f.reindex(first), f.reindex()); err != nil {
		f.t.Errorf("Reindex: %v", err)
	}
	// Values may change hands inside one call, and be given up.
	if err := f.reindex(f.renewed(2, "", "two", badge("ann")), f.renewed(1, "", "one", badge("bob"))); err != nil {
		f.t.Errorf("Reindex: %v", err)
	}
	f.commit(f.named(user, 6, "new-1"), f.holding(user, 7, desk("1")))
}

func reindexesRefused(f *fixture) {
	f.commit(f.holding(user, 1, badge("a")), f.holding(user, 2, badge("b")), f.holding(user, 3, badge("c")))
	for name, test := range map[string]struct {
		want      error
		attribute string
		resources []store.Reindexed
	}{
		"name":         {store.ErrUniqueness, store.NameAttribute, []store.Reindexed{f.renewed(1, "x", "x", badge("x")), f.renewed(2, "user-003", "y")}},
		"unique value": {store.ErrUniqueness, "urn:x:badge", []store.Reindexed{f.renewed(1, "x", "x"), f.renewed(2, "y", "y", badge("c"))}},
		"each other":   {store.ErrUniqueness, "urn:x:badge", []store.Reindexed{f.renewed(1, "x", "x", badge("n")), f.renewed(2, "y", "y", badge("n"))}},
		"invalid":      {store.ErrInvalid, "", []store.Reindexed{f.renewed(1, "x", "x"), f.renewed(2, "a\x00b", "y")}},
	} {
		f.t.Run(name, func(t *testing.T) {
			err := f.reindex(test.resources...)
			var change *store.ChangeError
			if !errors.Is(err, test.want) || !errors.As(err, &change) || change.Index != 1 {
				t.Fatalf("Reindex: %v", err)
			}
			var unique *store.UniquenessError
			if errors.As(err, &unique) && unique.Attribute != test.attribute {
				t.Errorf("attribute %q, want %q", unique.Attribute, test.attribute)
			}
			for n := 1; n <= 3; n++ {
				sameRecord(t, f.record(user, n, ""), f.get(f.key(user, n)))
			}
			f.matches(user, text("x", "nick"))
			f.taken("urn:x:badge", 0, f.holding(user, 9, badge("a")))
			f.taken("urn:x:badge", 0, f.holding(user, 9, badge("b")))
		})
	}
	// A refusal is the caller's to judge: the work may go on.
	f.redefine(func(ctx context.Context, r store.Redefinition) error {
		if err := r.Reindex(ctx, []store.Reindexed{f.renewed(1, "user-002", "x")}); !errors.Is(err, store.ErrUniqueness) {
			f.t.Errorf("Reindex: %v", err)
		}
		return r.Reindex(ctx, []store.Reindexed{f.renewed(1, "fine", "x")})
	})
	f.matches(user, text("x", "nick"), "fine")
}

// reindexesPassOver: who changed since the scan is newer than the scan knows.
func reindexesPassOver(f *fixture) {
	f.commit(f.holding(user, 1, badge("a")), f.holding(user, 2, badge("b")), f.holding(user, 3, badge("c")))
	stale, gone, fresh := f.renewed(1, "stale", "s", badge("s")), f.renewed(2, "gone", "g", badge("g")), f.renewed(3, "fresh", "f", badge("f"))
	update := f.update(user, 1, 5)
	update.Record = new(f.record(user, 1, `{"nick":"newer"}`))
	f.commit(update, f.delete(user, 2, 6))
	if err := f.reindex(stale, gone, fresh); err != nil {
		f.t.Fatalf("Reindex: %v", err)
	}
	f.matches(user, text("newer", "nick"), "user-001")
	f.matches(user, text("f", "nick"), "fresh")
	f.missing(f.key(user, 2))
	f.taken("urn:x:badge", 0, f.holding(user, 9, badge("a")))
	f.commit(f.holding(user, 9, badge("s"), badge("g")))
	// The same id in another tenant is another resource.
	other := f.in(f.newTenant("other"))
	other.commit(other.create(user, 3))
	if err := f.reindex(f.renewed(3, "again", "f")); err != nil {
		f.t.Errorf("Reindex: %v", err)
	}
	sameRecord(f.t, other.record(user, 3, ""), other.get(other.key(user, 3)))
}

func holdings(f *fixture) {
	other := f.in(f.newTenant("other"))
	want := func(now int, want store.Holding) {
		f.t.Helper()
		f.redefine(func(ctx context.Context, r store.Redefinition) error {
			held, err := r.Held(ctx, "Device", at(now))
			if diff := cmp.Diff(want, held); diff != "" {
				f.t.Errorf("Held (-want +got):\n%s", diff)
			}
			return err
		})
	}
	want(0, store.Holding{})
	f.commit(f.create("Device", 1), f.create("Device", 2), f.create(user, 3))
	other.commit(other.create("Device", 4), other.create("Device", 5))
	want(0, store.Holding{Living: 4})
	f.commit(f.delete("Device", 1, 10), f.delete(user, 3, 50))
	other.commit(other.delete("Device", 4, 20))
	want(0, store.Holding{Living: 2, Departed: 2, PurgeAfter: at(1020)})
	// What may be purged may be forgotten.
	want(1010, store.Holding{Living: 2, Departed: 1, PurgeAfter: at(1020)})
	want(1020, store.Holding{Living: 2})
	f.commit(&store.Delete{Key: f.key("Device", 2), At: at(30), PurgeAfter: at(31), Trail: trail(30, "delete")})
	other.commit(&store.Delete{Key: other.key("Device", 5), At: at(30), PurgeAfter: at(31), Trail: trail(30, "delete")})
	want(5000, store.Holding{})
}
