package batch

import (
	"context"
	"errors"
	"time"

	"rollcall/internal/jobs"
	"rollcall/scim"
	"rollcall/store"
)

// atOnce is how many rows are done between two saves.
const atOnce = 50

// doing is what is done to a row that is pending.
type doing func(context.Context, *scim.Caller, *Row, note) error

// window does the next rows, and tells whether there are no more.
func (r *run) window(ctx context.Context, do doing) (done bool, err error) {
	rows, err := r.service.rows(ctx, r.task.Job.Tenant, r.task.Job.ID, r.at.Next, atOnce)
	if err != nil || len(rows) == 0 {
		return err == nil, err
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
			if !row.written() || len(row.Lost) > 0 || r.tellsAll {
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
