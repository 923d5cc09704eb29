package store

import (
	"time"

	"github.com/google/uuid"
)

// Change is one change of a Commit: Create, Update or Delete.
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
// and only if something changes: Record is given, PasswordHash is given, or
// membership rows are really added or removed. Where nothing changes, the
// trail is not written either.
type Update struct {
	Key Key
	// Match is the version that the resource must have; 0 means any. With 0
	// the row is locked and the change never fails for a concurrent writer.
	Match int64
	// Record replaces Name, ExternalID, SortName, Label, Document, Index and
	// Facts; nil leaves them. Key, Version, Created and Modified in it are
	// not looked at.
	Record *Record
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
// memberships in both directions, and releases its unique values. Groups that
// lose a member grow by one version, with Modified set to At unless it is later.
type Delete struct {
	Key Key
	// Match is the version that the resource must have; 0 means any.
	Match int64
	At    time.Time
	// PurgeAfter is when the departed row may be purged.
	PurgeAfter time.Time
	Trail      Trail
}

func (*Create) change() {}
func (*Update) change() {}
func (*Delete) change() {}

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
	// ActorKind is "connection", "user" (in its own resource), "operator",
	// "command" or "system".
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
	// Changed is false where nothing had to change.
	Changed bool
}
