package store

import (
	"time"

	"github.com/google/uuid"
)

// JobState is where a job stands.
type JobState string

// The states of a job. Queued and running ones are unfinished: they have due
// times. The others are the end, and are kept until they expire.
const (
	JobQueued    JobState = "queued"
	JobRunning   JobState = "running"
	JobSucceeded JobState = "succeeded"
	// JobFailed ended as its handler decided, JobDead because it failed too
	// often for anybody to try again.
	JobFailed    JobState = "failed"
	JobDead      JobState = "dead"
	JobCancelled JobState = "cancelled"
)

// Finished reports whether a job in this state is over.
func (s JobState) Finished() bool { return s != JobQueued && s != JobRunning }

// What a job may hold, in bytes. What is larger is ErrInvalid.
const (
	MaxJobInput      = 40 << 20
	MaxJobCheckpoint = 64 << 10
	MaxJobResult     = 16 << 20
	MaxJobOutcome    = 256 << 10
)

// JobSubject is the type of the subject of events about jobs, whose id is that
// of the job.
const JobSubject = "Job"

// Job is one piece of work that outlives the request that asked for it.
type Job struct {
	Tenant TenantID
	// ID is a UUIDv7: the order of ids is that in which jobs were asked for.
	ID uuid.UUID
	// Kind says who can run it, such as "scim.async".
	Kind  string
	State JobState
	// ActorKind and ActorID are on whose behalf it runs, as in Audit; Connection
	// is zero where none has asked for it.
	ActorKind, ActorID string
	Connection         uuid.UUID
	RequestID          string
	Progress           JobProgress
	// Attempt counts the claims: it tells a lease from those before it.
	Attempt int
	// Failures counts attempts that failed or whose lease ran out.
	Failures int
	// Reason is why the last attempt failed, in fixed words; that a lease ran out is no
	// reason.
	Reason string
	// Cancelling says that a running job is to be ended.
	Cancelling bool
	// RunAfter is before when no attempt begins.
	RunAfter time.Time
	// LeaseOwner runs the job until LeasedUntil; empty and zero unless running.
	LeaseOwner  string
	LeasedUntil time.Time
	Created     time.Time
	// Started is when the first attempt began, Finished when the job ended,
	// Expires when it and its results are no longer kept; zero until then.
	Started, Finished, Expires time.Time
	// TakenOver is when an attempt last went on with it because the lease of the one
	// before had run out; zero for never.
	TakenOver time.Time
}

// JobProgress counts what a job has done of what it has to do.
type JobProgress struct{ Done, Total, Failed int64 }

// NewJob is a job to be enqueued.
type NewJob struct {
	// Job has State, Progress and what attempts set left empty.
	Job Job
	// Input is what the job is about, opaque. It is gone when the job ends.
	Input []byte
	// Items are stored with the job, and stay as long as it is kept.
	Items []JobItem
	// Most is how many unfinished jobs the tenant may have with this one, about:
	// several that come at once may exceed it by their number. Zero: no limit.
	Most int
}

// JobClaim asks for a job to run.
type JobClaim struct {
	// Kinds are those that the claimer can run.
	Kinds []string
	// Owner names the claimer, for people who look.
	Owner string
	// Now is what due times are compared with, Until the end of the lease.
	Now, Until time.Time
}

// ClaimedJob is a job with what it takes to run it.
type ClaimedJob struct {
	Job
	Input []byte
	// Checkpoint is what was saved last; nil for none.
	Checkpoint []byte
}

// Lease names one attempt at a job.
func (j *Job) Lease() JobLease { return JobLease{Tenant: j.Tenant, ID: j.ID, Attempt: j.Attempt} }

// JobLease is the right of one attempt to write to its job. It ends with the
// next claim, with whatever ends the attempt, and not by time alone: who was
// late and is still the last may go on.
type JobLease struct {
	Tenant  TenantID
	ID      uuid.UUID
	Attempt int
}

// JobSave is what an attempt has got to.
type JobSave struct {
	Progress JobProgress
	// Checkpoint is where another attempt goes on, opaque.
	Checkpoint []byte
	// Items are stored with it; one that has a number already is replaced, so
	// that what is done again is not told twice.
	Items []JobItem
}

// JobItem is the outcome of one part of a job.
type JobItem struct {
	// Number is the place of the part in the job, from 0.
	Number int64
	// Outcome is opaque.
	Outcome []byte
}

// JobEnd is the end of a job.
type JobEnd struct {
	// State is one that is Finished.
	State JobState
	// At is the end, Expires when the job may be swept.
	At, Expires time.Time
	// Progress replaces the one that is saved; nil leaves it.
	Progress *JobProgress
	// Result is opaque.
	Result []byte
	Reason string
	// Events are written to the outbox, with the job as their subject and their
	// numbers from 1 as versions.
	Events []Event
}

// JobQuery asks for a page of the jobs of a tenant.
type JobQuery struct {
	Tenant TenantID
	// Kinds narrows it; empty for all.
	Kinds []string
	// Before is the last job of the page before; zero for the first page.
	Before uuid.UUID
	// EndedAfter leaves out what had ended by then, zero for nothing: with a time to
	// come, what is not over is left.
	EndedAfter time.Time
	// First asks for item 0 of each.
	First bool
	Limit int
}

// ListedJob is a job as a list has it.
type ListedJob struct {
	Job

	// First is the outcome of its item 0; nil where it has none or nobody asked.
	First []byte
}
