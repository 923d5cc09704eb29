package storetest

import (
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
)

// keepAudit takes steps until there are no more, and adds up their rows.
func (f *fixture) keepAudit(step func(after store.TimePosition) (store.AuditStep, error)) int {
	f.t.Helper()
	sum := 0
	for after := (store.TimePosition{}); ; {
		done, err := step(after)
		if err != nil {
			f.t.Fatalf("step: %v", err)
		}
		sum += done.Rows
		if !done.More {
			return sum
		}
		if done.Next == after {
			f.t.Fatal("a step that gets nowhere")
		}
		after = done.Next
	}
}

// auditPast writes nine rows, the last of them at twenty.
func (f *fixture) auditPast() {
	for n := 1; n <= 3; n++ {
		create := f.create(user, n)
		create.Trail.Audit.At = at(n)
		f.commit(create)
	}
	made := f.create(group, 4, 1, 2)
	made.Trail.Audit.At = at(5)
	f.commit(made)
	f.commit(f.members(4, 6, store.MemberChange{Add: ids(3)}), f.members(4, 7, store.MemberChange{Remove: ids(2)}))
	f.commit(f.rename(1, 8, "a"), f.rename(2, 20, "b"))
}

// auditPruning: old rows go, young ones and those of others stay.
func auditPruning(f *fixture) {
	other := f.in(f.newTenant("other"))
	f.auditPast()
	other.auditPast()
	prune := func(limit int) int {
		return f.keepAudit(func(after store.TimePosition) (store.AuditStep, error) {
			return f.s.PruneAudit(f.ctx, store.AuditPrune{Tenant: f.tenant, Before: at(20), After: after, Limit: limit})
		})
	}
	left := func() (times []time.Time) {
		for _, row := range f.walkAudit(store.AuditSearch{OldestFirst: true, Limit: 2}) {
			times = append(times, row.At)
		}
		return times
	}
	if n := prune(0); n != 0 {
		f.t.Errorf("a limit of nothing deleted %d rows", n)
	}
	if n := prune(2); n != 8 {
		f.t.Errorf("%d rows deleted, want 8: %v", n, left())
	}
	// Nor do rows of groups stay that name a user.
	if got := f.walkAudit(store.AuditSearch{SubjectType: user, Subject: id(3), Limit: 9}); len(got) != 0 {
		f.t.Errorf("left of a member: %+v", got)
	}
	if got := f.walkAudit(store.AuditSearch{SubjectType: user, Subject: id(2), Limit: 9}); len(got) != 1 || !got[0].At.Equal(at(20)) {
		f.t.Errorf("left of a user: %+v", got)
	}
	if diff := cmp.Diff([]time.Time{at(20)}, left()); diff != "" {
		f.t.Errorf("left (-want +got):\n%s", diff)
	}
	if n := prune(1000); n != 0 {
		f.t.Errorf("a second time: %d rows", n)
	}
	if got := len(other.walkAudit(store.AuditSearch{Limit: 100})); got != 9 {
		f.t.Errorf("%d rows of the other tenant, want 9", got)
	}
	// Without a time there is nothing too old.
	if step, err := f.s.PruneAudit(f.ctx, store.AuditPrune{Tenant: f.tenant, Limit: 10}); err != nil || step.Rows != 0 || step.More {
		f.t.Errorf("no time: %+v, %v", step, err)
	}
}

const (
	personal = `{"userName":["ann","bob"],"title":[null,"Dr."],"emails":[[{"value":"a@x.org"}],null],"password":[null,null],"age":[1,2],"odd":"x","none":null}`
	gone     = `{"userName":["[erased]","[erased]"],"title":[null,"[erased]"],"emails":["[erased]",null],"password":[null,null],"age":["[erased]","[erased]"],"odd":"[erased]","none":null}`
)

// tell notes what a user did to a subject.
func (f *fixture) tell(key store.Key, n int, changes, reason string) {
	f.t.Helper()
	f.note(key, store.Audit{
		At: at(n), ActorKind: "user", ActorID: id(1).String(), Action: "user.update", RequestID: fmt.Sprint("r", n), Reason: reason, Changes: []byte(changes),
	})
}

// auditErasure: the values go and the rest stays.
func auditErasure(f *fixture) {
	key := f.key(user, 1)
	f.tell(key, 1, personal, "Ann left")
	f.tell(key, 2, `{}`, "")
	f.tell(key, 3, `{"active":[true,false]}`, "")
	others := f.auditOfOthers()
	// By the clock of another server the last change comes first.
	last := f.rename(1, 0, "last")
	last.Trail.Audit.Changes, last.Trail.Audit.Reason = []byte(personal), "purged"
	f.commit(last)
	erase := func() int {
		return f.keepAudit(func(after store.TimePosition) (store.AuditStep, error) {
			return f.s.EraseAudit(f.ctx, store.AuditErasure{Subject: key, Below: 2, After: after, Limit: 2})
		})
	}
	if n := erase(); n != 2 {
		f.t.Errorf("%d rows erased, want 2", n)
	}
	want := [][2]string{{personal, "purged"}, {`{}`, ""}, {`{"active":["[erased]","[erased]"]}`, ""}, {`{}`, ""}, {gone, store.Erased}}
	rows := f.auditOf(key)
	if len(rows) != len(want) {
		f.t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for i, row := range rows {
		sameJSON(f.t, fmt.Sprint("changes ", i), []byte(want[i][0]), row.Changes)
		if row.Reason != want[i][1] {
			f.t.Errorf("reason %d = %q", i, row.Reason)
		}
	}
	if got := rows[4].Audit; got.ActorID != id(1).String() || got.RequestID != "r1" || got.Action != "user.update" || !got.At.Equal(at(1)) {
		f.t.Errorf("who, what and when = %+v", got)
	}
	if n := erase(); n != 0 {
		f.t.Errorf("a second time: %d rows", n)
	}
	for _, key := range others {
		sameJSON(f.t, "changes of another subject", []byte(personal), f.auditOf(key)[0].Changes)
	}
}

// auditOfOthers writes rows about others, and about groups of the subject 1,
// which it creates.
func (f *fixture) auditOfOthers() []store.Key {
	other := f.in(f.newTenant("other"))
	f.tell(f.key(user, 2), 1, personal, "Ann left")
	f.tell(f.key(group, 1), 1, personal, "Ann left")
	other.tell(other.key(user, 1), 1, personal, "Ann left")
	f.commit(f.create(user, 1))
	made := f.create(group, 3, 1)
	made.Trail.Audit.Changes = []byte(personal)
	f.commit(made)
	return []store.Key{f.key(user, 2), f.key(group, 1), f.key(group, 3), other.key(user, 1)}
}
