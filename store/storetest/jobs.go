package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"rollcall/store"
)

const jobKind = "test.kind"

// jobID is the id of the n-th job: later ones are greater, as UUIDv7s are.
func jobID(n int) uuid.UUID {
	return uuid.MustParse(fmt.Sprintf("0199aaaa-%04x-7000-8000-%012x", n, n))
}

// job is the n-th job, asked for and due at time n.
func (f *fixture) job(n int) store.NewJob {
	return store.NewJob{
		Job: store.Job{
			Tenant: f.tenant, ID: jobID(n), Kind: jobKind, ActorKind: "connection", ActorID: "c1", Connection: id(n),
			RequestID: fmt.Sprintf("r%d", n), RunAfter: at(n), Created: at(n),
		},
		Input: fmt.Appendf(nil, "input \x00\xff %d", n),
	}
}

func (f *fixture) enqueue(jobs ...store.NewJob) {
	f.t.Helper()
	for _, one := range jobs {
		if err := f.s.Enqueue(f.ctx, one); err != nil {
			f.t.Fatalf("Enqueue: %v", err)
		}
	}
}

// lease is for how many steps claims are made.
const lease = 10

// claim claims a job at a time; it fails where nothing is due.
func (f *fixture) claimJob(step int) store.ClaimedJob {
	f.t.Helper()
	claimed, err := f.tryClaim(step, jobKind)
	if err != nil {
		f.t.Fatalf("ClaimJob: %v", err)
	}
	return claimed
}

func (f *fixture) tryClaim(step int, kinds ...string) (store.ClaimedJob, error) {
	return f.s.ClaimJob(f.ctx, store.JobClaim{Kinds: kinds, Owner: "copy", Now: at(step), Until: at(step + lease)})
}

func (f *fixture) nothingDue(step int) {
	f.t.Helper()
	if claimed, err := f.tryClaim(step, jobKind); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("ClaimJob = %+v, %v; want nothing", claimed.Job, err)
	}
}

// wantJob compares the job as it is stored.
func (f *fixture) wantJob(want store.Job) {
	f.t.Helper()
	got, err := f.s.Job(f.ctx, want.Tenant, want.ID)
	if err != nil {
		f.t.Fatalf("Job: %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		f.t.Errorf("job (-want +got):\n%s", diff)
	}
}

func (f *fixture) leaseLost(errs ...error) {
	f.t.Helper()
	for i, err := range errs {
		if !errors.Is(err, store.ErrLeaseLost) {
			f.t.Errorf("use %d of a lost lease: %v", i, err)
		}
	}
}

func (f *fixture) finish(claimed store.ClaimedJob, step int) error {
	return f.s.FinishJob(f.ctx, claimed.Lease(), store.JobEnd{State: store.JobSucceeded, At: at(step), Expires: at(step + 100), Result: []byte("late")})
}

// jobs follows one job from its request to its end.
func jobs(f *fixture) {
	enqueued := f.job(1)
	f.enqueue(enqueued)
	if err := f.s.Enqueue(f.ctx, enqueued); !errors.Is(err, store.ErrUniqueness) {
		f.t.Errorf("second job of an id: %v", err)
	}
	want := enqueued.Job
	want.State = store.JobQueued
	f.wantJob(want)
	f.nothingDue(0)
	if _, err := f.tryClaim(1, "other.kind"); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("claim of another kind: %v", err)
	}

	claimed := f.claimJob(1)
	want.State, want.Attempt, want.Started, want.LeasedUntil, want.LeaseOwner = store.JobRunning, 1, at(1), at(1+lease), "copy"
	if diff := cmp.Diff(store.ClaimedJob{Job: want, Input: enqueued.Input}, claimed); diff != "" {
		f.t.Errorf("claimed (-want +got):\n%s", diff)
	}
	f.nothingDue(2)
	if cancelling, err := f.s.RenewJob(f.ctx, claimed.Lease(), at(2+lease)); err != nil || cancelling {
		f.t.Errorf("RenewJob = %v, %v", cancelling, err)
	}
	f.nothingDue(1 + lease)
	want.Progress = store.JobProgress{Done: 3, Total: 10, Failed: 1}
	if cancelling, err := f.s.SaveJob(f.ctx, claimed.Lease(), store.JobSave{Progress: want.Progress, Checkpoint: []byte("three\x00")}); err != nil || cancelling {
		f.t.Errorf("SaveJob = %v, %v", cancelling, err)
	}
	want.LeasedUntil = at(2 + lease)
	f.wantJob(want)
	if _, err := f.s.JobResult(f.ctx, f.tenant, want.ID); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("result of a running job: %v", err)
	}

	if err := f.s.RetryJob(f.ctx, claimed.Lease(), at(20), "it broke"); err != nil {
		f.t.Fatalf("RetryJob: %v", err)
	}
	want.State, want.LeasedUntil, want.LeaseOwner, want.RunAfter, want.Failures, want.Reason = store.JobQueued, time.Time{}, "", at(20), 1, "it broke"
	f.wantJob(want)
	f.nothingDue(19)
	claimed = f.claimJob(21)
	if claimed.Attempt != 2 || claimed.Failures != 1 || string(claimed.Checkpoint) != "three\x00" || !bytes.Equal(claimed.Input, enqueued.Input) || !claimed.Started.Equal(at(1)) {
		f.t.Errorf("second attempt = %+v", claimed)
	}
	if err := f.s.ReleaseJob(f.ctx, claimed.Lease(), at(22)); err != nil {
		f.t.Fatalf("ReleaseJob: %v", err)
	}
	claimed = f.claimJob(22)
	if claimed.Attempt != 3 || claimed.Failures != 1 {
		f.t.Errorf("attempt after a release = %+v", claimed.Job)
	}
	f.end(claimed, want)
}

