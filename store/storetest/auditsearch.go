package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
)

func (f *fixture) note(key store.Key, audit store.Audit) {
	f.t.Helper()
	if err := f.s.Note(f.ctx, key, audit); err != nil {
		f.t.Fatalf("Note: %v", err)
	}
}

func (f *fixture) searchAudit(search store.AuditSearch) store.AuditPage {
	f.t.Helper()
	search.Tenant = f.tenant
	page, err := f.s.SearchAudit(f.ctx, search)
	if err != nil {
		f.t.Fatalf("SearchAudit(%+v): %v", search, err)
	}
	return page
}

// walkAudit is all that a search finds, in pages of the limit.
func (f *fixture) walkAudit(search store.AuditSearch) []store.AuditRow {
	f.t.Helper()
	var rows []store.AuditRow
	for {
		page := f.searchAudit(search)
		rows = append(rows, page.Rows...)
		if len(page.Rows) > search.Limit || page.More && len(page.Rows) == 0 {
			f.t.Fatalf("page of %d rows, more %v, with a limit of %d", len(page.Rows), page.More, search.Limit)
		}
		if !page.More {
			return rows
		}
		search.After = rows[len(rows)-1].Position
		if again, err := store.ParseTimePosition(search.After.String()); err != nil || again != search.After {
			f.t.Fatalf("position %v as text is %v, %v", search.After, again, err)
		}
	}
}

// auditWorld writes rows of which every combination of actor, action, request
// and subject occurs, several at one time, and some of another tenant.
func (f *fixture) auditWorld() []store.AuditRow {
	kinds, actors := []string{"operator", "connection", "system"}, []string{"a", "b", "ä"}
	actions := []string{"user.create", "user.update", "user", "users.create", "operator.signin", "User.create"}
	other := f.in(f.newTenant("other"))
	for n := range 120 {
		audit := store.Audit{
			At: at(n / 4), ActorKind: kinds[n%3], ActorID: actors[n/3%3], Action: actions[n*7/3%6],
			Changes: []byte(`{}`), Reason: fmt.Sprint(n),
		}
		if n%5 != 0 {
			audit.RequestID = fmt.Sprintf("r%d", n/10)
		}
		subject := store.Key{Tenant: f.tenant, Type: []string{user, group, store.TenantSubject}[n/2%3], ID: id(n % 4)}
		if n%11 == 0 {
			other.note(store.Key{Tenant: other.tenant, Type: subject.Type, ID: subject.ID}, audit)
		}
		f.note(subject, audit)
	}
	// The row of the tenant itself is among them.
	all := f.walkAudit(store.AuditSearch{OldestFirst: true, Limit: 1000})
	if len(all) != 121 {
		f.t.Fatalf("%d rows, want 121", len(all))
	}
	return all
}

// auditSearch holds every combination of filters against a plain model.
func auditSearch(f *fixture) {
	all := f.auditWorld()
	for i, row := range all[1:] {
		before := all[i].Position
		if row.Position.At.Before(before.At) || row.Position.At.Equal(before.At) && row.Position.Number <= before.Number {
			f.t.Errorf("row %d is out of order: %v after %v", i+1, row.Position, before)
		}
		wantUTC(f.t, row.At)
	}
	subjects := []store.AuditSearch{{}, {SubjectType: user, Subject: id(1)}, {SubjectType: store.TenantSubject}, {SubjectType: group, Subject: id(77)}}
	spans := [][2]time.Time{{}, {at(7), {}}, {{}, at(9)}, {at(5), at(20)}, {at(20), at(5)}}
	for _, search := range subjects {
		for _, search.ActorKind = range []string{"", "operator", "nobody"} {
			for _, search.ActorID = range []string{"", "ä", "nobody"} {
				for _, search.Action = range []string{"", "user.", "user", "user.create", "zebra."} {
					for _, search.RequestID = range []string{"", "r4"} {
						for i, span := range spans {
							search.From, search.Until = span[0], span[1]
							search.OldestFirst = i%2 == 0
							f.sameAudit(all, search)
						}
					}
				}
			}
		}
	}
}

