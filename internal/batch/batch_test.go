package batch_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"rollcall/internal/admin"
	"rollcall/internal/batch"
	"rollcall/lifecycle"
	"rollcall/store"
)

// TestCancelled ends a batch in the middle: what was done is told and can be
// undone, the rest stays as it was.
func TestCancelled(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		ids := b.users(180)
		taken := b.apply(plan("suspend", ids...), len(ids))
		var once sync.Once
		b.paused = func() {
			once.Do(func() {
				if _, err := b.service.Cancel(b.Context(), b.admin, taken.Job.ID); err != nil {
					b.Error(err)
				}
			})
		}
		b.runner()
		ended := b.ended(taken)
		told, err := b.store.SearchAudit(b.Context(), store.AuditSearch{Tenant: b.admin.Tenant, Action: "batch.cancel", Limit: 2})
		if err != nil || len(told.Rows) != 1 || told.Rows[0].Subject.ID != taken.Job.ID {
			b.Errorf("the trail tells of the end so: %+v, %v", told.Rows, err)
		}
		rows, standing := b.rows(taken), b.standing(ids)
		if ended.Job.State != store.JobCancelled || rows[batch.Changed] == 0 || rows[batch.Pending] == 0 {
			b.Fatalf("%s with %v", ended.Job.State, rows)
		}
		b.counts(ended, int64(rows[batch.Changed]), 0, 0)
		if standing["Suspended"] != rows[batch.Changed] {
			b.Errorf("%v, rows %v", standing, rows)
		}
		b.counts(b.ended(b.undo(ended)), int64(rows[batch.Changed]), 0, 0)
		if standing := b.standing(ids); standing["Active"] != len(ids) {
			b.Errorf("after the undo %v", standing)
		}
	})
}

// TestTakenOver lets a second attempt begin while the first is at it, as after a
// halt that is longer than the lease: each user is changed once, and the first
// attempt can change nothing more.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		ids := b.users(120)
		taken := b.apply(plan("deprovision", ids...), len(ids))
		b.overtake(batch.Kind)
		b.runner()
		ended := b.ended(taken)
		b.counts(ended, 120, 0, 0)
		b.counts(b.ended(b.undo(ended)), 120, 0, 0)
		for _, id := range ids {
			key := store.Key{Tenant: b.admin.Tenant, Type: "User"}
			key.ID, _ = store.ParseID(id)
			rows, err := b.store.AuditOf(b.Context(), key, 10)
			if err != nil || len(rows) != 3 {
				b.Fatalf("%d rows about %s: %v", len(rows), id, err)
			}
		}
	})
}

// TestLongDryRun looks at more users than anybody waits for.
func TestLongDryRun(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		ids := b.users(60)
		b.runner()
		if _, err := b.provider.Act(b.Context(), b.admin, ids[0], "x", lifecycle.Deprovision{}); err != nil {
			b.Fatal(err)
		}
		forecast, later, err := b.service.DryRun(b.Context(), b.admin, plan("deprovision", ids...))
		if err != nil || forecast != nil {
			b.Fatalf("%+v, %v", forecast, err)
		}
		ended := b.ended(later)
		b.counts(ended, 59, 1, 0)
		if ended.Head.Users != 60 || ended.Job.Progress.Done != 60 {
			b.Errorf("%+v", ended)
		}
		if got, want := b.rows(ended), (map[batch.Outcome]int{batch.Changed: 20, batch.Unchanged: 1}); !maps.Equal(got, want) {
			b.Errorf("rows %v, want %v", got, want)
		}
		var state *batch.StateError
		if _, err := b.service.Undo(b.Context(), b.admin, later.Job.ID, ""); !errors.As(err, &state) {
			b.Errorf("a dry run was undone: %v", err)
		}
		if standing := b.standing(ids); standing["Active"] != 59 {
			b.Errorf("a dry run did something: %v", standing)
		}
	})
}

// TestSelectionMoves: who is confirmed is who is done, whatever happens between
// the request and the beginning, and whatever the batch makes of its filter.
func TestSelectionMoves(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		ids := b.users(70)
		active := batch.Plan{Action: "suspend", Reason: "because", Selection: batch.Selection{Filter: `active eq true`}}
		late := b.apply(active, 70)
		if _, err := b.provider.Act(b.Context(), b.admin, ids[5], "x", lifecycle.Deprovision{}); err != nil {
			b.Fatal(err)
		}
		b.runner()
		ended := b.ended(late)
		want := (&batch.SizeError{Users: 69, Confirmed: 70}).Error()
		if ended.Job.State != store.JobFailed || ended.Job.Reason != want || b.standing(ids)["Active"] != 69 {
			b.Errorf("%s: %s", ended.Job.State, ended.Job.Reason)
		}
		var state *batch.StateError
		if _, err := b.service.Undo(b.Context(), b.admin, late.Job.ID, ""); !errors.As(err, &state) {
			b.Errorf("what was not begun was undone: %v", err)
		}
		var size *batch.SizeError
		if _, err := b.service.Apply(b.Context(), b.admin, active, 70); !errors.As(err, &size) || size.Users != 69 {
			b.Errorf("another number: %v", err)
		}
		b.counts(b.ended(b.apply(active, 69)), 69, 0, 0)
	})
}