// end ends the third attempt of the job.
func (f *fixture) end(claimed store.ClaimedJob, want store.Job) {
	f.t.Helper()
	end := store.JobEnd{
		State: store.JobFailed, At: at(25), Expires: at(50), Result: []byte("result\x00\xff"), Reason: "because",
		Progress: &store.JobProgress{Done: 9, Total: 9, Failed: 2},
		Events:   []store.Event{{Type: "misc:a", Payload: []byte(`{"n":1}`)}, {Type: "misc:b", Payload: []byte(`{"n":2}`)}},
	}
	if err := f.s.FinishJob(f.ctx, claimed.Lease(), store.JobEnd{State: store.JobRunning, At: at(25)}); !errors.Is(err, store.ErrInvalid) {
		f.t.Errorf("an end that is none: %v", err)
	}
	if err := f.s.FinishJob(f.ctx, claimed.Lease(), end); err != nil {
		f.t.Fatalf("FinishJob: %v", err)
	}
	want.State, want.Attempt, want.Finished, want.Expires, want.Reason, want.Progress = store.JobFailed, 3, at(25), at(50), "because", *end.Progress
	want.RunAfter = at(22)
	f.wantJob(want)
	f.nothingDue(1000)
	if result, err := f.s.JobResult(f.ctx, f.tenant, want.ID); err != nil || !bytes.Equal(result, end.Result) {
		f.t.Errorf("JobResult = %q, %v", result, err)
	}
	if err := f.finish(claimed, 26); !errors.Is(err, store.ErrLeaseLost) {
		f.t.Errorf("second end: %v", err)
	}
	told, err := f.s.EventsOf(f.ctx, store.Key{Tenant: f.tenant, Type: store.JobSubject, ID: want.ID}, 10)
	if err != nil || len(told) != 2 {
		f.t.Fatalf("EventsOf = %+v, %v", told, err)
	}
	for i, row := range told {
		if row.Type != end.Events[i].Type || row.Version != int64(i+1) || !row.At.Equal(at(25)) {
			f.t.Errorf("event %d = %+v", i, row)
		}
		sameJSON(f.t, "Payload", end.Events[i].Payload, row.Payload)
	}
}

