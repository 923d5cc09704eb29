package store

import (
	"time"

	"github.com/google/uuid"
)

// Change is one change of a Commit: Create, Update, Delete, Restore, Amend,
// Purge, SetTally or SetJobItem.
type Change interface{ change() }

// Create stores a new resource with Version 1.
type Create struct {
	// Record is stored as it is, Version and Groups aside.
	Record Record
	// Unique holds the values that must be free, beside Record.Name.
	Unique []UniqueValue
	// Members are the first members; each must exist in the tenant, under one
	// of MemberTypes, or be created in the same Commit, before or after. Groups
	// that are created in one Commit can so be members of each other.
	Members     []uuid.UUID
	MemberTypes []string
	// PasswordHash is stored apart from the record; empty for none.
	PasswordHash string
	Trail        Trail
}

// Update changes a resource. The version grows by one and Modified is set if
// and only if something changes: Record is given, Facts are given without
// Noted, PasswordHash is given, or membership rows are really added or removed.
// Where nothing changes and nothing is noted, the trail is not written either;
// where something is only noted, and the audit names no action, neither.
type Update struct {
	Key Key
	// Match is the version that the resource must have; 0 means any. With 0
	// the row is locked and the change never fails for a concurrent writer.
	Match int64
	// Record replaces Name, ExternalID, SortName, Label, Document and Index; nil
	// leaves them. Nothing else in it is looked at.
	Record *Record
	// Facts replaces all lifecycle columns, those included that no read
	// returns; nil leaves them.
	Facts *Facts
	// MatchFacts is the revision that the facts must have, ErrVersion when they
	// have another; 0 means any. It holds where Facts is nil, too.
	MatchFacts int64
	// Noted says that the facts are noted only: by themselves they move neither
	// version nor Modified. The trail is written with the version that the
	// resource has then.
	Noted bool
	// Activity replaces the activity if its revision is still that of the one
	// given, ErrVersion otherwise; nil leaves it. It is noted only.
	Activity *Activity
	// SignIns are added to the history; they are noted only.
	SignIns []SignIn
	// Links replaces the links of their kinds; they are noted only.
	Links []Link
	// Jobs are enqueued with the change; they are noted only. Their Most is not
	// looked at.
	Jobs []NewJob
	// RevokeTokens revokes, at Modified, every token whose Subject is the
	// resource and that is not revoked; it is noted only.
	RevokeTokens bool
	// Claim holds unique values that the resource takes, Release those that
	// it gives up.
	Claim, Release []UniqueValue
	// Members changes the membership of a group.
	Members     MemberChange
	MemberTypes []string
	// PasswordHash replaces the stored one; nil leaves it, "" removes it.
	PasswordHash *string
	// Modified is the time of the change. The stored one never moves back: an
	// earlier time than the resource has leaves it as it is.
	Modified time.Time
	Trail    Trail
}

// MemberChange is a folded change of a group's members. Adding who is a
// member and removing who is none change nothing.
type MemberChange struct {
	// Replace makes Add the whole membership; Remove is then empty.
	Replace     bool
	Add, Remove []uuid.UUID
	// RemoveWhere removes the members that satisfy a condition, before Add and
	// Remove: who satisfies it and is in Add stays. Only And, Or, Not, Const and
	// CompareColumn of ColumnRelatedID and ColumnRelatedType occur in it. It
	// is nil with Replace.
	RemoveWhere Expr
}

// IsZero reports whether the change asks for nothing.
func (m MemberChange) IsZero() bool {
	return !m.Replace && len(m.Add) == 0 && len(m.Remove) == 0 && m.RemoveWhere == nil
}

// Delete moves a resource to the departed ones, with a snapshot of its
// memberships in both directions, and releases its unique values, its password
// and its links. Groups that lose a member grow by one version, with Modified
// set to At unless it is later. The activity and the history of sign-ins stay.
// Tokens whose Subject is the resource are revoked at At.
type Delete struct {
	Key Key
	// Match is the version that the resource must have; 0 means any.
	Match int64
	At    time.Time
	// Facts are the lifecycle columns of the departed row; nil keeps those of
	// the resource.
	Facts *Facts
	// MatchFacts is the revision that the facts must have; 0 means any.
	MatchFacts int64
	// Keep leaves the membership rows in place, in both directions, beside the
	// snapshot; an Amend with Strip removes them later. Whoever reads members or
	// groups passes over the side that is gone, as far as it asks for a label.
	Keep bool
	// HeldBy is the connection whose delete the mass guard holds; zero where it
	// is that of no connection. It is looked at with Keep alone, and gone when an
	// Amend strips.
	HeldBy uuid.UUID
	// PurgeAfter is when the departed row is due to be purged; zero for not by
	// itself.
	PurgeAfter time.Time
	Trail      Trail
}

