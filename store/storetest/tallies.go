package storetest

import (
	"errors"

	"github.com/google/uuid"

	"rollcall/store"
)

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
		if _, err := f.s.SetPolicy(f.ctx, f.tenant, []byte(document), match, nil, audit(1, "policy.set")); !errors.Is(err, fails) {
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
	if _, err := f.s.SetPolicy(f.ctx, other+999, []byte(`{}`), 0, nil, audit(1, "policy.set")); !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("SetPolicy of no tenant: %v", err)
	}
}

// policyJobs: jobs come with the policy that asks for them, or neither does.
func policyJobs(f *fixture) {
	job := func(n int) store.NewJob {
		return store.NewJob{Job: store.Job{Tenant: f.tenant, ID: id(n), Kind: "k", Created: at(n), RunAfter: at(n)}, Input: []byte("x"), Most: 1}
	}
	set := func(match int64, fails error, jobs ...store.NewJob) {
		f.t.Helper()
		if _, err := f.s.SetPolicy(f.ctx, f.tenant, []byte(`{}`), match, jobs, audit(1, "policy.set")); !errors.Is(err, fails) {
			f.t.Errorf("SetPolicy: %v, want %v", err, fails)
		}
	}
	want := func(revision int64, jobs int) {
		f.t.Helper()
		_, number, err := f.s.Policy(f.ctx, f.tenant)
		list, failed := f.s.Jobs(f.ctx, store.JobQuery{Tenant: f.tenant, Limit: 9})
		if err != nil || failed != nil || number != revision || len(list) != jobs {
			f.t.Errorf("revision %d, %d jobs, %v, %v, want %d and %d", number, len(list), err, failed, revision, jobs)
		}
	}
	set(0, nil, job(1), job(2))
	want(1, 2)
	set(0, store.ErrVersion, job(3))
	set(1, store.ErrUniqueness, job(3), job(2))
	unstorable := job(4)
	unstorable.Job.Kind = "\x00"
	set(1, store.ErrInvalid, unstorable)
	want(1, 2)
	if claimed, err := f.s.ClaimJob(f.ctx, store.JobClaim{Kinds: []string{"k"}, Owner: "o", Now: at(9), Until: at(10)}); err != nil || claimed.ID != id(1) || string(claimed.Input) != "x" {
		f.t.Errorf("ClaimJob = %+v, %v", claimed, err)
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
	// The tenant has a tally of its own.
	other := f.newTenant("neighbour")
	ofTenant := func(tenant store.TenantID, match int64, data string, audit store.Audit) *store.SetTally {
		return &store.SetTally{Tenant: tenant, Match: match, Data: []byte(data), Audit: audit}
	}
	f.commit(ofTenant(f.tenant, 0, `{"t":1}`, store.Audit{}), ofTenant(other, 0, `{"o":1}`, store.Audit{}))
	f.refuse(store.ErrVersion, 0, ofTenant(f.tenant, 0, `{}`, audit(2, "guard.allow")))
	f.refuse(store.ErrNotFound, 0, ofTenant(other+999, 0, `{}`, store.Audit{}))
	for tenant, text := range map[store.TenantID]string{f.tenant: `{"t":1}`, other: `{"o":1}`} {
		if got, number, err := f.s.Tally(f.ctx, tenant, uuid.Nil); err != nil || string(got) != text || number != 1 {
			f.t.Errorf("Tally of the tenant = %q, %d, %v", got, number, err)
		}
	}
	// Who changed it stands in the trail, if and only if it was changed.
	told, said := tally(1, 3, `{"n":4}`), audit(9, "guard.allow")
	told.Events = []store.Event{{Type: "guard:alert", Payload: []byte(`{"n":1}`)}, {Type: "guard:alert", Payload: []byte(`{"n":2}`)}}
	told.Audit, told.Jobs = said, []store.NewJob{f.job(1), f.job(2)}
	told.Jobs[1].Job.RunAfter, told.Jobs[1].Most = told.Jobs[0].Job.RunAfter, 1
	f.commit(told, ofTenant(f.tenant, 1, `{"t":2}`, said))
	f.refuse(store.ErrVersion, 0, &store.SetTally{Tenant: f.tenant, Connection: id(1), Match: 3, Data: []byte("{}"), Audit: said, Jobs: []store.NewJob{f.job(3)}})
	f.refuse(store.ErrUniqueness, 0, &store.SetTally{Tenant: f.tenant, Connection: id(1), Match: 4, Data: []byte("{}"), Audit: said, Jobs: []store.NewJob{f.job(2)}})
	for range told.Jobs {
		f.claimJob(5)
	}
	f.nothingDue(5)
	want(1, `{"n":4}`, 4)
	f.refuse(store.ErrInvalid, 0, ofTenant(f.tenant, 2, `{}`, audit(9, "\x00")))
	untold := *ofTenant(f.tenant, 1, `{}`, said)
	untold.Events = told.Events
	f.refuse(store.ErrVersion, 0, &untold)
	untold.Match, untold.Events = 2, []store.Event{{Type: "guard:alert", Payload: []byte("{\"n\":\"\\u0000\"}")}, {Type: "\x00"}}
	f.refuse(store.ErrInvalid, 0, &untold)
	events := f.eventsOf(told.Subject())
	if len(events) != 2 || string(events[0].Payload) != `{"n":1}` || string(events[1].Payload) != `{"n":2}` {
		f.t.Fatalf("events %+v", events)
	}
	for _, event := range events {
		if event.Type != "guard:alert" || event.Version != 4 || !event.At.Equal(said.At) || event.Subject != told.Subject() {
			f.t.Errorf("event %+v", event)
		}
	}
	if events := f.eventsOf(untold.Subject()); len(events) != 0 {
		f.t.Errorf("events of what was refused: %+v", events)
	}
	for _, key := range []store.Key{told.Subject(), {Tenant: f.tenant, Type: store.TenantSubject}} {
		n := 0
		for _, row := range f.auditOf(key) {
			if row.Action == said.Action && row.At.Equal(said.At) {
				n++
			}
		}
		if n != 1 {
			f.t.Errorf("%d audit rows about %v", n, key)
		}
	}
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