// lostLeases lets leases run out and holds what is left of them against the
// attempts that follow.
func lostLeases(f *fixture) {
	f.enqueue(f.job(1))
	first := f.claimJob(1)
	f.nothingDue(lease)
	second := f.claimJob(1 + lease)
	if second.Attempt != 2 || second.Failures != 1 || second.Reason != "" || !second.TakenOver.Equal(at(1+lease)) {
		f.t.Errorf("claim of a lease that ran out = %+v", second.Job)
	}
	save := store.JobSave{Progress: store.JobProgress{Done: 7}, Checkpoint: []byte("late"), Items: []store.JobItem{{Number: 0, Outcome: []byte("late")}}}
	_, renewed := f.s.RenewJob(f.ctx, first.Lease(), at(99))
	_, saved := f.s.SaveJob(f.ctx, first.Lease(), save)
	f.leaseLost(renewed, saved, f.finish(first, 3), f.s.RetryJob(f.ctx, first.Lease(), at(3), "late"), f.s.ReleaseJob(f.ctx, first.Lease(), at(3)))
	f.wantJob(second.Job)
	if items, err := f.s.JobItems(f.ctx, f.tenant, jobID(1), -1, 10); err != nil || len(items) != 0 {
		f.t.Errorf("JobItems = %v, %v", items, err)
	}
	other := second.Lease()
	other.Tenant = f.newTenant("other")
	_, renewed = f.s.RenewJob(f.ctx, other, at(99))
	f.leaseLost(renewed)
	// Late, but nobody came after: the attempt is still the last.
	if err := f.finish(second, 1000); err != nil {
		f.t.Errorf("late end of the last attempt: %v", err)
	}
	_, saved = f.s.SaveJob(f.ctx, second.Lease(), save)
	f.leaseLost(saved)
	if told, err := f.s.EventsOf(f.ctx, store.Key{Tenant: f.tenant, Type: store.JobSubject, ID: jobID(1)}, 10); err != nil || len(told) != 0 {
		f.t.Errorf("EventsOf = %v, %v", told, err)
	}
}

// jobClaimers lets many claim at once: each job is had by one.
func jobClaimers(f *fixture) {
	const many, claimers = 40, 8
	others := []*fixture{f, f.in(f.newTenant("b")), f.in(f.newTenant("c"))}
	for n := range many {
		f.enqueue(others[n%len(others)].job(n))
	}
	had := make([][]uuid.UUID, claimers)
	var done sync.WaitGroup
	for i := range claimers {
		done.Go(func() {
			claimed, err := f.tryClaim(many, jobKind)
			for ; err == nil; claimed, err = f.tryClaim(many, jobKind) {
				had[i] = append(had[i], claimed.ID)
			}
			if !errors.Is(err, store.ErrNotFound) {
				f.t.Errorf("ClaimJob: %v", err)
			}
		})
	}
	done.Wait()
	all := slices.Concat(had...)
	if unique := slices.Compact(slices.SortedFunc(slices.Values(all), func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })); len(all) > many || len(unique) != len(all) {
		f.t.Errorf("%d jobs were claimed, %d different ones, of %d", len(all), len(unique), many)
	}
	// Claimers may have passed over what another one just looked at.
	for range many - len(all) {
		f.claimJob(many)
	}
	f.nothingDue(many)
}

// jobFairness: a tenant with many jobs does not keep the others waiting.
func jobFairness(f *fixture) {
	small := f.in(f.newTenant("small"))
	for n := range 30 {
		f.enqueue(f.job(n))
	}
	f.enqueue(small.job(100), small.job(101))
	var order []store.TenantID
	for range 5 {
		order = append(order, f.claimJob(200).Tenant)
	}
	if want := []store.TenantID{f.tenant, small.tenant, f.tenant, small.tenant, f.tenant}; !slices.Equal(order, want) {
		f.t.Errorf("tenants were served in the order %v, want %v", order, want)
	}
	if next := f.claimJob(200); next.ID != jobID(3) {
		f.t.Errorf("inside a tenant %s is next", next.ID)
	}
	// Leases that ran out hold nothing: what waits longest is next, and then the
	// other tenant, with a job that was had before.
	if next := f.claimJob(200 + lease); next.ID != jobID(4) {
		f.t.Errorf("after all leases ran out %s is next", next.ID)
	}
	if next := f.claimJob(200 + lease); next.Tenant != small.tenant || next.Attempt != 2 {
		f.t.Errorf("then %+v is next", next.Job)
	}
}