// TestRestoredUnderAnotherName: what could not be put back is told.
func TestRestoredUnderAnotherName(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		ids := b.users(3)
		b.runner()
		done := b.ended(b.apply(plan("deprovision", ids...), 3))
		again := b.users(1)
		undo := b.ended(b.undo(done))
		b.counts(undo, 3, 0, 0)
		rows, _, err := b.service.Rows(b.Context(), b.admin.Tenant, undo.Job.ID, batch.Changed, 0, 10)
		if err != nil {
			b.Fatal(err)
		}
		order := []string{rows[0].ID.String(), rows[1].ID.String(), rows[2].ID.String()}
		if want := []string{ids[2], ids[1], ids[0]}; !slices.Equal(order, want) {
			b.Errorf("undone in the order %v, want %v", order, want)
		}
		if rows[2].Renamed == "" || rows[0].Renamed != "" {
			b.Errorf("names %q and %q", rows[0].Renamed, rows[2].Renamed)
		}
		if standing := b.standing(append(ids, again...)); standing["Active"] != 4 {
			b.Errorf("%v", standing)
		}
	})
}

// TestDryRunForeseesNames: a dry run of a restore says who comes back under which
// other name, those that want the name of each other included.
func TestDryRunForeseesNames(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		first := b.users(3)
		b.runner()
		b.ended(b.apply(plan("deprovision", first...), 3))
		second := b.users(2)
		b.ended(b.apply(plan("deprovision", second...), 2))
		third := b.users(1)
		named := func(rows []batch.Row) map[string]string {
			names := map[string]string{}
			for _, row := range rows {
				names[row.ID.String()] = row.Renamed
			}
			return names
		}
		foreseen := func(ids ...string) map[string]string {
			b.Helper()
			forecast, _, err := b.service.DryRun(b.Context(), b.admin, plan("restore", ids...))
			if err != nil || forecast.Counts.Changed != int64(len(ids)) {
				b.Fatalf("%+v, %v", forecast, err)
			}
			return named(forecast.Rows)
		}
		// The first name is taken, the second one wanted by two.
		told := foreseen(first[0], second[0], first[1], second[1], first[2])
		for id, renamed := range map[string]bool{first[0]: true, second[0]: true, first[1]: false, second[1]: true, first[2]: false} {
			if (told[id] != "") != renamed {
				b.Errorf("%s: %q", id, told[id])
			}
		}
		done := b.ended(b.apply(plan("restore", first[0], second[0], first[2]), 3))
		b.counts(done, 3, 0, 0)
		rows, _, err := b.service.Rows(b.Context(), b.admin.Tenant, done.Job.ID, batch.Changed, 0, 10)
		if err != nil {
			b.Fatal(err)
		}
		for id, name := range named(rows) {
			if name != told[id] {
				b.Errorf("%s is called %q and was foreseen as %q", id, name, told[id])
			}
		}
		if told := foreseen(first[1]); told[first[1]] != "" {
			b.Errorf("a free name: %v", told)
		}
		if standing := b.standing(third); standing["Active"] != 1 {
			b.Errorf("%v", standing)
		}
	})
}

// TestPurgedByNumber: the number confirms a purge, and nothing undoes it.
func TestPurgedByNumber(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		ids := b.users(4)
		b.runner()
		b.ended(b.apply(plan("deprovision", ids[:3]...), 3))
		deleted := batch.Plan{Action: "purge", Reason: "because", Selection: batch.Selection{Deleted: true}}
		forecast, _, err := b.service.DryRun(b.Context(), b.admin, deleted)
		if err != nil || forecast.Users != 3 || forecast.Counts.Changed != 3 {
			b.Fatalf("%+v, %v", forecast, err)
		}
		done := b.ended(b.apply(deleted, 3))
		b.counts(done, 3, 0, 0)
		b.notUndone(done, "what is purged does not come back")
		if standing := b.standing(ids); standing["Purged"] != 3 || standing["Active"] != 1 {
			b.Errorf("%v", standing)
		}
	})
}

