package batch

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/jobs"
	"rollcall/scim"
	"rollcall/store"
)

// StateError says that something is not possible with a batch as it stands.
type StateError struct{ Problem string }

func (e *StateError) Error() string { return e.Problem }

// undoing is the input of a job that undoes another one.
type undoing struct {
	Batch  uuid.UUID `json:"batch"`
	Reason string    `json:"reason"`
	// Rows is how many rows the batch has.
	Rows int64 `json:"rows"`
	// Changed is how many of them have something to undo, about: a batch that
	// was killed for good may have done more than it has told.
	Changed int64 `json:"changed"`
	// Removing is how many of these made a user.
	Removing int64 `json:"removing,omitzero"`
}

// mostUndos is how often the undo of one batch can be begun, of which each but
// the last came to an early end.
const mostUndos = 15

// undoID is the id of an undo. It follows from that of the batch, so that of two
// who undo it at the same time one finds the job of the other.
func undoID(batch uuid.UUID, n byte) uuid.UUID {
	batch[15] ^= n
	return batch
}

// undone reports whether an undo is under way or done.
func (b *Batch) undone() bool {
	return b.Undo != uuid.Nil && (!b.undo.Finished() || b.undo == store.JobSucceeded)
}

// empty reports whether a batch that is over is known to have changed nothing:
// one that was killed may have done more than it has told.
func (b *Batch) empty() bool {
	return b.Head.Counts.Written() == 0 && (b.Job.State == store.JobSucceeded || b.Job.Started.IsZero())
}

func irreversible(action string) bool {
	found, _ := admin.Lookup(action)
	return found.Irreversible
}

// Undoable reports, as a *StateError, why no undo of a batch can be begun as it
// stands; nil where one can. It is asked of what Service.Batch returns: lists do
// not know of undos.
func (b *Batch) Undoable() error {
	switch {
	case b.Job.Kind != Kind && b.Job.Kind != KindImport:
		return &StateError{"an undo and a dry run cannot be undone"}
	case !b.Job.State.Finished():
		return &StateError{"the batch is not over: cancel it, or wait for its end"}
	case b.Job.State == store.JobFailed && b.Head.Counts.Written() == 0:
		return &StateError{"the batch was not begun: there is nothing to undo"}
	case b.Head.Plan != nil && irreversible(b.Head.Plan.Action):
		return &StateError{"what is purged does not come back"}
	case b.empty():
		return &StateError{"it changed nothing: there is nothing to undo"}
	case b.undone():
		return &StateError{"it is undone, or about to be"}
	case b.undos == mostUndos:
		return &StateError{"the undo of the batch has come to an early end too often"}
	}
	return nil
}

// Undo takes back what a finished batch did to each user, where others have not
// changed it since. An undo that is under way or done is returned whenever it is
// asked for again; after one that came to an early end another begins.
func (s *Service) Undo(ctx context.Context, c *scim.Caller, id uuid.UUID, reason string) (*Batch, error) {
	batch, err := s.Batch(ctx, c.Tenant, id)
	if err != nil {
		return nil, err
	}
	if reason == "" {
		reason = "undo of batch " + id.String()
	}
	if err := admin.CheckText("reason", reason); err != nil {
		return nil, err
	}
	if batch.undone() {
		return s.read(ctx, c.Tenant, batch.Undo)
	}
	if err := batch.Undoable(); err != nil {
		return nil, err
	}
	next := undoID(id, batch.undos+1)
	begun, err := s.beginUndo(ctx, c, batch, next, reason)
	if errors.Is(err, store.ErrUniqueness) { // somebody else was faster
		return s.read(ctx, c.Tenant, next)
	}
	return begun, err
}

func (s *Service) beginUndo(ctx context.Context, c *scim.Caller, batch *Batch, id uuid.UUID, reason string) (*Batch, error) {
	input := undoing{Batch: batch.Job.ID, Reason: reason, Rows: batch.Head.Users, Changed: batch.Head.Counts.Written(), Removing: batch.Head.Counts.Created}
	return s.enqueue(ctx, c, KindUndo, id, &input, Head{UndoOf: batch.Job.ID, Users: input.Changed, Removing: input.Removing})
}

