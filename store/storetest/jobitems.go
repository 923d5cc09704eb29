package storetest

import (
	"errors"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rollcall/store"
)

// wantItems compares what is stored of a job.
func (f *fixture) wantItems(n int, want ...store.JobItem) {
	f.t.Helper()
	got, err := f.s.JobItems(f.ctx, f.tenant, jobID(n), -1, 100)
	if err != nil {
		f.t.Fatalf("JobItems: %v", err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		f.t.Errorf("items (-want +got):\n%s", diff)
	}
}

// jobItemsOfChanges: an outcome is stored with what it tells of, or neither is.
func jobItemsOfChanges(f *fixture) {
	item := func(n int, text string) store.JobItem { return store.JobItem{Number: int64(n), Outcome: []byte(text)} }
	one := f.job(1)
	one.Items = []store.JobItem{item(0, "head"), item(7, "row")}
	f.enqueue(one)
	f.wantItems(1, one.Items...)
	twice := f.job(2)
	twice.Items = []store.JobItem{item(1, "a"), item(1, "b")}
	if err := f.s.Enqueue(f.ctx, twice); !errors.Is(err, store.ErrInvalid) {
		f.t.Errorf("two items of one number: %v", err)
	}
	claimed := f.claimJob(1)
	held := claimed.Lease()
	set := func(lease store.JobLease, n int, text string) *store.SetJobItem {
		return &store.SetJobItem{Lease: lease, Item: item(n, text)}
	}
	done := f.commit(f.create(user, 1), set(held, 7, "made"), set(held, 8, "more\x00"))
	if !done[1].Changed || done[0].Version != 1 {
		f.t.Errorf("Committed = %+v", done)
	}
	f.wantItems(1, item(0, "head"), item(7, "made"), item(8, "more\x00"))

	f.refuse(store.ErrNotFound, 1, set(held, 9, "x"), f.update(user, 2, 9))
	f.refuse(store.ErrInvalid, 1, f.delete(user, 1, 9), &store.SetJobItem{Lease: held, Item: store.JobItem{Outcome: make([]byte, store.MaxJobOutcome+1)}})
	f.commit(set(held, 10, ""))
	f.wantItems(1, item(0, "head"), item(7, "made"), item(8, "more\x00"), item(10, ""))
	f.lostItems(held, set)
}

// lostItems: who lost the lease changes nothing, neither item nor resource.
func (f *fixture) lostItems(first store.JobLease, set func(store.JobLease, int, string) *store.SetJobItem) {
	f.t.Helper()
	claimed := f.claimJob(2 + lease)
	second := claimed.Lease()
	stranger := second
	stranger.Tenant = f.newTenant("other")
	finished := func() store.JobLease {
		if err := f.s.FinishJob(f.ctx, second, store.JobEnd{State: store.JobSucceeded, At: at(30), Expires: at(99)}); err != nil {
			f.t.Fatalf("FinishJob: %v", err)
		}
		return second
	}
	for name, lost := range map[string]func() store.JobLease{
		"before": func() store.JobLease { return first },
		"other":  func() store.JobLease { return stranger },
	} {
		f.lostWith(name, lost(), set)
	}
	f.commit(set(second, 11, "still"))
	f.lostWith("finished", finished(), set)
	f.state(f.key(user, 1), 1, at(1))
}

func (f *fixture) lostWith(name string, lease store.JobLease, set func(store.JobLease, int, string) *store.SetJobItem) {
	f.t.Helper()
	for _, changes := range [][]store.Change{
		{f.delete(user, 1, 20), set(lease, 7, "late")},
		{set(lease, 7, "late"), f.update(user, 1, 20)},
		{set(lease, 7, "late")},
	} {
		if _, err := f.s.Commit(f.ctx, changes); !errors.Is(err, store.ErrLeaseLost) {
			f.t.Errorf("%s: Commit by a lost lease: %v", name, err)
		}
	}
	items, err := f.s.JobItems(f.ctx, f.tenant, jobID(1), 6, 1)
	if err != nil || len(items) != 1 || string(items[0].Outcome) != "made" {
		f.t.Errorf("%s: item %+v, %v", name, items, err)
	}
}
