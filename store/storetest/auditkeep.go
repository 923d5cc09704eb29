package storetest

import (
	"fmt"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"rollcall/store"
)

// keepAudit takes steps until there are no more, and adds up their rows.
func (f *fixture) keepAudit(step func(after store.AuditPosition) (store.AuditStep, error)) int {
	f.t.Helper()
	sum := 0
	for after := (store.AuditPosition{}); ; {
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

// auditPruning: old rows go, kept ones, young ones and those of others stay.
func auditPruning(f *fixture) {
	other := f.in(f.newTenant("other"))
	for _, world := range []*fixture{f, other} {
		for n := 1; n <= 3; n++ {
			create := world.create(user, n)
			create.Trail.Audit.At = at(n)
			world.commit(create)
		}
		made := world.create(group, 4, 1, 2)
		made.Trail.Audit.At = at(5)
		world.commit(made)
		world.commit(world.members(4, 6, store.MemberChange{Add: ids(3)}), world.members(4, 7, store.MemberChange{Remove: ids(2)}))
		world.commit(world.rename(1, 8, "a"), world.rename(2, 20, "b"))
	}
	prune := func(limit int, keep ...int) int {
		var kept []uuid.UUID
		if len(keep) > 0 {
			kept = ids(keep...)
		}
		return f.keepAudit(func(after store.AuditPosition) (store.AuditStep, error) {
			return f.s.PruneAudit(f.ctx, store.AuditPrune{Tenant: f.tenant, Before: at(20), Keep: kept, After: after, Limit: limit})
		})
	}
	left := func() (list []string) {
		for _, row := range f.walkAudit(store.AuditSearch{OldestFirst: true, Limit: 2}) {
			list = append(list, fmt.Sprint(row.Action, " ", row.At.Sub(at(0)).Minutes()))
		}
		return list
	}
	if n := prune(0); n != 0 {
		f.t.Errorf("a limit of nothing deleted %d rows", n)
	}
	// Of user 3 stay its own creation and that it joined the group.
	if n := prune(2, 3, 77); n != 6 {
		f.t.Errorf("%d rows deleted, want 6: %v", n, left())
	}
	if got := f.walkAudit(store.AuditSearch{SubjectType: user, Subject: id(3), Limit: 9}); len(got) != 2 {
		f.t.Errorf("kept: %+v", got)
	}
	if got := f.walkAudit(store.AuditSearch{SubjectType: user, Subject: id(2), Limit: 9}); len(got) != 1 || !got[0].At.Equal(at(20)) {
		f.t.Errorf("left of a user: %+v", got)
	}
	if n := prune(1000); n != 2 {
		f.t.Errorf("%d rows deleted, want 2: %v", n, left())
	}
	if diff := cmp.Diff([]string{"update 20.000000333333333"}, left()); len(left()) != 1 {
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

// auditErasure: the values go and the rest stays.
func auditErasure(f *fixture) {
	other := f.in(f.newTenant("other"))
	write := func(world *fixture, key store.Key, n int, changes, reason string) {
		note := store.Audit{At: at(n), ActorKind: "user", ActorID: id(1).String(), Action: "user.update", RequestID: "r", Reason: reason, Changes: []byte(changes)}
		note.RequestID = fmt.Sprint("r", n)
		world.note(key, note)
	}
	const personal = `{"userName":["ann","bob"],"title":[null,"Dr."],"emails":[[{"value":"a@x.org"}],null],"password":[null,null],"age":[1,2],"odd":"x","none":null}`
	const gone = `{"userName":["[erased]","[erased]"],"title":[null,"[erased]"],"emails":["[erased]",null],"password":[null,null],"age":["[erased]","[erased]"],"odd":"[erased]","none":null}`
	key := f.key(user, 1)
	write(f, key, 1, personal, "Ann left")
	write(f, key, 2, `{}`, "")
	write(f, key, 3, `{"active":[true,false]}`, "")
	write(f, key, 9, personal, "purged")
	write(f, f.key(user, 2), 1, personal, "Ann left")
	write(f, f.key(group, 1), 1, personal, "Ann left")
	write(other, other.key(user, 1), 1, personal, "Ann left")
	f.commit(f.create(user, 1))
	made := f.create(group, 3, 1)
	made.Trail.Audit.Changes = []byte(personal)
	f.commit(made)
	erase := func() int {
		return f.keepAudit(func(after store.AuditPosition) (store.AuditStep, error) {
			return f.s.EraseAudit(f.ctx, store.AuditErasure{Subject: key, Before: at(9), After: after, Limit: 2})
		})
	}
	if n := erase(); n != 2 {
		f.t.Errorf("%d rows erased, want 2", n)
	}
	want := map[int64][2]string{}
	for i, text := range [][2]string{{`{}`, ""}, {personal, "purged"}, {`{"active":["[erased]","[erased]"]}`, ""}, {`{}`, ""}, {gone, store.Erased}} {
		want[int64(i)] = text
	}
	rows := f.auditOf(key)
	if len(rows) != len(want) {
		f.t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for i, row := range rows {
		sameJSON(f.t, fmt.Sprint("changes ", i), []byte(want[int64(i)][0]), row.Changes)
		if row.Reason != want[int64(i)][1] {
			f.t.Errorf("reason %d = %q", i, row.Reason)
		}
	}
	if got := rows[4].Audit; got.ActorID != id(1).String() || got.RequestID != "r1" || got.Action != "user.update" || !got.At.Equal(at(1)) {
		f.t.Errorf("who, what and when = %+v", got)
	}
	if n := erase(); n != 0 {
		f.t.Errorf("a second time: %d rows", n)
	}
	for _, row := range []store.AuditRow{f.auditOf(f.key(user, 2))[0], f.auditOf(f.key(group, 1))[0], f.auditOf(f.key(group, 3))[0], other.auditOf(other.key(user, 1))[0]} {
		sameJSON(f.t, "changes of another subject", []byte(personal), row.Changes)
	}
}
