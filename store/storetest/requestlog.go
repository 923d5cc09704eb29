package storetest

import (
	"fmt"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"rollcall/store"
)

// logged is the n-th request of a connection, about some users.
func (f *fixture) logged(connection uuid.UUID, n int, about ...int) store.LoggedRequest {
	return store.LoggedRequest{
		Tenant: f.tenant, Connection: connection, At: at(n), RequestID: fmt.Sprintf("request-%d", n), Method: "PATCH",
		Path: fmt.Sprintf("/scim/v2/Users/%d", n), Query: "attributes=%C3%A9", Status: 200, Took: time.Duration(n) * time.Microsecond,
		Normalisations: []string{"emptyStrings", "pathKeys"}, Subjects: ids(about...),
		Sent: store.LoggedBody{Text: []byte(`{"name": "é"}`)}, Answered: store.LoggedBody{Left: store.LeftLarge},
	}
}

func (f *fixture) remember(most int, requests ...store.LoggedRequest) {
	f.t.Helper()
	f.check(f.s.LogRequests(f.ctx, requests, most))
}

// loggedTimes are the times of what a search finds, in pages.
func (f *fixture) loggedTimes(search store.RequestSearch, size int) []int {
	f.t.Helper()
	search.Tenant, search.Limit = f.tenant, size
	found := []int{}
	for {
		page, err := f.s.LoggedRequests(f.ctx, search)
		if err != nil || len(page.Requests) > size {
			f.t.Fatalf("LoggedRequests: %d of %d, %v", len(page.Requests), size, err)
		}
		for i := range page.Requests {
			for n := range 100 {
				if page.Requests[i].At.Equal(at(n)) {
					found = append(found, n)
				}
			}
		}
		if !page.More {
			return found
		}
		search.After = page.Requests[size-1].Position()
	}
}

func (f *fixture) wantLogged(when string, search store.RequestSearch, want ...int) {
	f.t.Helper()
	for _, size := range []int{1, 3, 100} {
		sameNumbers(f.t, fmt.Sprintf("%s, by %d", when, size), want, f.loggedTimes(search, size))
	}
}

// connected is the id of a new connection.
func (f *fixture) connected(n int) uuid.UUID {
	f.t.Helper()
	made := f.connection(n, fmt.Sprintf("connection-%d", n))
	f.check(f.s.CreateConnection(f.ctx, made, audit(0, "connection.create")))
	return made.ID
}