// jobLists pages through jobs and their items.
func jobLists(f *fixture) {
	other := f.in(f.newTenant("other"))
	for n := range 7 {
		one := f.job(n)
		if n%2 == 1 {
			one.Job.Kind = "odd"
		}
		f.enqueue(one)
	}
	f.enqueue(other.job(3))
	list := func(before uuid.UUID, limit int, kinds ...string) []uuid.UUID {
		f.t.Helper()
		found, err := f.s.Jobs(f.ctx, store.JobQuery{Tenant: f.tenant, Kinds: kinds, Before: before, Limit: limit})
		if err != nil {
			f.t.Fatalf("Jobs: %v", err)
		}
		got := []uuid.UUID{}
		for _, job := range found {
			got = append(got, job.ID)
		}
		return got
	}
	for _, test := range []struct {
		got  []uuid.UUID
		want []int
	}{
		{list(uuid.Nil, 3), []int{6, 5, 4}},
		{list(jobID(4), 3), []int{3, 2, 1}},
		{list(jobID(1), 3), []int{0}},
		{list(uuid.Nil, 10, "odd"), []int{5, 3, 1}},
		{list(uuid.Nil, 2, "odd", jobKind), []int{6, 5}},
		{list(uuid.Nil, 0), nil},
	} {
		want := []uuid.UUID{}
		for _, n := range test.want {
			want = append(want, jobID(n))
		}
		if diff := cmp.Diff(want, test.got); diff != "" {
			f.t.Errorf("Jobs (-want +got):\n%s", diff)
		}
	}
	listsOfOpenJobs(f)
	for _, missing := range []error{errOf(f.s.Job(f.ctx, f.tenant, jobID(99))), errOf(f.s.Job(f.ctx, other.tenant, jobID(1))), errOf(f.s.JobResult(f.ctx, other.tenant, jobID(1)))} {
		if !errors.Is(missing, store.ErrNotFound) {
			f.t.Errorf("a job that is not there: %v", missing)
		}
	}
}

// listsOfOpenJobs leaves out of the jobs of jobLists what has ended, and lists the
// first item of each.
func listsOfOpenJobs(f *fixture) {
	one := f.job(7)
	one.Items = []store.JobItem{{Number: 0, Outcome: []byte("head")}, {Number: 1, Outcome: []byte("row")}}
	f.enqueue(one)
	for _, n := range []int{0, 2} {
		claimed := f.claimJob(10)
		if claimed.ID != jobID(n) {
			f.t.Fatalf("%s was claimed, want job %d", claimed.ID, n)
		}
		if err := f.s.FinishJob(f.ctx, claimed.Lease(), store.JobEnd{State: store.JobSucceeded, At: at(20 + n), Expires: at(90)}); err != nil {
			f.t.Fatalf("FinishJob: %v", err)
		}
	}
	f.claimJob(10) // 4 runs
	for _, test := range []struct {
		query store.JobQuery
		want  string
	}{
		{store.JobQuery{EndedAfter: at(19)}, "76543210"},
		{store.JobQuery{EndedAfter: at(20)}, "7654321"},
		{store.JobQuery{EndedAfter: at(22)}, "765431"},
		{store.JobQuery{EndedAfter: at(22), Kinds: []string{jobKind}}, "764"},
		{store.JobQuery{EndedAfter: at(22), Kinds: []string{"odd", jobKind}, Before: jobID(6)}, "5431"},
		{store.JobQuery{First: true, Kinds: []string{jobKind}}, "7:head6420"},
		{store.JobQuery{First: true, EndedAfter: at(22)}, "7:head65431"},
	} {
		test.query.Tenant, test.query.Limit = f.tenant, 10
		found, err := f.s.Jobs(f.ctx, test.query)
		if err != nil {
			f.t.Fatalf("Jobs: %v", err)
		}
		got := ""
		for _, job := range found {
			for n := range 8 {
				if job.ID == jobID(n) {
					got += strconv.Itoa(n)
				}
			}
			if job.First != nil {
				got += ":" + string(job.First)
			}
		}
		if got != test.want {
			f.t.Errorf("Jobs(%+v) = %s, want %s", test.query, got, test.want)
		}
	}
}

