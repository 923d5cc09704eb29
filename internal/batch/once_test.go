package batch_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/uuid"

	"rollcall/internal/batch"
	"rollcall/internal/validation"
	"rollcall/scim"
)

// atOnce does something several times at once, and returns the one batch that it
// is each time.
func (b *bed) atOnce(times int, apply func() (*batch.Batch, error)) *batch.Batch {
	b.Helper()
	taken := make([]*batch.Batch, times)
	var all sync.WaitGroup
	for i := range taken {
		all.Go(func() {
			var err error
			if taken[i], err = apply(); err != nil {
				b.Error(err)
			}
		})
	}
	all.Wait()
	for _, one := range taken {
		if one == nil || taken[0].Job.ID != one.Job.ID {
			b.Fatalf("%v is another batch than %v", one, taken[0])
		}
	}
	return taken[0]
}

// jobs fails unless there are so many jobs.
func (b *bed) jobs(want int) {
	b.Helper()
	if list, err := b.service.Batches(b.Context(), b.admin.Tenant, uuid.Nil, 100); err != nil || len(list) != want {
		b.Errorf("there are %d jobs, %v; want %d", len(list), err, want)
	}
}

// TestDryRunAppliedOnce: a dry run that is a job is carried out by one batch, also
// when that has changed who is selected.
func TestDryRunAppliedOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		b.users(30)
		b.runner()
		of := batch.Plan{Action: "suspend", Reason: "because", Selection: batch.Selection{Filter: `active eq true`}}
		_, later, err := b.service.DryRun(b.Context(), b.admin, of)
		if err != nil || later == nil {
			t.Fatalf("%v, %v", later, err)
		}
		dry := b.ended(later)
		apply := func() (*batch.Batch, error) { return b.service.ApplyDryRun(b.Context(), b.admin, dry) }
		taken := b.atOnce(5, apply)
		b.counts(b.ended(taken), 30, 0, 0)
		if again, err := apply(); err != nil || again.Job.ID != taken.Job.ID {
			t.Errorf("afterwards it is %v, %v", again, err)
		}
		b.jobs(2)
	})
}

// TestFormAppliedOnce: one form is one batch of who sends it; undone is all of it.
func TestFormAppliedOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		ids := b.users(10)
		b.runner()
		form, err := b.service.NewForm()
		if err != nil {
			t.Fatal(err)
		}
		apply := func(action string, users int64) (*batch.Batch, error) {
			of := batch.Plan{Action: action, Reason: "double", Selection: batch.Selection{Filter: `active eq true`}}
			return b.service.ApplyForm(b.Context(), b.admin, form, of, users)
		}
		taken := b.atOnce(5, func() (*batch.Batch, error) { return apply("suspend", 10) })
		b.counts(b.ended(taken), 10, 0, 0)
		again, err := apply("suspend", 10) // whom nobody matches any more
		if err != nil || again.Job.ID != taken.Job.ID {
			t.Errorf("afterwards it is %v, %v", again, err)
		}
		var state *batch.StateError
		if _, err := apply("deprovision", 10); !errors.As(err, &state) {
			t.Errorf("another action by the same form: %v", err)
		}
		if _, err := apply("suspend", 9); !errors.As(err, &state) {
			t.Errorf("another number by the same form: %v", err)
		}
		b.jobs(1)
		b.counts(b.ended(b.undo(taken)), 10, 0, 0)
		if standing := b.standing(ids); standing["Active"] != 10 {
			t.Errorf("undone they are %v", standing)
		}
		// What somebody else sends by the same name is something else.
		other := &scim.Caller{Tenant: b.admin.Tenant, Kind: b.admin.Kind, ID: "bob", MayLifecycle: true, Leniency: b.admin.Leniency}
		theirs, err := b.service.ApplyForm(b.Context(), other, form, plan("suspend", ids...), 10)
		if err != nil || theirs.Job.ID == taken.Job.ID {
			t.Errorf("somebody else got %v, %v", theirs, err)
		}
		for _, name := range []string{"", "x", "0194d5a0-0000-7000-8000-000000000000", "ffffffff-ffff-7fff-bfff-ffffffffffff", uuid.NewString()} {
			var wrong *validation.Error
			if _, err := b.service.ApplyForm(b.Context(), b.admin, name, plan("suspend", ids...), 10); !errors.As(err, &wrong) || wrong.Field != "form" {
				t.Errorf("a form %q: %v", name, err)
			}
		}
	})
}
