package sqlite

import (
	"database/sql"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// jobRow is a job as it is stored.
type jobRow struct {
	job                                           store.Job
	connection                                    uuid.NullUUID
	runAfter, created                             int64
	leased, started, finished, expires, takenOver sql.NullInt64
}

func (r *jobRow) into() []any {
	j := &r.job
	return []any{
		&j.Tenant, &j.ID, &j.Kind, &j.State, &j.ActorKind, &j.ActorID, &r.connection, &j.RequestID,
		&j.Progress.Done, &j.Progress.Total, &j.Progress.Failed, &j.Attempt, &j.Failures, &j.Reason, &j.Cancelling,
		&r.runAfter, &r.leased, &j.LeaseOwner, &r.created, &r.started, &r.finished, &r.expires, &r.takenOver,
	}
}

func (r *jobRow) read() store.Job {
	job := r.job
	job.Connection, job.RunAfter, job.Created = r.connection.UUID, instant(r.runAfter), instant(r.created)
	for _, time := range []struct {
		from sql.NullInt64
		into *time.Time
	}{{r.leased, &job.LeasedUntil}, {r.started, &job.Started}, {r.finished, &job.Finished}, {r.expires, &job.Expires}, {r.takenOver, &job.TakenOver}} {
		if time.from.Valid {
			*time.into = instant(time.from.Int64)
		}
	}
	return job
}
