package postgres

import (
	"errors"

	"rollcall/store"
)

// setJobItemSQL fails with the state of a version that does not match where the
// lease does not hold: the pipeline has to end there.
const setJobItemSQL = `WITH leased AS MATERIALIZED (SELECT j.tenant, j.id FROM job j` + held + `FOR SHARE),
	noted AS (INSERT INTO job_item (tenant, job, number, outcome) SELECT l.tenant, l.id, $4::bigint, $5::bytea FROM leased l
		ON CONFLICT (tenant, job, number) DO UPDATE SET outcome = excluded.outcome)
	SELECT rollcall_require_current(EXISTS (SELECT 1 FROM leased))`

// setJobItem adds the statement that stores an outcome.
func (p *plan) setJobItem(at int, change *store.SetJobItem) {
	outcome := change.Item.Outcome
	if outcome == nil {
		outcome = []byte{}
	}
	lease := change.Lease
	p.steps = append(p.steps, step{change: at, sql: setJobItemSQL, args: []any{
		int64(lease.Tenant), id(lease.ID), int64(lease.Attempt), change.Item.Number, outcome,
	}})
	p.committed[at] = store.Committed{Changed: true}
}

// leaseLost is what a version that does not match means of a job.
func leaseLost(err error) error {
	if errors.Is(err, store.ErrVersion) {
		return store.ErrLeaseLost
	}
	return err
}