// Restore moves a departed resource back. It puts back the memberships of the
// snapshot whose other side is living; groups that gain a member grow by one
// version. ErrNotFound when there is no such departed resource, ErrUniqueness
// when a value has been taken since.
type Restore struct {
	// Match is the version that the departed row must have; 0 means any.
	Match int64
	// Record is stored as it is, Version, Created, Groups and Activity aside: the
	// version goes on from the departed row, and Created is as it was.
	Record Record
	// Unique are all its unique values, beside Record.Name.
	Unique []UniqueValue
	// PasswordHash is stored apart from the record; empty for none.
	PasswordHash string
	Trail        Trail
}

// Amend changes the facts of a departed resource; its version grows by one.
// ErrNotFound when there is no such departed resource.
type Amend struct {
	Key Key
	// Match is the version that the departed row must have; 0 means any.
	Match int64
	Facts Facts
	// PurgeAfter is when the departed row is due to be purged; zero for not by
	// itself.
	PurgeAfter time.Time
	// Strip removes membership rows that a Delete with Keep left in place.
	// Groups that lose a member grow by one version.
	Strip bool
	Trail Trail
}

// Purge removes a departed resource for good, with its activity, its history of
// sign-ins and what is left of its memberships, and leaves the tombstone of its
// id, marked for Erasures. Groups that lose a member grow by one version. ErrNotFound when there is no
// such departed resource.
type Purge struct {
	Key Key
	// Match is the version that the departed row must have; 0 means any.
	Match int64
	Trail Trail
}

// SetTally replaces the tally of a connection, or that of the tenant itself, if
// its revision is still Match, ErrVersion otherwise. ErrNotFound when there is
// no such connection or tenant.
type SetTally struct {
	Tenant TenantID
	// Connection is zero for the tally of the tenant.
	Connection uuid.UUID
	// Match is the revision that the tally must have.
	Match int64
	// Data is a JSON object, opaque to the store.
	Data []byte
	// Audit is written with it, about the Subject; nothing is where it names no
	// action.
	Audit Audit
	// Events are written to the outbox about the Subject, at Audit.At, with the
	// revision after the change as their version.
	Events []Event
	// Jobs are enqueued with it. Their Most is not looked at.
	Jobs []NewJob
}

// Subject is what a tally is about, as the audit trail names it.
func (t *SetTally) Subject() Key {
	key := Key{Tenant: t.Tenant, Type: ConnectionSubject, ID: t.Connection}
	if t.Connection == uuid.Nil {
		key.Type = TenantSubject
	}
	return key
}

// SetJobItem stores the outcome of a part of a job together with the changes
// that are that part: it is told if and only if it was done, and by one attempt.
// An item that has the number already is replaced. ErrLeaseLost when the lease
// does not hold.
type SetJobItem struct {
	Lease JobLease
	Item  JobItem
}

func (*Create) change()     {}
func (*Update) change()     {}
func (*Delete) change()     {}
func (*Restore) change()    {}
func (*Amend) change()      {}
func (*Purge) change()      {}
func (*SetTally) change()   {}
func (*SetJobItem) change() {}

// Trail is what a change leaves behind in the same transaction.
type Trail struct {
	Audit Audit
	// Events are written to the outbox with the version after the change.
	Events []Event
}

// Audit is one row of the audit trail. The subject is the key of the change;
// members that were really added and removed are recorded by the backend.
type Audit struct {
	At time.Time
	// ActorKind is ActorConnection or another one of these.
	ActorKind string
	// ActorID identifies the actor inside its kind.
	ActorID string
	// Action is what was done, such as "user.create".
	Action    string
	RequestID string
	// Reason is the actor's words, may be empty.
	Reason string
	// Changes is a JSON object {"path": [before, after]} without secrets; nil
	// is stored as an empty object.
	Changes []byte
}

// Event is one row of the outbox, rendered at commit.
type Event struct {
	// Type is the event type, such as "prov:create".
	Type string
	// Payload is a JSON object.
	Payload []byte
}

// Committed is what became of one Change.
type Committed struct {
	// Version is the version after the change. A Delete counts as one, so that
	// the trail of a resource never names a version twice.
	Version int64
	// Modified is when the resource last changed, this change included.
	Modified time.Time
	// Changed tells whether the version moved. It did not where nothing had to
	// change, or something was only noted.
	Changed bool
	// Lost are the groups and members of the snapshot that a Restore could not
	// put back, because they are gone, by id; a thousand of them at the most.
	Lost []uuid.UUID
}
