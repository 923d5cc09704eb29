package postgres

import (
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

// jobRow receives jobColumns.
type jobRow struct {
	store.Job
	id, connection                                                     pgtype.UUID
	state                                                              string
	runAfter, leased, created, started, finished, expiresAt, takenOver pgtype.Timestamptz
}

func (w *jobRow) targets() []any {
	return []any{
		(*int64)(&w.Tenant), &w.id, &w.Kind, &w.state, &w.ActorKind, &w.ActorID, &w.connection, &w.RequestID,
		&w.Progress.Done, &w.Progress.Total, &w.Progress.Failed, &w.Attempt, &w.Failures, &w.Reason, &w.Cancelling,
		&w.runAfter, &w.leased, &w.LeaseOwner, &w.created, &w.started, &w.finished, &w.expiresAt, &w.takenOver,
	}
}

func (w *jobRow) job() store.Job {
	job := w.Job
	job.ID, job.Connection, job.State = w.id.Bytes, w.connection.Bytes, store.JobState(w.state)
	job.RunAfter, job.LeasedUntil, job.Created = instant(w.runAfter), instant(w.leased), instant(w.created)
	job.Started, job.Finished, job.Expires, job.TakenOver = instant(w.started), instant(w.finished), instant(w.expiresAt), instant(w.takenOver)
	return job
}