// TestEveryActionDoneTwice does each action to users in every kind of state, says
// before what will come of it, and finds nothing new to do the second time;
// then it is undone.
func TestEveryActionDoneTwice(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		b.runner()
		group := b.group("Engineers")
		for i, action := range batch.Actions() {
			ids := b.mixed(fmt.Sprintf("%c", 'a'+i))
			p := plan(action, ids...)
			p.Mark, p.Purpose, p.Until = lifecycle.MarkBreakGlass, "", time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
			p.ValidUntil, p.Group, p.Tag = &p.Until, group, "summer"
			forecast, _, err := b.service.DryRun(b.Context(), b.admin, p)
			if err != nil {
				b.Fatalf("%s: %v", action, err)
			}
			done := b.ended(b.apply(p, len(ids)))
			if got, want := fmt.Sprint(done.Head.Counts), fmt.Sprint(forecast.Counts); got != want {
				b.Errorf("%s: %s came of what was foreseen as %s", action, got, want)
			}
			if lookup, _ := admin.Lookup(action); lookup.Trigger != lifecycle.TriggerInvite && lookup.Trigger != lifecycle.TriggerSendReset {
				if again := b.ended(b.apply(p, len(ids))); again.Head.Counts.Changed != 0 {
					b.Errorf("%s a second time: %+v", action, again.Head.Counts)
				}
			}
			if done.Undoable() != nil {
				if action != "purge" && done.Head.Counts.Changed > 0 {
					b.Errorf("%s cannot be undone: %v", action, done.Undoable())
				}
				continue
			}
			if undo := b.ended(b.undo(done)); undo.Head.Counts.Failed != 0 || undo.Job.State != store.JobSucceeded {
				b.Errorf("undo of %s: %+v", action, undo)
			}
		}
	})
}

// notUndone fails unless a batch is neither offered to be undone nor can be.
func (b *bed) notUndone(one *batch.Batch, why string) {
	b.Helper()
	var state *batch.StateError
	if _, err := b.service.Undo(b.Context(), b.admin, one.Job.ID, ""); !errors.As(err, &state) || state.Problem != why {
		b.Errorf("Undo: %v, want %s", err, why)
	}
	if err := b.read(one).Undoable(); !errors.As(err, &state) || state.Problem != why {
		b.Errorf("Undoable: %v, want %s", err, why)
	}
}

// TestUndoneAgain: an undo that came to an early end can be begun again, one that
// is under way or done is not offered, and what wrote nothing has nothing to undo.
func TestUndoneAgain(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		ids := b.users(3)
		runner := b.runner()
		done := b.ended(b.apply(plan("suspend", ids...), 3))
		b.notUndone(b.ended(b.apply(plan("suspend", ids...), 3)), "it changed nothing: there is nothing to undo")
		runner.Close()
		stopped := b.undo(done)
		if b.read(done).Undoable() == nil {
			b.Error("an undo is offered while one is under way")
		}
		if again := b.undo(done); again.Job.ID != stopped.Job.ID {
			b.Errorf("asked again it is %s, want %s", again.Job.ID, stopped.Job.ID)
		}
		if _, err := b.service.Cancel(b.Context(), b.admin, stopped.Job.ID); err != nil {
			b.Fatal(err)
		}
		if err := b.read(done).Undoable(); err != nil {
			b.Errorf("the undo was stopped, and another is not offered: %v", err)
		}
		b.runner()
		last := b.ended(b.undo(done))
		b.counts(last, 3, 0, 0)
		if found := b.read(done); last.Job.ID == stopped.Job.ID || found.Undo != last.Job.ID || found.Undoable() == nil {
			b.Errorf("undone by %s after %s: %+v", last.Job.ID, stopped.Job.ID, found)
		}
	})
}

// mixed are users in several states.
func (b *bed) mixed(prefix string) []string {
	b.Helper()
	var ids []string
	until := time.Now().Add(time.Hour).UTC()
	for i, commands := range [][]lifecycle.Command{
		nil,
		{lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: lifecycle.Administrators, Reason: "y"}}},
		{lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: "connection:x", Reason: "y"}}},
		{lifecycle.Lock{By: "ann", Reason: "y", Until: until}},
		{lifecycle.SetMark{Mark: lifecycle.MarkBreakGlass}},
		{lifecycle.Deprovision{}},
		{lifecycle.Deprovision{Hold: true}},
	} {
		id := b.named(fmt.Sprintf("%s-%d", prefix, i))
		if len(commands) > 0 {
			if _, err := b.provider.Act(b.Context(), b.admin, id, "x", commands...); err != nil {
				b.Fatal(err)
			}
		}
		ids = append(ids, id)
	}
	for i, entry := range []lifecycle.Command{lifecycle.Create{}, lifecycle.Submit{}, lifecycle.Invite{}} {
		ids = append(ids, b.entered(fmt.Sprintf("%s-new-%d", prefix, i), entry))
	}
	return ids
}

// TestFilterOfADryRun: the counts that a dry run of a filter names are those of
// all that match.
func TestFilterOfADryRun(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		b.users(15)
		p := batch.Plan{Action: "lock", Reason: "because", Selection: batch.Selection{Filter: `userName sw "user-000"`}}
		forecast, _, err := b.service.DryRun(b.Context(), b.admin, p)
		if err != nil || forecast.Users != 10 || forecast.Counts.Changed != 10 || len(forecast.Rows) != 10 {
			b.Errorf("%+v, %v", forecast, err)
		}
		confined := *b.admin
		confined.Subject = forecast.Rows[0].ID
		if _, _, err := b.service.DryRun(b.Context(), &confined, p); err == nil {
			b.Error("a caller that stands for one user foresees others")
		}
	})
}
