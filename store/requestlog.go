package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// LoggedRequest is what is remembered of a request of a connection. Nothing in it
// is secret: who logs it has taken that out.
type LoggedRequest struct {
	Tenant     TenantID
	Connection uuid.UUID
	// At is when it came; Number tells requests of one time apart and finds one
	// again. It is set by the store.
	At     time.Time
	Number int64
	// RequestID is the id that audit rows of the request have.
	RequestID string
	Method    string
	// Path is the path of the address, Query what stood behind it.
	Path, Query string
	Status      int
	// Took is how long the answer took, in microseconds.
	Took time.Duration
	// Normalisations are the names of those that it needed.
	Normalisations []string
	// Subjects are the ids that it names: of what it changed, of what was shown,
	// of members.
	Subjects       []uuid.UUID
	Sent, Answered LoggedBody
}

// LoggedBody is a body that was kept, or not.
type LoggedBody struct {
	// Text is the body, nil where there is none or it was not kept.
	Text []byte
	// Left says why it was not kept; empty where it was, or there was none.
	Left WhyLeft
}

// WhyLeft is why a body was not kept.
type WhyLeft string

// Why bodies are not kept.
const (
	// LeftLarge: it is larger than what is kept.
	LeftLarge WhyLeft = "large"
	// LeftUnread: the request was refused before it was read.
	LeftUnread WhyLeft = "unread"
	// LeftUnreadable: it is no JSON object, so that nobody can tell what in it is
	// secret.
	LeftUnreadable WhyLeft = "unreadable"
	// LeftSecret: it repeats something secret.
	LeftSecret WhyLeft = "secret"
)

// WhysLeft are all there are.
func WhysLeft() []WhyLeft { return []WhyLeft{LeftLarge, LeftUnread, LeftUnreadable, LeftSecret} }

// Position is the place of the request in the order of time.
func (r *LoggedRequest) Position() TimePosition { return TimePosition{At: r.At, Number: r.Number} }

// RequestSearch says which requests of a tenant to find.
type RequestSearch struct {
	Tenant TenantID
	// Connection and Subject are zero for any.
	Connection, Subject uuid.UUID
	// Method is empty for any.
	Method string
	// From and Below bound the status: From <= status < Below. Both are 0 for any.
	From, Below int
	// After is the last request before the page; zero begins with the newest.
	After TimePosition
	// Limit bounds the page; less than one is an empty page.
	Limit int
}

// RequestPage is one page of requests, newest first, without their bodies and
// subjects.
type RequestPage struct {
	Requests []LoggedRequest
	// More says that there are others behind it.
	More bool
}

// RequestLog remembers the last requests of connections for a while. What it
// holds may be lost at any time without harm.
type RequestLog interface {
	RequestLogger
	RequestReader
	RequestClearer
	RequestKeeper
}

// RequestLogger takes requests in.
type RequestLogger interface {
	// LogRequests stores requests, all or none, and removes the oldest ones of
	// their connections beyond the newest most. Requests with a subject that was
	// purged are passed over. ErrNotFound when a connection does not exist.
	LogRequests(ctx context.Context, requests []LoggedRequest, most int) error
}

// RequestReader shows them.
type RequestReader interface {
	// LoggedRequests returns one page.
	LoggedRequests(ctx context.Context, search RequestSearch) (RequestPage, error)
	// LoggedRequest returns one request of a connection with all that there is of
	// it. ErrNotFound.
	LoggedRequest(ctx context.Context, tenant TenantID, connection uuid.UUID, number int64) (LoggedRequest, error)
}

// RequestClearer erases them when somebody asks for that.
type RequestClearer interface {
	// ClearRequests removes all requests of a connection, with a row of the audit
	// trail about it. ErrInvalid when the row cannot be stored.
	ClearRequests(ctx context.Context, tenant TenantID, connection uuid.UUID, audit Audit) error
}

// RequestKeeper ends how long they are kept.
type RequestKeeper interface {
	// ForgetRequests removes up to limit requests of a tenant that are older than
	// a time, and returns how many.
	ForgetRequests(ctx context.Context, tenant TenantID, before time.Time, limit int) (int, error)
}
