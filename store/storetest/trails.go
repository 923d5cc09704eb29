package storetest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"rollcall/store"
)

var looseIDs = cmp.Options{
	cmpopts.EquateEmpty(),
	cmpopts.SortSlices(func(a, b uuid.UUID) bool { return a.String() < b.String() }),
}

func audits(f *fixture) {
	f.commit(f.create(user, 1), f.create(user, 2), f.create(user, 3))
	key := f.key(group, 4)
	made := f.create(group, 4, 1, 2, 1)
	made.Trail.Audit = store.Audit{
		At: at(1), ActorKind: "operator", ActorID: "ö", Action: "group.create", RequestID: "req", Reason: "sagt's \"so\"",
		Changes: []byte(`{"displayName": [null, "é"]}`),
	}
	f.commit(made)
	f.commit(f.members(4, 2, store.MemberChange{Add: ids(2, 3)}))
	f.commit(f.members(4, 3, store.MemberChange{Add: ids(1, 2, 3)})) // nothing
	f.commit(f.members(4, 4, store.MemberChange{Replace: true, Add: ids(3, 4)}))
	f.commit(f.members(4, 5, store.MemberChange{Remove: ids(1, 3)}), f.members(4, 6, store.MemberChange{Add: ids(1)}))
	f.commit(f.delete(group, 4, 7))

	want := []store.AuditRow{
		{Audit: audit(7, "delete"), Version: -1},
		{Audit: audit(6, "update"), Version: 5, Added: ids(1)},
		{Audit: audit(5, "update"), Version: 4, Removed: ids(3)},
		{Audit: audit(4, "update"), Version: 3, Added: ids(4), Removed: ids(1, 2)},
		{Audit: audit(2, "update"), Version: 2, Added: ids(3)},
		{Audit: made.Trail.Audit, Version: 1, Added: ids(1, 2)},
	}
	got := f.auditOf(key)
	if len(got) != len(want) {
		f.t.Fatalf("%d audit rows, want %d", len(got), len(want))
	}
	for i := range want {
		want[i].Subject = key
		if want[i].Changes == nil {
			want[i].Changes = []byte(`{}`)
		}
		sameJSON(f.t, "Changes", want[i].Changes, got[i].Changes)
		want[i].Changes, got[i].Changes = nil, nil
	}
	// A delete may list the members that it parted.
	if v := got[0].Version; v != 6 {
		f.t.Errorf("version of the delete = %d", v)
	}
	got[0].Version, got[0].Removed = -1, nil
	for i := range got {
		if !got[i].Position.At.Equal(got[i].At) || got[i].Position.Number == 0 {
			f.t.Errorf("position %d = %v", i, got[i].Position)
		}
		got[i].Position = store.TimePosition{}
	}
	if diff := cmp.Diff(want, got, looseIDs); diff != "" {
		f.t.Errorf("audit (-want +got):\n%s", diff)
	}
	for _, row := range got {
		wantUTC(f.t, row.At)
	}
	// The limit keeps the newest.
	newest, err := f.s.AuditOf(f.ctx, key, 2)
	if err != nil || len(newest) != 2 || newest[0].Action != "delete" || newest[1].Version != 5 {
		f.t.Errorf("AuditOf with a limit: %+v, %v", newest, err)
	}
	if rows := f.auditOf(f.key(user, 77)); len(rows) != 0 {
		f.t.Errorf("audit of nobody: %+v", rows)
	}
}

func wantUTC(t *testing.T, instant interface{ String() string }) {
	t.Helper()
	if text := instant.String(); len(text) < 3 || text[len(text)-3:] != "UTC" {
		t.Errorf("%s is not UTC", text)
	}
}

func events(f *fixture) {
	key := f.key(user, 1)
	made := f.create(user, 1)
	made.Trail.Audit.At = at(1)
	made.Trail.Events = []store.Event{{Type: "prov:create", Payload: []byte(`{"id":"é\"","n":[1,2]}`)}, {Type: "life:hired", Payload: []byte(`{}`)}}
	f.commit(made)
	silent := f.rename(1, 2, "a")
	silent.Trail.Events = nil
	f.commit(silent)
	f.commit(f.rename(1, 3, "b"), f.rename(1, 4, "c"))
	f.commit(f.update(user, 1, 5)) // nothing
	f.commit(f.delete(user, 1, 6))

	want := []struct {
		typ, payload string
		version      int64
		step         int
	}{
		{"prov:create", `{"id":"é\"","n":[1,2]}`, 1, 1},
		{"life:hired", `{}`, 1, 1},
		{"prov:update", `{"n":3}`, 3, 3},
		{"prov:update", `{"n":4}`, 4, 4},
		{"prov:delete", `{"n":6}`, 0, 6},
	}
	rows := f.eventsOf(key)
	if len(rows) != len(want) {
		f.t.Fatalf("%d events, want %d", len(rows), len(want))
	}
	for i, row := range rows {
		what := fmt.Sprintf("event %d", i)
		sameJSON(f.t, what, []byte(want[i].payload), row.Payload)
		if row.Type != want[i].typ || row.Subject != key || !row.At.Equal(at(want[i].step)) {
			f.t.Errorf("%s = %+v", what, row)
		}
		if want[i].version != 0 && row.Version != want[i].version {
			f.t.Errorf("%s: version %d, want %d", what, row.Version, want[i].version)
		}
		wantUTC(f.t, row.At)
	}
	if v := rows[4].Version; v != 5 {
		f.t.Errorf("version of the delete = %d", v)
	}
	oldest, err := f.s.EventsOf(f.ctx, key, 3)
	if err != nil || len(oldest) != 3 || oldest[0].Type != "prov:create" || oldest[2].Version != 3 {
		f.t.Errorf("EventsOf with a limit: %+v, %v", oldest, err)
	}
}