// requestLog: requests are found by what they are, and the newest stay.
func requestLog(f *fixture) {
	other := f.in(f.newTenant("other"))
	one, two, theirs := f.connected(51), f.connected(52), other.connected(53)
	refused := f.logged(one, 2, 8)
	refused.Method, refused.Status, refused.Normalisations, refused.Sent, refused.Answered.Left = "POST", 409, nil, store.LoggedBody{}, ""
	refused.Answered.Text = []byte(`{}`)
	f.remember(100, f.logged(one, 1, 7), refused, f.logged(one, 3, 7, 8, 7), f.logged(two, 4, 7), f.logged(two, 4, 9))
	other.remember(100, other.logged(theirs, 1, 7))
	f.remember(100)

	f.wantLogged("all", store.RequestSearch{}, 4, 4, 3, 2, 1)
	f.wantLogged("of a connection", store.RequestSearch{Connection: one}, 3, 2, 1)
	f.wantLogged("of a connection of another tenant", store.RequestSearch{Connection: theirs})
	f.wantLogged("about somebody", store.RequestSearch{Subject: id(7)}, 4, 3, 1)
	f.wantLogged("of a connection about somebody", store.RequestSearch{Connection: one, Subject: id(8)}, 3, 2)
	f.wantLogged("by method", store.RequestSearch{Method: "POST"}, 2)
	f.wantLogged("by status", store.RequestSearch{From: 400, Below: 500}, 2)
	f.wantLogged("by another status", store.RequestSearch{From: 200, Below: 300, Connection: one}, 3, 1)
	if page, err := f.s.LoggedRequests(f.ctx, store.RequestSearch{Tenant: f.tenant}); err != nil || len(page.Requests) != 0 || page.More {
		f.t.Errorf("a page of nothing: %+v, %v", page, err)
	}

	page, err := f.s.LoggedRequests(f.ctx, store.RequestSearch{Tenant: f.tenant, Connection: one, Limit: 2})
	if err != nil || len(page.Requests) != 2 {
		f.t.Fatalf("LoggedRequests: %+v, %v", page, err)
	}
	for i, want := range []store.LoggedRequest{f.logged(one, 3, 7, 8, 7), refused} {
		got, err := f.s.LoggedRequest(f.ctx, f.tenant, one, page.Requests[i].Number)
		want.Number = page.Requests[i].Number
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			f.t.Errorf("LoggedRequest: %v (-want +got):\n%s", err, diff)
		}
		want.Subjects, want.Sent, want.Answered = nil, store.LoggedBody{}, store.LoggedBody{}
		if diff := cmp.Diff(want, page.Requests[i]); diff != "" {
			f.t.Errorf("LoggedRequests (-want +got):\n%s", diff)
		}
		_, err = f.s.LoggedRequest(f.ctx, f.tenant, two, page.Requests[i].Number)
		f.is("of another connection", err, store.ErrNotFound)
		_, err = f.s.LoggedRequest(f.ctx, other.tenant, one, page.Requests[i].Number)
		f.is("of another tenant", err, store.ErrNotFound)
	}

	for name, odd := range map[string]func(*store.LoggedRequest){
		"id": func(r *store.LoggedRequest) { r.RequestID = "\x00" }, "method": func(r *store.LoggedRequest) { r.Method = "\xff" }, "path": func(r *store.LoggedRequest) { r.Path = "\x00" },
		"body": func(r *store.LoggedRequest) { r.Sent.Text = []byte("\xff") }, "normalisation": func(r *store.LoggedRequest) { r.Normalisations = []string{"\x00"} },
	} {
		bad := f.logged(one, 9)
		odd(&bad)
		f.is(name, f.s.LogRequests(f.ctx, []store.LoggedRequest{f.logged(one, 9), bad}, 100), store.ErrInvalid)
	}
	f.is("an unknown connection", f.s.LogRequests(f.ctx, []store.LoggedRequest{f.logged(one, 9), f.logged(id(99), 9)}, 100), store.ErrNotFound)
	f.is("another tenant's", f.s.LogRequests(f.ctx, []store.LoggedRequest{f.logged(theirs, 9)}, 100), store.ErrNotFound)
	f.wantLogged("what was refused", store.RequestSearch{Connection: one}, 3, 2, 1)

	// The newest stay, whenever they are stored.
	f.remember(3, f.logged(one, 0), f.logged(one, 5))
	f.wantLogged("trimmed", store.RequestSearch{}, 5, 4, 4, 3, 2)
	f.wantLogged("trimmed, about somebody", store.RequestSearch{Subject: id(7)}, 4, 3)
	if n, err := f.s.ForgetRequests(f.ctx, f.tenant, at(4), 1); n != 1 || err != nil {
		f.t.Errorf("ForgetRequests: %d, %v", n, err)
	}
	f.wantLogged("one was forgotten", store.RequestSearch{}, 5, 4, 4, 3)
	if n, err := f.s.ForgetRequests(f.ctx, f.tenant, at(4), 100); n != 1 || err != nil {
		f.t.Errorf("ForgetRequests: %d, %v", n, err)
	}
	f.wantLogged("old ones were forgotten", store.RequestSearch{}, 5, 4, 4)
	other.wantLogged("of the other tenant", store.RequestSearch{}, 1)
}