// sameAudit compares what a search finds, in pages of seven, with what it ought
// to.
func (f *fixture) sameAudit(all []store.AuditRow, search store.AuditSearch) {
	f.t.Helper()
	want := []string{}
	for _, row := range all {
		if wanted(search, row) {
			want = append(want, row.Position.String())
		}
	}
	if !search.OldestFirst {
		slices.Reverse(want)
	}
	search.Limit = 7
	got := []string{}
	for _, row := range f.walkAudit(search) {
		got = append(got, row.Position.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		f.t.Errorf("SearchAudit(%+v) (-want +got):\n%s", search, diff)
	}
}

func wanted(search store.AuditSearch, row store.AuditRow) bool {
	equal := func(asked, is string) bool { return asked == "" || asked == is }
	about := row.Subject.Type == search.SubjectType && row.Subject.ID == search.Subject ||
		slices.Contains(row.Added, search.Subject) || slices.Contains(row.Removed, search.Subject)
	action := equal(search.Action, row.Action) || strings.HasSuffix(search.Action, ".") && strings.HasPrefix(row.Action, search.Action)
	return (search.SubjectType == "" || about) && action && equal(search.ActorKind, row.ActorKind) &&
		equal(search.ActorID, row.ActorID) && equal(search.RequestID, row.RequestID) &&
		!row.At.Before(search.From) && (search.Until.IsZero() || row.At.Before(search.Until))
}

// auditMembers: who was added to a group or removed from it finds its row.
func auditMembers(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2), f.create(user, 3))
	f.commit(f.create(group, 4, 1, 2)) // at(0), as are the creations
	f.commit(f.members(4, 2, store.MemberChange{Add: ids(2, 3)}))
	f.commit(f.members(4, 3, store.MemberChange{Remove: ids(1)}))
	f.commit(f.members(4, 4, store.MemberChange{Replace: true, Add: ids(1, 4)}))
	// Two groups that are created as members of each other.
	f.commit(f.create(group, 5, 6), f.create(group, 6, 5, 1))
	f.commit(f.delete(user, 3, 9))
	all := f.walkAudit(store.AuditSearch{OldestFirst: true, Limit: 1000})
	for n, want := range map[int]int{1: 1 + 4, 2: 1 + 2, 3: 1 + 2 + 1, 4: 4, 5: 1 + 1, 6: 1 + 1, 7: 0} {
		for _, typ := range []string{user, group} {
			for _, action := range []string{"", "update"} {
				f.sameAudit(all, store.AuditSearch{SubjectType: typ, Subject: id(n), Action: action, From: at(0), OldestFirst: n%2 == 0})
			}
		}
		typ := user
		if n >= 4 {
			typ = group
		}
		if got := f.walkAudit(store.AuditSearch{SubjectType: typ, Subject: id(n), Limit: 2}); len(got) != want {
			f.t.Errorf("%s %d: %d rows, want %d", typ, n, len(got), want)
		}
	}
	if rows := f.in(f.newTenant("other")).walkAudit(store.AuditSearch{SubjectType: user, Subject: id(1), Limit: 10}); len(rows) != 0 {
		f.t.Errorf("another tenant finds %+v", rows)
	}
}

// auditPages: rows that are added shift no page.
func auditPages(f *fixture) {
	key := f.key(user, 1)
	for n := range 10 {
		f.note(key, audit(10+n, "user.update"))
	}
	for _, search := range []store.AuditSearch{
		{SubjectType: user, Subject: id(1)}, {Action: "user."}, {ActorID: "c1", Action: "user.update"},
	} {
		search.Limit = 4
		first := f.searchAudit(search)
		f.note(key, audit(99, "user.update"))
		f.note(key, audit(1, "user.create"))
		search.After = first.Rows[3].Position
		var got []time.Time
		for _, row := range f.walkAudit(search)[:4] {
			got = append(got, row.At)
		}
		search.After = store.TimePosition{}
		if diff := cmp.Diff([]time.Time{at(15), at(14), at(13), at(12)}, got); diff != "" && first.Rows[0].At.Equal(at(19)) {
			f.t.Errorf("second page of %+v (-want +got):\n%s", search, diff)
		}
	}
	for _, limit := range []int{0, -1} {
		if page := f.searchAudit(store.AuditSearch{Limit: limit}); len(page.Rows) != 0 || page.More {
			f.t.Errorf("limit %d: %+v", limit, page)
		}
	}
	for _, search := range []store.AuditSearch{
		{SubjectType: "\x00"}, {ActorKind: "\x00"}, {ActorID: "\xff"}, {Action: "\x00."}, {RequestID: strings.Repeat("x", store.MaxKeyBytes+1)},
	} {
		search.Limit = 1
		if _, err := f.s.SearchAudit(f.ctx, search); !errors.Is(err, store.ErrInvalid) {
			f.t.Errorf("%+v: got error %v, want ErrInvalid", search, err)
		}
	}
}

