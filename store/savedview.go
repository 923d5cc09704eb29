package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// SavedView is a list of users that an operator has given a name.
type SavedView struct {
	ID     uuid.UUID
	Tenant TenantID
	// Operator is whose it is.
	Operator uuid.UUID
	// Name is unique among those of its operator.
	Name string
	// Query says what the list shows, as parameters of an address; opaque.
	Query string
	// Shared says that all operators of the tenant see it.
	Shared  bool
	Created time.Time
}

// MaxSharedViews is how many shared views of others a list has at most.
const MaxSharedViews = 200

// SavedViews reads and writes saved views.
type SavedViews interface {
	// CreateView stores a view. ErrUniqueness when its operator has another one
	// of that name, ErrNotFound without the operator, ErrFull when the operator
	// has most views already, about: several that come at once may exceed it by
	// their number.
	CreateView(ctx context.Context, view SavedView, most int, audit Audit) error
	// View returns a view by its id. ErrNotFound.
	View(ctx context.Context, tenant TenantID, id uuid.UUID) (SavedView, error)
	// Views lists the views of an operator, then up to MaxSharedViews that others
	// share, each by name.
	Views(ctx context.Context, tenant TenantID, operator uuid.UUID) ([]SavedView, error)
	// DeleteView removes a view. ErrNotFound. Views go with their operator.
	DeleteView(ctx context.Context, tenant TenantID, id uuid.UUID, audit Audit) error
}
