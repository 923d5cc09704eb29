package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Jobs reads and writes jobs: JobQueue for who asks for them and looks at
// them, JobLeases for who runs them.
type Jobs interface {
	JobQueue
	JobLeases
}

// JobQueue enqueues jobs and tells what has become of them.
type JobQueue interface {
	// Enqueue stores a queued job. ErrUniqueness when the id is taken in the
	// tenant, ErrFull when the tenant has NewJob.Most unfinished jobs,
	// ErrInvalid for texts and sizes that cannot be stored.
	Enqueue(ctx context.Context, job NewJob) error
	// Job returns a job or ErrNotFound.
	Job(ctx context.Context, tenant TenantID, id uuid.UUID) (Job, error)
	// Jobs lists jobs, newest first.
	Jobs(ctx context.Context, query JobQuery) ([]ListedJob, error)
	// JobResult returns the result of a finished job, nil where it has none.
	// ErrNotFound when the job does not exist or is not finished.
	JobResult(ctx context.Context, tenant TenantID, id uuid.UUID) ([]byte, error)
	// JobItems lists items by number, those after one; -1 begins. A job that
	// does not exist has none.
	JobItems(ctx context.Context, tenant TenantID, id uuid.UUID, after int64, limit int) ([]JobItem, error)
	// CancelJob ends a queued job and marks a running one, whose attempt learns
	// of it when it next saves or renews. It returns the job as it is then; one
	// that is finished stays as it is. ErrNotFound.
	CancelJob(ctx context.Context, tenant TenantID, id uuid.UUID, at, expires time.Time) (Job, error)
	// SweepJobs deletes up to limit finished jobs that expired at or before now,
	// with all that belongs to them, in all tenants, and tells how many.
	SweepJobs(ctx context.Context, now time.Time, limit int) (int, error)
}

// JobLeases runs jobs. At most one attempt at a job holds its lease: all but
// ClaimJob are ErrLeaseLost for any other one, and change nothing then.
type JobLeases interface {
	// ClaimJob leases the job that is next: queued with RunAfter not after Now,
	// or running with a lease that ended by Now, which counts as a failure. Of
	// the tenants that have such a job, the one with the fewest under lease is
	// next, and of these the one whose job waits longest; inside a tenant the
	// job that is due longest. Claimers at the same time get different jobs and
	// do not wait for each other. ErrNotFound when nothing is due.
	ClaimJob(ctx context.Context, claim JobClaim) (ClaimedJob, error)
	// RenewJob moves the end of the lease. It reports whether the job is to be
	// cancelled.
	RenewJob(ctx context.Context, lease JobLease, until time.Time) (cancelling bool, err error)
	// SaveJob stores progress, checkpoint and items together. It reports whether
	// the job is to be cancelled.
	SaveJob(ctx context.Context, lease JobLease, save JobSave) (cancelling bool, err error)
	// FinishJob ends the job, drops input and checkpoint and writes the events,
	// all or nothing.
	FinishJob(ctx context.Context, lease JobLease, end JobEnd) error
	// RetryJob ends a failed attempt: the job is queued again, with its
	// checkpoint.
	RetryJob(ctx context.Context, lease JobLease, runAfter time.Time, reason string) error
	// ReleaseJob ends an attempt that could not be completed and has not failed:
	// the job is queued again, due at a time, with its checkpoint.
	ReleaseJob(ctx context.Context, lease JobLease, at time.Time) error
}