func errOf[T any](_ T, err error) error { return err }

// jobItems stores outcomes in several saves, one of them twice.
func jobItems(f *fixture) {
	f.enqueue(f.job(1))
	claimed := f.claimJob(1)
	item := func(n int, text string) store.JobItem { return store.JobItem{Number: int64(n), Outcome: []byte(text)} }
	save := func(items ...store.JobItem) error {
		return errOf(f.s.SaveJob(f.ctx, claimed.Lease(), store.JobSave{Items: items}))
	}
	for _, err := range []error{save(item(0, "a"), item(1, "b\x00")), save(item(1, "c"), item(2, ""), item(10, "d")), save()} {
		if err != nil {
			f.t.Fatalf("SaveJob: %v", err)
		}
	}
	if err := save(item(5, "x"), item(5, "y")); !errors.Is(err, store.ErrInvalid) {
		f.t.Errorf("two items of one number: %v", err)
	}
	page := func(tenant store.TenantID, after int64, limit int) []store.JobItem {
		f.t.Helper()
		items, err := f.s.JobItems(f.ctx, tenant, jobID(1), after, limit)
		if err != nil {
			f.t.Fatalf("JobItems: %v", err)
		}
		return items
	}
	all := []store.JobItem{item(0, "a"), item(1, "c"), item(2, ""), item(10, "d")}
	for _, test := range []struct{ got, want []store.JobItem }{
		{page(f.tenant, -1, 10), all},
		{page(f.tenant, -1, 2), all[:2]},
		{page(f.tenant, 1, 10), all[2:]},
		{page(f.tenant, 10, 10), nil},
		{page(f.newTenant("other"), -1, 10), nil},
	} {
		if diff := cmp.Diff(test.want, test.got, cmpopts.EquateEmpty()); diff != "" {
			f.t.Errorf("items (-want +got):\n%s", diff)
		}
	}
}

// cancelledJobs ends a queued job at once, and a running one by its attempt.
func cancelledJobs(f *fixture) {
	f.enqueue(f.job(1), f.job(2), f.job(3))
	cancel := func(n int) store.Job {
		f.t.Helper()
		job, err := f.s.CancelJob(f.ctx, f.tenant, jobID(n), at(50), at(90))
		if err != nil {
			f.t.Fatalf("CancelJob: %v", err)
		}
		f.wantJob(job)
		return job
	}
	running := f.claimJob(3)
	if job := cancel(1); job.State != store.JobRunning || !job.Cancelling || !job.Finished.IsZero() {
		f.t.Errorf("a running job that was cancelled = %+v", job)
	}
	if job := cancel(2); job.State != store.JobCancelled || !job.Finished.Equal(at(50)) || !job.Expires.Equal(at(90)) {
		f.t.Errorf("a queued job that was cancelled = %+v", job)
	}
	for _, tell := range []func() (bool, error){
		func() (bool, error) { return f.s.RenewJob(f.ctx, running.Lease(), at(60)) },
		func() (bool, error) { return f.s.SaveJob(f.ctx, running.Lease(), store.JobSave{}) },
	} {
		if cancelling, err := tell(); err != nil || !cancelling {
			f.t.Errorf("an attempt is told %v, %v", cancelling, err)
		}
	}
	end := store.JobEnd{State: store.JobCancelled, At: at(55), Expires: at(91)}
	if err := f.s.FinishJob(f.ctx, running.Lease(), end); err != nil {
		f.t.Fatalf("FinishJob: %v", err)
	}
	if job := cancel(1); job.State != store.JobCancelled || job.Cancelling || !job.Finished.Equal(at(55)) {
		f.t.Errorf("a finished job that was cancelled = %+v", job)
	}
	if next := f.claimJob(60); next.ID != jobID(3) || next.Cancelling {
		f.t.Errorf("next = %+v", next.Job)
	}
	if _, err := f.s.CancelJob(f.ctx, f.tenant, jobID(9), at(50), at(90)); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("CancelJob of nothing: %v", err)
	}
}

