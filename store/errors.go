package store

import (
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// Sentinel errors. Every backend returns them wrapped with the operation that
// failed; faces map them once. Any other error is a fault of the backend.
var (
	// ErrNotFound says that the addressed row does not exist in the tenant.
	ErrNotFound = errors.New("not found")
	// ErrVersion says that a change named a version which is not the current one.
	ErrVersion = errors.New("version does not match")
	// ErrUniqueness says that a value that must be unique is taken. The error
	// in the chain is a *UniquenessError where the attribute is known.
	ErrUniqueness = errors.New("value is already in use")
	// ErrNoMember says that a group change names a resource that does not exist
	// in the tenant. The error in the chain is a *MemberError.
	ErrNoMember = errors.New("member does not exist")
	// ErrTooMany says that a query would need more work than the backend is
	// willing to do: a sort without an index above the probe cap, or a query
	// that ran into the statement time limit.
	ErrTooMany = errors.New("query matches too many resources")
	// ErrFull says that there are as many of something as there may be; it is worded by
	// who set the number.
	ErrFull = errors.New("there are as many as there may be")
	// ErrInvalid says that a value cannot be stored: it contains NUL, is not
	// valid UTF-8, or a key exceeds MaxKeyBytes.
	ErrInvalid = errors.New("value cannot be stored")
	// ErrUnavailable says that the database cannot be reached at the moment;
	// the change was not acknowledged and may be tried again.
	ErrUnavailable = errors.New("database is unavailable")
	// ErrLeaseLost says that an attempt at a job is over: its lease ran out and
	// another one began, or the job ended.
	ErrLeaseLost = errors.New("lease of the job is lost")
	// ErrLease says that a receiver is or was meanwhile leased by somebody else.
	ErrLease = errors.New("somebody else has the lease")
	// ErrLastOwner says that a tenant would be left without an operator who is
	// an owner.
	ErrLastOwner = errors.New("the last owner has to stay")
	// ErrNewerSchema says that the database was written by a newer release.
	ErrNewerSchema = errors.New("database schema is newer than this program")
	// ErrPendingMigrations says that the database lacks migrations and that the
	// caller asked not to apply them.
	ErrPendingMigrations = errors.New("database has pending migrations")
)

// UniquenessError names the attribute whose value is taken. It matches
// ErrUniqueness.
type UniquenessError struct {
	// Attribute is NameAttribute for Record.Name, else UniqueValue.Attribute;
	// empty where the backend cannot tell.
	Attribute string
}

// NameAttribute stands for Record.Name in a UniquenessError.
const NameAttribute = "$name"

func (e *UniquenessError) Error() string {
	if e.Attribute == "" {
		return ErrUniqueness.Error()
	}
	return fmt.Sprintf("%s: %s", e.Attribute, ErrUniqueness)
}

// Is reports whether target is ErrUniqueness.
func (e *UniquenessError) Is(target error) bool { return target == ErrUniqueness }

// MemberError names members that do not exist. It matches ErrNoMember.
type MemberError struct {
	// IDs holds at least one of the missing members, ten at the most.
	IDs []uuid.UUID
}

func (e *MemberError) Error() string { return fmt.Sprintf("%v: %s", e.IDs, ErrNoMember) }

// Is reports whether target is ErrNoMember.
func (e *MemberError) Is(target error) bool { return target == ErrNoMember }
