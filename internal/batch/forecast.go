package batch

import (
	"context"

	"github.com/google/uuid"

	"rollcall/internal/jobs"
	"rollcall/scim"
	"rollcall/store"
)

const (
	// step is how many users are foreseen, or made rows of, at a time.
	step = 500
	// shown is how many rows of each outcome a dry run shows.
	shown = 20
)

// Forecast is what a batch would do.
type Forecast struct {
	// Users is the number that confirms it.
	Users  int64
	Counts Counts
	// Rows are the first ones of each outcome.
	Rows []Row
}

// add counts rows and keeps the first of each outcome.
func (f *Forecast) add(rows []Row) {
	for i := range rows {
		row := &rows[i]
		row.Number = f.Users + 1
		f.Users++
		f.Counts.add(row)
		if f.Counts.of(row.Outcome) <= shown {
			f.Rows = append(f.Rows, *row)
		}
	}
}

func (c *Counts) of(outcome Outcome) int64 {
	switch outcome {
	case Changed:
		return c.Changed
	case Created:
		return c.Created
	case Unchanged:
		return c.Unchanged
	case Refused:
		return c.Refused
	case Failed:
		return c.Failed
	case Pending:
	}
	return 0
}

// DryRun tells what a plan would do; nothing is stored. Where it is about more
// users than can be looked at while somebody waits, it becomes a job: then the
// forecast is nil, and the batch tells how far it has got.
func (s *Service) DryRun(ctx context.Context, c *scim.Caller, plan Plan) (*Forecast, *Batch, error) {
	if err := s.check(ctx, c, &plan); err != nil {
		return nil, nil, err
	}
	n, known, err := s.size(ctx, c, &plan.Selection, s.Soon)
	if err != nil {
		return nil, nil, err
	}
	if !known || n > int64(s.Soon) {
		id, err := uuid.NewV7()
		if err != nil {
			return nil, nil, err
		}
		// A number that is not known whole is less than there will be.
		later, err := s.enqueue(ctx, c, KindDry, id, &order{plan, n}, Head{Plan: plan.head()})
		return nil, later, err
	}
	var forecast Forecast
	err = s.foresee(ctx, c, &plan, place{}, &forecast, func(place) error { return nil })
	return &forecast, nil, err
}

// foresee goes through a selection from a place on, and tells after each step
// where it has got to.
func (s *Service) foresee(ctx context.Context, c *scim.Caller, plan *Plan, at place, into *Forecast, reached func(place) error) error {
	op, err := s.operationOf(plan, c)
	if err != nil {
		return err
	}
	for more := true; more; {
		var ids []uuid.UUID
		if ids, at, more, err = s.next(ctx, c, &plan.Selection, at, step); err != nil {
			return err
		}
		rows, err := op.foresee(ctx, c, ids)
		if err != nil {
			return err
		}
		into.add(rows)
		if err := reached(at); err != nil {
			return err
		}
	}
	return nil
}

// runDry is a dry run as a job.
func (s *Service) runDry(ctx context.Context, task *jobs.Task) (jobs.Outcome, error) {
	r, failed := s.open(task)
	if failed != nil {
		return *failed, nil
	}
	r.head.Users = r.at.Next
	forecast := Forecast{Users: r.at.Next, Counts: r.at.Counts.clone()}
	began := s.Now()
	err := s.foresee(ctx, r.caller, r.plan, r.at.Place, &forecast, func(at place) error {
		rows := forecast.Rows
		forecast.Rows = nil
		r.at.Place, r.at.Next, r.at.Counts, r.head.Users = at, forecast.Users, forecast.Counts.clone(), forecast.Users
		if err := r.save(ctx, rows); err != nil {
			return err
		}
		s.Pause(ctx, s.Now().Sub(began))
		began = s.Now()
		return nil
	})
	if err != nil && stays(err) {
		return impossible(), nil
	}
	progress := store.JobProgress{Done: forecast.Users, Total: forecast.Users, Failed: forecast.Counts.Refused + forecast.Counts.Failed}
	return jobs.Outcome{Progress: &progress}, err
}
