package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"rollcall/store"
)

// itemise stores outcomes of parts of a job.
func (t *writeTx) itemise(ctx context.Context, key []any, items []store.JobItem) error {
	for _, item := range items {
		if _, err := t.exec(ctx, `INSERT INTO job_item (tenant, job, number, outcome) VALUES (?, ?, ?, ?)
			ON CONFLICT (tenant, job, number) DO UPDATE SET outcome = excluded.outcome`, key[0], key[1], item.Number, blob(item.Outcome)); err != nil {
			return err
		}
	}
	return nil
}

type jobItem struct{ *store.SetJobItem }

func (i jobItem) apply(ctx context.Context, c commit) (store.Committed, error) {
	key := []any{int64(i.Lease.Tenant), i.Lease.ID.String()}
	var one int
	err := c.row(ctx, `SELECT 1 FROM job`+held, []any{key[0], key[1], i.Lease.Attempt}, &one)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrLeaseLost
	}
	if err != nil {
		return store.Committed{}, err
	}
	return store.Committed{Changed: true}, c.itemise(ctx, key, []store.JobItem{i.Item})
}