// requestsCleared: all of one connection goes, with a row that says so, or nothing.
func requestsCleared(f *fixture) {
	other := f.in(f.newTenant("other"))
	one, two, theirs := f.connected(61), f.connected(62), other.connected(63)
	f.remember(100, f.logged(one, 1, 1), f.logged(one, 2), f.logged(two, 3, 1))
	other.remember(100, other.logged(theirs, 1))
	f.is("a row that cannot be stored", f.s.ClearRequests(f.ctx, f.tenant, one, store.Audit{At: at(5), Action: "\x00"}), store.ErrInvalid)
	f.wantLogged("after a refusal", store.RequestSearch{Connection: one}, 2, 1)
	for range 2 {
		f.is("clear", f.s.ClearRequests(f.ctx, f.tenant, one, store.Audit{At: at(5), ActorKind: "operator", ActorID: "o1", Action: "connection.forget-requests"}), nil)
	}
	f.wantLogged("of the connection", store.RequestSearch{Connection: one})
	f.wantLogged("about somebody", store.RequestSearch{Subject: id(1)}, 3)
	other.wantLogged("of the other tenant", store.RequestSearch{}, 1)
	page, err := f.s.SearchAudit(f.ctx, store.AuditSearch{Tenant: f.tenant, SubjectType: store.ConnectionSubject, Subject: one, Action: "connection.forget-requests", Until: store.Forever, Limit: 10})
	if err != nil || len(page.Rows) != 2 {
		f.t.Errorf("the trail: %+v, %v", page.Rows, err)
	}
}

// requestErasure: nothing that names a purged resource is left, nor comes later.
func requestErasure(f *fixture) {
	other := f.in(f.newTenant("other"))
	one, theirs := f.connected(51), other.connected(53)
	f.commit(f.create(user, 1), f.create(user, 2), f.delete(user, 1, 3))
	nobody := f.logged(one, 4)
	nobody.Subjects = nil
	f.remember(100, f.logged(one, 1, 1), f.logged(one, 2, 2, 1), f.logged(one, 3, 2), nobody)
	other.remember(100, other.logged(theirs, 1, 1))
	f.commit(f.purge(user, 1, 5))
	if n, err := f.s.EraseRequests(f.ctx, f.key(user, 1), 1); n != 1 || err != nil {
		f.t.Errorf("EraseRequests: %d, %v", n, err)
	}
	if n, err := f.s.EraseRequests(f.ctx, f.key(user, 1), 100); n != 1 || err != nil {
		f.t.Errorf("EraseRequests: %d, %v", n, err)
	}
	f.wantLogged("erased", store.RequestSearch{}, 4, 3)
	f.wantLogged("erased, by the subject", store.RequestSearch{Subject: id(1)})
	f.remember(100, f.logged(one, 6, 2, 1), f.logged(one, 7, 2))
	f.wantLogged("logged late", store.RequestSearch{}, 7, 4, 3)
	other.wantLogged("of the other tenant", store.RequestSearch{}, 1)
}

// concurrentRequestErasure: who logs while somebody is purged and erased leaves
// nothing behind.
func concurrentRequestErasure(f *fixture) {
	one := f.connected(51)
	for round := range 10 {
		f.commit(f.create(user, round))
		f.commit(f.delete(user, round, 1))
		var wait sync.WaitGroup
		for i := range 4 {
			wait.Go(func() {
				for n := range 5 {
					if err := f.s.LogRequests(f.ctx, []store.LoggedRequest{f.logged(one, 5*i+n, round)}, 1000); err != nil {
						f.t.Errorf("LogRequests: %v", err)
					}
				}
			})
		}
		f.commit(f.purge(user, round, 2))
		if _, err := f.s.EraseRequests(f.ctx, f.key(user, round), 1000); err != nil {
			f.t.Errorf("EraseRequests: %v", err)
		}
		wait.Wait()
		f.wantLogged("somebody purged", store.RequestSearch{Subject: id(round)})
	}
}

// concurrentLogs: copies of the server log side by side and keep the bound.
func concurrentLogs(f *fixture) {
	one := f.connected(51)
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			for n := range 10 {
				if err := f.s.LogRequests(f.ctx, []store.LoggedRequest{f.logged(one, 10*i+n, i), f.logged(one, 10*i+n, n)}, 7); err != nil {
					f.t.Errorf("LogRequests: %v", err)
				}
			}
		})
	}
	wait.Wait()
	f.remember(7)
	f.remember(7, f.logged(one, 60))
	if n := len(f.loggedTimes(store.RequestSearch{}, 100)); n != 7 {
		f.t.Errorf("%d are kept of 7", n)
	}
}
