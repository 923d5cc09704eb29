package batch

import (
	"context"
	"fmt"

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

// Apply takes a batch to be carried out, if the selection has as many users as
// the dry run named. It is a *SizeError otherwise; the job looks again before it
// begins, because others go on working.
func (s *Service) Apply(ctx context.Context, c *scim.Caller, plan Plan, confirm int64) (*Batch, error) {
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
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	return s.enqueue(ctx, c, Kind, id, &order{plan, confirm}, Head{Plan: plan.head(), Users: confirm})
}
