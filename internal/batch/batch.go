package batch

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"rollcall/scim"
	"rollcall/store"
)

// Batch is a batch, an undo or a long dry run, and how far it has got.
type Batch struct {
	Job  store.Job
	Head Head
	// Undo is the job that undoes it, the last one where several were begun;
	// zero for none, and in lists.
	Undo uuid.UUID
	// undo is how that one stands, undos how many were begun.
	undo  store.JobState
	undos byte
}

// kinds are all that are listed.
var kinds = []string{Kind, KindDry, KindUndo, KindImport, KindImportDry}

// read returns a batch or store.ErrNotFound.
func (s *Service) read(ctx context.Context, tenant store.TenantID, id uuid.UUID) (*Batch, error) {
	job, err := s.Store.Job(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(kinds, job.Kind) {
		return nil, store.ErrNotFound
	}
	return s.with(ctx, job)
}

// with reads the head of a job.
func (s *Service) with(ctx context.Context, job store.Job) (*Batch, error) {
	items, err := s.Store.JobItems(ctx, job.Tenant, job.ID, -1, 1)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 || items[0].Number != 0 {
		return nil, store.ErrNotFound
	}
	head, err := readHead(items[0].Outcome)
	return &Batch{Job: job, Head: head}, err
}

// Batch returns one, or store.ErrNotFound.
func (s *Service) Batch(ctx context.Context, tenant store.TenantID, id uuid.UUID) (*Batch, error) {
	found, err := s.read(ctx, tenant, id)
	if err != nil || found.Job.Kind != Kind && found.Job.Kind != KindImport {
		return found, err
	}
	for n := byte(1); n <= mostUndos; n++ {
		undo, err := s.Store.Job(ctx, tenant, undoID(id, n))
		if errors.Is(err, store.ErrNotFound) {
			break
		}
		if err != nil {
			return nil, err
		}
		found.Undo, found.undo, found.undos = undo.ID, undo.State, n
	}
	return found, nil
}

// Batches lists them, newest first, from behind one on. An undo stands beside
// its batch.
func (s *Service) Batches(ctx context.Context, tenant store.TenantID, before uuid.UUID, limit int) ([]*Batch, error) {
	return s.list(ctx, store.JobQuery{Tenant: tenant, Kinds: kinds, Before: before, Limit: limit})
}

// UnderWay lists up to limit of those that are not over, newest first.
func (s *Service) UnderWay(ctx context.Context, tenant store.TenantID, limit int) ([]*Batch, error) {
	found, err := s.list(ctx, store.JobQuery{Tenant: tenant, Kinds: kinds, EndedAfter: s.now(), Limit: limit})
	return slices.DeleteFunc(found, func(one *Batch) bool { return one.Job.State.Finished() }), err
}

// list reads batches with their heads.
func (s *Service) list(ctx context.Context, query store.JobQuery) ([]*Batch, error) {
	query.First = true
	found, err := s.Store.Jobs(ctx, query)
	if err != nil {
		return nil, err
	}
	batches := make([]*Batch, len(found))
	for i := range found {
		head, err := readHead(found[i].First)
		if err != nil {
			return nil, err
		}
		batches[i] = &Batch{Job: found[i].Job, Head: head}
	}
	return batches, nil
}

// looked is how many rows are looked at for one page.
const looked = 10_000

// Rows returns rows in their order from behind one on, of one outcome where one
// is given, and where the next page begins: zero at the end. A page may be short,
// or empty, before the end: it is bounded by what is looked at.
func (s *Service) Rows(ctx context.Context, tenant store.TenantID, id uuid.UUID, outcome Outcome, after int64, limit int) (rows []Row, next int64, err error) {
	if _, err := s.read(ctx, tenant, id); err != nil {
		return nil, 0, err
	}
	for seen := 0; seen < looked; {
		found, err := s.rows(ctx, tenant, id, after, step)
		if err != nil {
			return nil, 0, err
		}
		for _, row := range found {
			if outcome == "" || row.Outcome == outcome {
				if len(rows) == limit {
					return rows, after, nil
				}
				rows = append(rows, row)
			}
			after = row.Number
		}
		if len(found) < step {
			return rows, 0, nil
		}
		seen += len(found)
	}
	return rows, after, nil
}

// rows reads up to limit rows of a job behind one, in their order.
func (s *Service) rows(ctx context.Context, tenant store.TenantID, id uuid.UUID, after int64, limit int) ([]Row, error) {
	items, err := s.Store.JobItems(ctx, tenant, id, max(after, 0), limit) // item 0 is the head
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(items))
	for i, item := range items {
		if rows[i], err = readRow(item); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// Cancel ends a batch: at once where it waits, else after the row that it is at.
// What is done stays done and can be undone.
func (s *Service) Cancel(ctx context.Context, c *scim.Caller, id uuid.UUID) (*Batch, error) {
	found, err := s.read(ctx, c.Tenant, id)
	if err != nil || found.Job.State.Finished() {
		return found, err
	}
	now := s.now()
	job, err := s.Store.CancelJob(ctx, c.Tenant, id, now, now.Add(Kept))
	if err != nil {
		return nil, err
	}
	asked := store.Job{Tenant: c.Tenant, ID: id, ActorKind: c.Kind, ActorID: c.ID, RequestID: c.RequestID}
	if err := s.note(ctx, &asked, "batch.cancel", "", found.Head.Users); err != nil {
		return nil, err
	}
	return s.with(ctx, job)
}