// largeAuditRows: a page ends before it gets large, and has one row at least.
func largeAuditRows(f *fixture) {
	large := fmt.Appendf(nil, `{"photos":[null,"%s"]}`, bytes.Repeat([]byte("x"), store.MaxAuditBytes/2))
	for n := range 5 {
		note := audit(n, "large")
		note.Changes = large
		f.note(f.key(user, 1), note)
	}
	search := store.AuditSearch{Action: "large", Limit: 100}
	if page := f.searchAudit(search); len(page.Rows) != 2 || !page.More {
		f.t.Errorf("%d rows, more %v, want 2 of 5", len(page.Rows), page.More)
	}
	if rows := f.walkAudit(search); len(rows) != 5 {
		f.t.Errorf("%d rows, want 5", len(rows))
	}
}

// auditSubjects: what is no resource has a subject all the same.
func auditSubjects(f *fixture) {
	connection := f.connection(1, "entra")
	if err := f.s.CreateConnection(f.ctx, connection, audit(1, "connection.create")); err != nil {
		f.t.Fatal(err)
	}
	if err := f.s.UpdateConnection(f.ctx, connection, connection, audit(2, "connection.update")); err != nil {
		f.t.Fatal(err)
	}
	token := store.Token{Prefix: "p", Tenant: f.tenant, Connection: connection.ID, Hash: []byte("h"), Created: at(3)}
	if err := f.s.CreateToken(f.ctx, token, audit(3, "token.create")); err != nil {
		f.t.Fatal(err)
	}
	if err := f.s.RevokeToken(f.ctx, f.tenant, "p", at(4), audit(4, "token.revoke")); err != nil {
		f.t.Fatal(err)
	}
	for typ, want := range map[string][]string{
		store.TenantSubject: {"tenant.create"}, store.ConnectionSubject: {"connection.update", "connection.create"}, store.TokenSubject: {"token.revoke", "token.create"},
	} {
		search := store.AuditSearch{SubjectType: typ, Limit: 10}
		if typ != store.TenantSubject {
			search.Subject = connection.ID
		}
		got := []string{}
		for _, row := range f.walkAudit(search) {
			got = append(got, row.Action)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			f.t.Errorf("%s (-want +got):\n%s", typ, diff)
		}
	}
}

// auditNotes: what changes no resource leaves a row of its own.
func auditNotes(f *fixture) {
	key := store.Key{Tenant: f.tenant, Type: "$operator", ID: id(1)}
	want := store.AuditRow{Subject: key, Audit: store.Audit{
		At: at(3), ActorKind: "operator", ActorID: "o1", Action: "operator.signin", RequestID: "r", Reason: "é'\"", Changes: []byte(`{}`),
	}}
	note := want.Audit
	note.Changes = nil
	f.note(key, note)
	rows := f.auditOf(key)
	if len(rows) != 1 {
		f.t.Fatalf("%d rows", len(rows))
	}
	sameJSON(f.t, "Changes", want.Changes, rows[0].Changes)
	rows[0].Position, rows[0].Changes = store.TimePosition{}, want.Changes
	if diff := cmp.Diff(want, rows[0], looseIDs); diff != "" {
		f.t.Errorf("note (-want +got):\n%s", diff)
	}
	for name, spoil := range map[string]func(*store.Audit){
		"NUL in the actor": func(a *store.Audit) { a.ActorID = "\x00" }, "broken kind": func(a *store.Audit) { a.ActorKind = "\xff" },
		"long action": func(a *store.Audit) { a.Action = strings.Repeat("x", store.MaxKeyBytes+1) }, "NUL in the reason": func(a *store.Audit) { a.Reason = "\x00" },
		"long request id": func(a *store.Audit) { a.RequestID = strings.Repeat("x", store.MaxKeyBytes+1) },
		"broken changes":  func(a *store.Audit) { a.Changes = []byte("{\"a\":\"\xff\"}") },
	} {
		spoiled := note
		spoil(&spoiled)
		if err := f.s.Note(f.ctx, key, spoiled); !errors.Is(err, store.ErrInvalid) {
			f.t.Errorf("%s: got error %v, want ErrInvalid", name, err)
		}
		change := f.create(user, 5)
		change.Trail.Audit = spoiled
		_ = f.refuse(store.ErrInvalid, 0, change)
	}
	if rows := f.auditOf(key); len(rows) != 1 {
		f.t.Errorf("%d rows, want 1", len(rows))
	}
}
