package batch

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

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
	// tellsAll says that no row stores its outcome by itself.
	tellsAll bool
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
func (s *Service) open(task *jobs.Task) (*run, *jobs.Outcome) {
	var sent order
	r := &run{service: s, task: task, caller: caller(&task.Job)}
	err := json.Unmarshal(task.Input, &sent)
	if err == nil && task.Checkpoint != nil {
		err = json.Unmarshal(task.Checkpoint, &r.at)
	}
	if err != nil {
		s.Logger.Error("a batch cannot be read", "job", task.Job.ID, "error", err)
		return nil, &jobs.Outcome{Failed: true, Reason: "it cannot be read"}
	}
	r.plan, r.confirm = &sent.Plan, sent.Confirm
	r.head = Head{Plan: r.plan.head(), Users: r.confirm}
	return r, nil
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
	r, failed := s.open(task)
	if failed != nil {
		return *failed, nil
	}
	if !r.at.Chosen {
		if failed, err := r.choose(ctx); failed != nil || err != nil {
			return orEnd(failed), err
		}
	}
	op, err := s.operationOf(r.plan, r.caller)
	if err != nil {
		return jobs.Outcome{Failed: true, Reason: "there is no such action any more"}, nil
	}
	for done := false; !done && err == nil; {
		done, err = r.window(ctx, op.do)
	}
	progress := r.progress()
	return jobs.Outcome{Progress: &progress}, err
}
