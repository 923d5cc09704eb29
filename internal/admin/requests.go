package admin

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"rollcall/internal/validation"
	"rollcall/store"
)

// RequestFilter says which logged requests an administrator asks for. Empty
// members ask for any.
type RequestFilter struct {
	// Status is a class of statuses, such as 4xx.
	Status string
	Method string
	// Resource is the id of a resource that the request names.
	Resource string
}

// StatusClasses are the classes of statuses that answers have.
func StatusClasses() []string { return []string{"2xx", "3xx", "4xx", "5xx"} }

// RequestMethods are the methods that requests are logged with.
func RequestMethods() []string { return []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"} }

// Search is what the filter asks the store for; connection, position and size are
// added by the face. What it does not understand is a *validation.Error.
func (f RequestFilter) Search(tenant store.TenantID) (store.RequestSearch, error) {
	search := store.RequestSearch{Tenant: tenant, Method: f.Method}
	if f.Status != "" {
		if !slices.Contains(StatusClasses(), f.Status) {
			return search, validation.Errorf("status", "is one of 2xx, 3xx, 4xx, 5xx")
		}
		search.From = 100 * int(f.Status[0]-'0')
		search.Below = search.From + 100
	}
	if f.Method != "" && !slices.Contains(RequestMethods(), f.Method) {
		return search, validation.Errorf("method", "is one of GET, POST, PUT, PATCH, DELETE, HEAD")
	}
	if f.Resource != "" {
		id, ok := store.ParseID(f.Resource)
		if !ok {
			return search, validation.Errorf("resource", "is the id of a resource")
		}
		search.Subject = id
	}
	return search, nil
}

// requestLog is where the requests of a connection are forgotten.
type requestLog interface {
	ClearRequests(ctx context.Context, tenant store.TenantID, connection uuid.UUID, audit store.Audit) error
}

// ForgetRequests removes all that is logged of the requests of a connection, with
// the row that tells of it. store.ErrNotFound.
func ForgetRequests(ctx context.Context, log requestLog, tenant store.TenantID, connection uuid.UUID, trail store.Audit) error {
	trail.Action = "connection.forget-requests"
	return log.ClearRequests(ctx, tenant, connection, trail)
}
