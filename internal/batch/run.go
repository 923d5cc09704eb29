package batch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"rollcall/internal/jobs"
	"rollcall/scim"
	"rollcall/store"
)

// checkpoint is where another attempt goes on.
type checkpoint struct {
	// Chosen says that every user has a row; until then Place is where the walk
	// through the selection is.
	Chosen bool  `json:"chosen,omitzero"`
	Place  place `json:"place,omitzero"`
	// Next is the last row that was made, and later the last that was done.
	Next   int64  `json:"next,omitzero"`
	Counts Counts `json:"counts,omitzero"`
}

// run is an attempt at a job.
type run struct {
	service *Service
	task    *jobs.Task
	plan    *Plan
	confirm int64
	head    Head
	at      checkpoint
	caller  *scim.Caller
}

// impossible ends a job that would fail each time.
func impossible() jobs.Outcome {
	return jobs.Outcome{Failed: true, Reason: "the selection is not possible any more; a dry run says why"}
}

// orEnd is the end that was found, or none.
func orEnd(end *jobs.Outcome) jobs.Outcome {
	if end == nil {
		return jobs.Outcome{}
	}
	return *end
}

// open reads what a job is about and how far it has got. A job that cannot be
// read ends.
func (s *Service) open(task *jobs.Task) (*run, *jobs.Outcome, error) {
	var sent order
	r := &run{service: s, task: task, caller: caller(&task.Job)}
	err := json.Unmarshal(task.Input, &sent)
	if err == nil && task.Checkpoint != nil {
		err = json.Unmarshal(task.Checkpoint, &r.at)
	}
	if err != nil {
		s.Logger.Error("a batch cannot be read", "job", task.Job.ID, "error", err)
		return nil, &jobs.Outcome{Failed: true, Reason: "it cannot be read"}, nil
	}
	r.plan, r.confirm = &sent.Plan, sent.Confirm
	r.head = Head{Plan: r.plan.head(), Users: r.confirm}
	return r, nil, nil
}

// save stores rows with how far the job has got.
func (r *run) save(ctx context.Context, rows []Row) error {
	r.head.Counts = r.at.Counts.clone()
	head, err := r.head.item()
	if err != nil {
		return err
	}
	items := []store.JobItem{head}
	for i := range rows {
		item, err := rows[i].item()
		if err != nil {
			return err
		}
		items = append(items, item)
	}
	text, err := json.Marshal(&r.at)
	if err != nil {
		return fmt.Errorf("render a checkpoint: %w", err)
	}
	return r.task.Save(ctx, store.JobSave{Progress: r.progress(), Checkpoint: text, Items: items})
}

func (r *run) progress() store.JobProgress {
	counts := &r.at.Counts
	return store.JobProgress{Done: counts.done(), Total: max(r.confirm, r.head.Users, counts.done()), Failed: counts.Refused + counts.Failed}
}

// run carries a batch out: first every user of the selection gets a row, then
// each row is done. What is fixed so does not move with what is done.
func (s *Service) run(ctx context.Context, task *jobs.Task) (jobs.Outcome, error) {
	r, failed, err := s.open(task)
	if failed != nil || err != nil {
		return orEnd(failed), err
	}
	if !r.at.Chosen {
		failed, err := r.choose(ctx)
		if failed != nil || err != nil {
			return orEnd(failed), err
		}
	}
	deed, err := s.deedOf(r.plan, r.caller)
	if err != nil {
		return jobs.Outcome{Failed: true, Reason: "there is no such action any more"}, nil
	}
	for done := false; !done && err == nil; {
		done, err = r.window(ctx, deed.do)
	}
	progress := r.progress()
	return jobs.Outcome{Progress: &progress}, err
}

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

// atOnce is how many rows are done between two saves.
const atOnce = 50

// doing is what is done to a row that is pending.
type doing func(context.Context, *scim.Caller, *Row, note) error

// window does the next rows, and tells whether there are no more.
func (r *run) window(ctx context.Context, do doing) (done bool, err error) {
	items, err := r.service.Store.JobItems(ctx, r.task.Job.Tenant, r.task.Job.ID, r.at.Next, atOnce)
	if err != nil || len(items) == 0 {
		return err == nil, err
	}
	rows := make([]Row, len(items))
	for i, item := range items {
		if rows[i], err = readRow(item); err != nil {
			return false, err
		}
	}
	return false, r.each(ctx, rows, rows[len(rows)-1].Number, do)
}

// each does those of some rows that are pending, and saves that the job has got
// to a number. What was done before it is interrupted is saved, too.
func (r *run) each(ctx context.Context, rows []Row, end int64, do doing) error {
	began := r.service.Now()
	var untold []Row
	for i := range rows {
		row := &rows[i]
		if row.Outcome == Pending {
			if err := r.one(ctx, row, do); err != nil {
				return errors.Join(err, r.leave(ctx, untold, err))
			}
			if row.Outcome != Changed || len(row.Lost) > 0 {
				untold = append(untold, *row)
			}
		}
		r.at.Counts.add(row)
		r.at.Next = row.Number
	}
	r.at.Next = end
	if err := r.save(ctx, untold); err != nil {
		return err
	}
	r.service.Pause(ctx, r.service.Now().Sub(began))
	return ctx.Err()
}

// one does one row, unless the attempt is to end. What is begun is not cut off:
// nobody would know what became of it.
func (r *run) one(ctx context.Context, row *Row, do doing) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	return do(whole, r.caller, row, r.noting)
}

// noting stores the outcome of a row with what is done to it.
func (r *run) noting(row *Row) ([]store.Change, error) {
	item, err := row.item()
	if err != nil {
		return nil, err
	}
	return []store.Change{&store.SetJobItem{Lease: r.task.Job.Lease(), Item: item}}, nil
}

// leave saves what was done before the row that ended the attempt. Those rows
// that changed something are stored already.
func (r *run) leave(ctx context.Context, untold []Row, cause error) error {
	if errors.Is(cause, store.ErrLeaseLost) {
		return nil
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := r.save(limited, untold); err != nil && !errors.Is(err, jobs.ErrCancelled) && !errors.Is(err, jobs.ErrLost) {
		return err
	}
	return nil
}
