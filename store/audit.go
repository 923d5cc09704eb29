package store

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The types of subjects that are not resources. No resource type has such a
// name.
const (
	// TenantSubject is the tenant itself; the id is zero.
	TenantSubject = "$tenant"
	// ConnectionSubject is a connection.
	ConnectionSubject = "$connection"
	// SigningKeySubject is a key that signs security event tokens.
	SigningKeySubject = "$signingKey"
	// TokenSubject is a token; the id is that of its connection.
	TokenSubject = "$token"
	// OperatorSubject is an operator of the console.
	OperatorSubject = "$operator"
	// ViewSubject is a saved view of an operator.
	ViewSubject = "$view"
	// ReceiverSubject is a receiver of events.
	ReceiverSubject = "$receiver"
	// BatchSubject is a batch of orders about many users; the id is that of its
	// job.
	BatchSubject = "$batch"
)

const (
	// MaxAuditPage is the most rows that a page or a step has, whatever its limit.
	MaxAuditPage = 1000
	// MaxAuditBytes is how much the rows of a page hold together before it ends,
	// so that a reader of a page needs bounded memory. The first row is always
	// on it.
	MaxAuditBytes = 8 << 20
	// MaxAuditMembers is how many members the rows of a step name together
	// before it ends.
	MaxAuditMembers = 200_000
)

// Erased stands where a value of a person was.
const Erased = "[erased]"

// AuditReader reads the audit trail.
type AuditReader interface {
	// AuditOf returns the newest rows about one subject, in the order of its
	// versions, newest first, whatever their times say. It looks at all rows
	// about the subject.
	AuditOf(ctx context.Context, key Key, limit int) ([]AuditRow, error)
	// SearchAudit returns one page in the order of time, rows of the same time
	// in the order in which they were written. Rows that are added never shift
	// a page. A row may become visible later than its time says, as long after
	// as its transaction takes: a walk that must miss nothing goes oldest first
	// and is bounded by an Until that lies that far back. ErrInvalid when a text
	// cannot be compared, ErrTooMany when it takes too long.
	SearchAudit(ctx context.Context, search AuditSearch) (AuditPage, error)
}

// AuditKeeper writes what no change writes, and looks after the trail. A row
// that stands is touched by nothing but these methods.
type AuditKeeper interface {
	// Note writes a row about what changes no resource, such as a sign-in of an
	// operator. Its version is zero. ErrInvalid when it cannot be stored.
	Note(ctx context.Context, subject Key, audit Audit) error
	// PruneAudit deletes old rows, step by step, each a short transaction that
	// no writer waits for.
	PruneAudit(ctx context.Context, prune AuditPrune) (AuditStep, error)
	// EraseAudit removes personal data from rows about a subject, step by step:
	// the values before and after become Erased, null stays, and so does the
	// name of what changed. The reason becomes Erased. Who did what and when
	// stays, and the ids in Added and Removed. A second time changes nothing.
	EraseAudit(ctx context.Context, erasure AuditErasure) (AuditStep, error)
}

// AuditRow is a stored Audit with its subject.
type AuditRow struct {
	Audit
	Position TimePosition
	Subject  Key
	// Version is the version of the subject after the change.
	Version int64
	// Added and Removed are the members that a group change really touched.
	Added, Removed []uuid.UUID
}

// Size is about how many bytes the row takes in memory.
func (r AuditRow) Size() int {
	const fixed, id = 256, 16
	return fixed + len(r.Changes) + len(r.Reason) + id*(len(r.Added)+len(r.Removed))
}

// AuditSearch says which rows are wanted. Zero values ask for nothing.
type AuditSearch struct {
	Tenant TenantID
	// SubjectType and Subject name what the rows are about. Rows of groups
	// that gained or lost the subject as a member are among them.
	SubjectType string
	Subject     uuid.UUID
	// ActorKind and ActorID name who did it.
	ActorKind, ActorID string
	// Action is an action, or, when it ends with ".", what actions begin with.
	Action    string
	RequestID string
	// From is the earliest time, Until the first that is too late.
	From, Until time.Time
	// OldestFirst turns the order around.
	OldestFirst bool
	// After is the last row before the page, in the order of the search.
	After TimePosition
	// Limit bounds the page; less than one is an empty page.
	Limit int
}

// Actions returns the first action that Action stands for and the first one
// beyond, when it stands for several.
func (s AuditSearch) Actions() (begin, end string, several bool) {
	// What follows "." in the order of bytes is "/".
	stem, several := strings.CutSuffix(s.Action, ".")
	return stem + ".", stem + "/", several
}

// AuditPage is one page of rows. The walk goes on after its last one.
type AuditPage struct {
	Rows []AuditRow
	// More says that further rows follow.
	More bool
}

// AuditPrune is one step of the retention.
type AuditPrune struct {
	Tenant TenantID
	// Before is the time that the oldest row to stay may have.
	Before time.Time
	// After is where the step before ended; zero begins with the oldest row.
	After TimePosition
	// Limit bounds how many rows are looked at.
	Limit int
}

// AuditErasure is one step of making the rows about a subject anonymous.
type AuditErasure struct {
	Subject Key
	// Below is the version from which on rows stay as they are, so that the row
	// of a purge keeps its reason. Versions are what it goes by because the
	// clocks of servers differ.
	Below int64
	// After is where the step before ended; zero begins with the oldest row.
	After TimePosition
	// Limit bounds how many rows are looked at.
	Limit int
}

// AuditStep is what became of one step.
type AuditStep struct {
	// Rows is how many rows were deleted or changed.
	Rows int
	// Next is where the next step begins.
	Next TimePosition
	// More says that a next step may find something.
	More bool
}
