package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// OwnerRole is the role of operators of whom one always remains. The other
// roles are opaque to the store.
const OwnerRole = "owner"

// Operator is a person who administers a tenant in the console; never a SCIM
// resource, and nothing that SCIM can make or touch.
type Operator struct {
	ID     uuid.UUID
	Tenant TenantID
	// Name is unique in the tenant.
	Name string
	Role string
	// Issuer and Subject are who the operator is at an OpenID provider, unique
	// together in the tenant; both empty for one who signs in by links alone.
	Issuer, Subject string
	// LastSignIn is zero for one who never signed in.
	Created, LastSignIn time.Time
}

// OperatorGrant is an operator with its tenant, in one look-up.
type OperatorGrant struct {
	Operator Operator
	Tenant   Tenant
}

// Operators reads and writes operators.
type Operators interface {
	// CreateOperator stores an operator. ErrUniqueness when the name, or who it
	// is at the provider, is taken in the tenant; ErrNotFound without the tenant.
	CreateOperator(ctx context.Context, operator Operator, audit Audit) error
	// Operator returns an operator by its id. ErrNotFound.
	Operator(ctx context.Context, tenant TenantID, id uuid.UUID) (Operator, error)
	// OperatorsOf lists the operators of all tenants who are that subject at a
	// provider, one a tenant at most, by the name of the tenant. Nobody is no
	// error; one who signs in by links alone is nobody's subject.
	OperatorsOf(ctx context.Context, issuer, subject string) ([]OperatorGrant, error)
	// Operators lists the operators of a tenant by name.
	Operators(ctx context.Context, tenant TenantID) ([]Operator, error)
	// UpdateOperator replaces Name, Role, Issuer and Subject of an operator that
	// has those of before still: ErrVersion otherwise. ErrNotFound, ErrUniqueness,
	// and ErrLastOwner when an owner would be one no more and none is left.
	UpdateOperator(ctx context.Context, before, after Operator, audit Audit) error
	// DeleteOperator removes an operator with its sessions and links.
	// ErrNotFound, and ErrLastOwner when it is the one owner.
	DeleteOperator(ctx context.Context, tenant TenantID, id uuid.UUID, audit Audit) error
}

// SignInLink lets an operator sign in once. Only a hash of its secret exists.
type SignInLink struct {
	// Hash is the SHA-256 of the secret.
	Hash     []byte
	Tenant   TenantID
	Operator uuid.UUID
	Expires  time.Time
}

// Session is an operator who has signed in. Only a hash of its secret exists.
type Session struct {
	ID uuid.UUID
	// Hash is the SHA-256 of the secret, unique over all tenants.
	Hash     []byte
	Tenant   TenantID
	Operator uuid.UUID
	// Seen is about when it was last used, Expires when it ends at the latest.
	Created, Seen, Expires time.Time
	// Address and Agent are where from and by what the operator signed in.
	Address, Agent string
}

// SessionGrant is a session with whose it is, in one look-up.
type SessionGrant struct {
	Session  Session
	Operator Operator
	Tenant   Tenant
}

// Sessions reads and writes how operators sign in, and that they have.
type Sessions interface {
	// CreateSignInLink stores a link. ErrNotFound without the operator.
	CreateSignInLink(ctx context.Context, link SignInLink, audit Audit) error
	// SignInLink returns the link with that hash, expired ones included, with
	// Session empty but for when it ends. ErrNotFound.
	SignInLink(ctx context.Context, hash []byte) (SessionGrant, error)
	// OpenSession stores a session, and when the operator last signed in. With
	// the hash of a link it uses that up: ErrNotFound when there is none of the
	// operator that holds when the session begins, and without the operator.
	OpenSession(ctx context.Context, session Session, link []byte, audit Audit) error
	// SessionOf returns the session with that hash, expired ones included, and
	// whose it is. ErrNotFound.
	SessionOf(ctx context.Context, hash []byte) (SessionGrant, error)
	// Sessions lists the sessions of a tenant, expired ones included, newest
	// first.
	Sessions(ctx context.Context, tenant TenantID) ([]Session, error)
	// EndSession removes a session. ErrNotFound.
	EndSession(ctx context.Context, tenant TenantID, id uuid.UUID, audit Audit) error
	// TouchSession moves Seen forward; an unknown id is passed over.
	TouchSession(ctx context.Context, tenant TenantID, id uuid.UUID, seen time.Time) error
	// ForgetSessions removes sessions and links of all tenants that ended
	// before a time, and returns how many.
	ForgetSessions(ctx context.Context, before time.Time) (int, error)
}