// sweptJobs deletes what expired and nothing else.
func sweptJobs(f *fixture) {
	other := f.in(f.newTenant("other"))
	f.enqueue(f.job(1), other.job(2), f.job(3), f.job(4))
	for range 3 {
		claimed := f.claimJob(5)
		if _, err := f.s.SaveJob(f.ctx, claimed.Lease(), store.JobSave{Items: []store.JobItem{{Number: 1}}}); err != nil {
			f.t.Fatalf("SaveJob: %v", err)
		}
		end := store.JobEnd{State: store.JobSucceeded, At: at(6), Expires: at(10 + int(claimed.ID[15])), Result: []byte("x")}
		if err := f.s.FinishJob(f.ctx, claimed.Lease(), end); err != nil {
			f.t.Fatalf("FinishJob: %v", err)
		}
	}
	for _, test := range []struct{ step, limit, want int }{{10, 9, 0}, {12, 1, 1}, {12, 9, 1}, {12, 9, 0}, {99, 9, 1}, {99, 9, 0}} {
		if swept, err := f.s.SweepJobs(f.ctx, at(test.step), test.limit); err != nil || swept != test.want {
			f.t.Errorf("SweepJobs(%d, %d) = %d, %v; want %d", test.step, test.limit, swept, err, test.want)
		}
	}
	for n, g := range []*fixture{f, other, f} {
		if _, err := g.s.Job(g.ctx, g.tenant, jobID(n+1)); !errors.Is(err, store.ErrNotFound) {
			f.t.Errorf("job %d after its sweep: %v", n+1, err)
		}
		if items, err := g.s.JobItems(g.ctx, g.tenant, jobID(n+1), -1, 9); err != nil || len(items) != 0 {
			f.t.Errorf("items of job %d after its sweep: %v, %v", n+1, items, err)
		}
	}
	f.claimJob(100)
}

// jobBounds: sizes, texts and the number of unfinished jobs.
func jobBounds(f *fixture) {
	other := f.in(f.newTenant("other"))
	bounded := func(g *fixture, n int) error {
		one := g.job(n)
		one.Most = 2
		return f.s.Enqueue(f.ctx, one)
	}
	for _, err := range []error{bounded(f, 1), bounded(f, 2), bounded(other, 3)} {
		if err != nil {
			f.t.Fatalf("Enqueue: %v", err)
		}
	}
	if err := bounded(f, 4); !errors.Is(err, store.ErrFull) {
		f.t.Errorf("one job more than allowed: %v", err)
	}
	claimed := f.claimJob(5)
	if err := f.finish(claimed, 5); err != nil {
		f.t.Fatalf("FinishJob: %v", err)
	}
	if err := bounded(f.in(claimed.Tenant), 4); err != nil {
		f.t.Errorf("a job after another one ended: %v", err)
	}
	large := f.job(9)
	large.Input = make([]byte, store.MaxJobInput+1)
	wrong := f.job(9)
	wrong.Job.RequestID = "\x00"
	for _, one := range []store.NewJob{large, wrong} {
		if err := f.s.Enqueue(f.ctx, one); !errors.Is(err, store.ErrInvalid) {
			f.t.Errorf("Enqueue of what cannot be stored: %v", err)
		}
	}
	claimed = f.claimJob(5)
	_, err := f.s.SaveJob(f.ctx, claimed.Lease(), store.JobSave{Checkpoint: make([]byte, store.MaxJobCheckpoint+1)})
	if !errors.Is(err, store.ErrInvalid) {
		f.t.Errorf("a checkpoint that is too large: %v", err)
	}
	err = f.s.FinishJob(f.ctx, claimed.Lease(), store.JobEnd{State: store.JobDead, At: at(9), Events: []store.Event{{Type: "\xff"}}})
	if !errors.Is(err, store.ErrInvalid) {
		f.t.Errorf("an event that cannot be stored: %v", err)
	}
	f.wantJob(claimed.Job)
}
