package batch

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/validation"
	"rollcall/scim"
	"rollcall/store"
)

// SizeError says that a selection has another size than was confirmed.
type SizeError struct{ Users, Confirmed int64 }

func (e *SizeError) Error() string {
	return fmt.Sprintf("the selection has %d users and %d were confirmed: look at a dry run, and confirm the number that it names", e.Users, e.Confirmed)
}

// Applicable reports whether a batch is a dry run that is over and still knows whom
// it is about: its plan can be applied, for as many users as it has seen.
func (b *Batch) Applicable() bool {
	return b.Job.Kind == KindDry && b.Job.State == store.JobSucceeded && b.Head.Users > 0 && b.Head.Plan != nil &&
		(b.Head.Plan.Selection.Filter != "" || b.Head.Plan.Selection.Deleted)
}

// order is the input of a job.
type order struct {
	Plan

	Confirm int64 `json:"confirm"`
}

// formKept is how long a form that names itself can be carried out: as long as a
// dry run that is a job is kept.
const formKept = 24 * time.Hour

// Apply takes a batch to be carried out, if the selection has as many users as
// the dry run named. It is a *SizeError otherwise; the job looks again before it
// begins, because others go on working. Who asks twice gets two batches.
func (s *Service) Apply(ctx context.Context, c *scim.Caller, plan Plan, confirm int64) (*Batch, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	return s.applyAs(ctx, c, id, plan, confirm)
}

// NewForm names a form that shows what a plan would do, for ApplyForm.
func (s *Service) NewForm() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// ApplyForm is Apply for a form: however often somebody sends the one that NewForm
// has named, it is one batch. It is a *validation.Error where the name is none,
// or older than a day, and a *StateError where another action, or number of users,
// was sent by it.
func (s *Service) ApplyForm(ctx context.Context, c *scim.Caller, form string, plan Plan, confirm int64) (*Batch, error) {
	name, ok := store.ParseID(form)
	if !ok || name.Version() != 7 {
		return nil, validation.Errorf("form", "look first at what it would do")
	}
	if age := s.now().Sub(time.Unix(name.Time().UnixTime())); age > formKept || age < -time.Hour {
		return nil, validation.Errorf("form", "is too old: look again at what it would do")
	}
	return s.applyOnce(ctx, c, formID(c, name), plan, confirm)
}

// ApplyDryRun carries out what an Applicable dry run has looked at. Of one dry run
// one batch is made: who asks again gets that.
func (s *Service) ApplyDryRun(ctx context.Context, c *scim.Caller, dry *Batch) (*Batch, error) {
	return s.applyOnce(ctx, c, appliedID(dry.Job.ID), *dry.Head.Plan, dry.Head.Users)
}

// once returns the batch of an id that follows from what was looked at, and begins it
// where there is none: who asks twice gets one. It is looked for first, because it
// may have changed what beginning it looks at.
func (s *Service) once(ctx context.Context, tenant store.TenantID, id uuid.UUID, begin func() (*Batch, error)) (*Batch, error) {
	if found, err := s.read(ctx, tenant, id); !errors.Is(err, store.ErrNotFound) {
		return found, err
	}
	begun, err := begin()
	if err != nil {
		// Another one of the same may have been faster, and done by now.
		if faster, again := s.read(ctx, tenant, id); again == nil {
			return faster, nil
		}
	}
	return begun, err
}

// applyOnce is Apply for a batch whose id follows from what was looked at.
func (s *Service) applyOnce(ctx context.Context, c *scim.Caller, id uuid.UUID, plan Plan, confirm int64) (*Batch, error) {
	found, err := s.once(ctx, c.Tenant, id, func() (*Batch, error) { return s.applyAs(ctx, c, id, plan, confirm) })
	if err != nil {
		return nil, err
	}
	if name, _ := ActionNamed(plan.Action); found.Head.Plan == nil || found.Head.Plan.Action != name || found.Head.Users != confirm {
		return nil, &StateError{"the form was sent before, for something else: look again at what it would do"}
	}
	return found, nil
}

func (s *Service) applyAs(ctx context.Context, c *scim.Caller, id uuid.UUID, plan Plan, confirm int64) (*Batch, error) {
	if err := s.check(ctx, c, &plan); err != nil {
		return nil, err
	}
	if confirm < 1 {
		return nil, validation.Errorf("confirm", "is the number of users that the dry run named, at least 1")
	}
	n, known, err := s.size(ctx, c, &plan.Selection, s.Soon)
	if err != nil {
		return nil, err
	}
	if known && n != confirm {
		return nil, &SizeError{n, confirm}
	}
	return s.enqueue(ctx, c, Kind, id, &order{plan, confirm}, Head{Plan: plan.head(), Users: confirm})
}

// appliedID is the id of what carries out a dry run, and the other way round.
func appliedID(dry uuid.UUID) uuid.UUID {
	dry[14] ^= 1
	return dry
}

// formID is the id of the batch that follows from a form that somebody sends: as
// old as the form, because batches are listed by that. The rest is a hash, so that
// nobody can name a form so that its batch is in the place of the undo of another.
func formID(c *scim.Caller, form uuid.UUID) uuid.UUID {
	id := uuid.NewHash(sha256.New(), form, fmt.Appendf(nil, "%d %s %s", c.Tenant, c.Kind, c.ID), 7)
	copy(id[:6], form[:6])
	return id
}
