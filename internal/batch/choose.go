package batch

import (
	"context"

	"github.com/google/uuid"

	"rollcall/internal/jobs"
)

// choose makes the rows. A selection that has another size than was confirmed
// ends the job before anything is done.
func (r *run) choose(ctx context.Context) (*jobs.Outcome, error) {
	s := r.service
	for more := true; more; {
		var ids []uuid.UUID
		var err error
		if ids, r.at.Place, more, err = s.next(ctx, r.caller, &r.plan.Selection, r.at.Place, step); err != nil {
			if stays(err) {
				end := impossible()
				return &end, nil
			}
			return nil, err
		}
		rows := make([]Row, len(ids))
		for i, id := range ids {
			r.at.Next++
			rows[i] = Row{Number: r.at.Next, ID: id, Outcome: Pending}
		}
		if err := r.save(ctx, rows); err != nil {
			return nil, err
		}
	}
	if r.at.Next != r.confirm {
		size := &SizeError{r.at.Next, r.confirm}
		return &jobs.Outcome{Failed: true, Reason: size.Error()}, nil
	}
	if err := s.note(ctx, &r.task.Job, "batch."+r.plan.Action, r.plan.Reason, r.confirm); err != nil {
		return nil, err
	}
	r.at.Chosen, r.at.Next, r.at.Place = true, 0, place{}
	return nil, r.save(ctx, nil)
}