// runUndo goes through the rows of a batch from the last to the first. The row
// of an undo has the number that it comes at.
func (s *Service) runUndo(ctx context.Context, task *jobs.Task) (jobs.Outcome, error) {
	var sent undoing
	r := &run{service: s, task: task, caller: caller(&task.Job)}
	err := json.Unmarshal(task.Input, &sent)
	if err == nil && task.Checkpoint != nil {
		err = json.Unmarshal(task.Checkpoint, &r.at)
	}
	if err != nil {
		return jobs.Outcome{}, fmt.Errorf("read an undo: %w", err)
	}
	r.head = Head{UndoOf: sent.Batch, Users: sent.Changed, Removing: sent.Removing}
	if task.Checkpoint == nil {
		if err := s.note(ctx, &task.Job, "batch.undo", sent.Reason, sent.Changed); err != nil {
			return jobs.Outcome{}, err
		}
	}
	undo, err := s.undoOf(ctx, task.Job.Tenant, &sent)
	if err != nil {
		return jobs.Outcome{}, err
	}
	for r.at.Next < sent.Rows && err == nil {
		var rows []Row
		var end int64
		if rows, end, err = r.toUndo(ctx, &sent); err == nil {
			err = r.unmake(ctx, rows, sent.Reason)
		}
		if err == nil {
			err = r.each(ctx, rows, end, undo)
		}
	}
	progress := r.progress()
	return jobs.Outcome{Progress: &progress}, err
}

// undoOf is what takes back a row of a batch: of an import what is there of its
// edits, of an assignment the contrary one, and else what puts the facts of the
// account back.
func (s *Service) undoOf(ctx context.Context, tenant store.TenantID, sent *undoing) (doing, error) {
	batch, err := s.read(ctx, tenant, sent.Batch)
	if err != nil {
		return nil, fmt.Errorf("read the batch of an undo: %w", err)
	}
	if batch.Head.Import != nil {
		return func(ctx context.Context, c *scim.Caller, row *Row, note note) error {
			return s.unbring(ctx, c, row, sent.Reason, note)
		}, nil
	}
	plan := batch.Head.Plan
	if plan == nil || !Assigns(plan.Action) {
		return (&undoOperation{s, sent.Reason}).do, nil
	}
	assignment, err := plan.assignment()
	assignment.Take, assignment.Reason = !assignment.Take, sent.Reason
	return (&assignOperation{s, assignment, "undo"}).do, err
}

// toUndo are the next rows of an undo up to number end: pending, but for those
// that an attempt before has done.
func (r *run) toUndo(ctx context.Context, sent *undoing) (rows []Row, end int64, err error) {
	job := &r.task.Job
	last := sent.Rows - r.at.Next
	end = min(r.at.Next+atOnce, sent.Rows)
	carried, err := r.service.rows(ctx, job.Tenant, sent.Batch, sent.Rows-end, int(end-r.at.Next))
	if err != nil {
		return nil, end, err
	}
	before, err := r.service.rows(ctx, job.Tenant, job.ID, r.at.Next, atOnce)
	if err != nil {
		return nil, end, err
	}
	done := map[int64]Row{}
	for i := range before {
		done[before[i].Number] = before[i]
	}
	for i := len(carried) - 1; i >= 0; i-- {
		row := &carried[i]
		if !row.written() || row.Number > last {
			continue
		}
		number := sent.Rows - row.Number + 1
		if known, ok := done[number]; ok {
			rows = append(rows, known)
			continue
		}
		rows = append(rows, Row{
			Number: number, ID: row.ID, Outcome: Pending, Was: row.Was, Before: row.Before, After: row.After,
			Line: row.Line, Name: row.Name, Edits: row.Edits, Joined: row.Joined, Version: row.Version, Made: row.Outcome == Created,
		})
	}
	return rows, end, nil
}
