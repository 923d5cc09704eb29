package store

import (
	"context"
	"time"
)

// Link is what a person follows from a mail to prove who they are. Only a hash
// of its secret exists.
type Link struct {
	// Kind is what it is for, such as "invite"; a resource has one of a kind.
	Kind string
	// Hash is the SHA-256 of the secret; nil removes the link of that kind.
	Hash    []byte
	Expires time.Time
}

// Accounts reads what is kept of accounts beside the resources.
type Accounts interface {
	// LinkOf finds a link by its hash, expired ones included. ErrNotFound when
	// there is none, or its resource is not living.
	LinkOf(ctx context.Context, tenant TenantID, kind string, hash []byte) (Key, Link, error)
	// SignIns returns the history of sign-ins of a resource, newest first, and
	// of one time those stored last first, from before a position (zero: from the
	// newest).
	SignIns(ctx context.Context, key Key, before TimePosition, limit int) ([]SignIn, error)
}
