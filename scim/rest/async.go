package rest

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/scim/async"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// asyncRoute is where completions are, below the root.
const asyncRoute = "/AsyncStatus"

// maxAsyncBody bounds what is kept of a request: a bulk request of the usual
// limit. Larger group bodies are read as a stream, and only synchronously.
const maxAsyncBody = 8 << 20

var errNoCompletion = fault.NotFound("there is no asynchronous request of this id, or it is no longer kept, or somebody else made it")

// wishesAsync reports whether a request is to be answered before it has been
// carried out: a write that asks for it (RFC 9967 section 2.5.1.1).
func (f *face) wishesAsync(r *http.Request) bool {
	if f.Async == nil || r.Header.Get("Prefer") == "" {
		return false
	}
	switch r.Method {
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
	case http.MethodPost:
		if strings.HasSuffix(r.URL.Path, "/.search") {
			return false // it changes nothing
		}
	default:
		return false
	}
	return preferred(r.Header).async
}

// async lets a client have a request carried out later. t is nil for a bulk
// request. What is wrong with the request itself is refused at once.
func (f *face) async(t *schema.ResourceType, next echo.HandlerFunc) echo.HandlerFunc {
	if f.Async == nil {
		return next
	}
	return func(c echo.Context) error {
		if !f.wishesAsync(c.Request()) {
			return next(c)
		}
		request, err := f.deferred(c, t)
		if err != nil {
			return err
		}
		s, caller := sessionOf(c), f.caller(c)
		txn, err := f.Async.Accept(c.Request().Context(), caller, s.identity.Connection.ID, request)
		if err != nil {
			if refused, ok := fault.As(err); ok && refused.Status == http.StatusTooManyRequests {
				retryAfter(c, asyncPause)
			}
			return err
		}
		if wait := preferred(c.Request().Header).wait; wait > 0 {
			if w, ok := c.Response().Writer.(interface{ Moved() }); ok {
				caller.Progress = w.Moved
			}
			done, err := f.Async.Wait(c.Request().Context(), caller, s.identity.Connection.ID, txn, wait)
			if err == nil && done.Done {
				return f.answerCompleted(c, done)
			}
			// The request is kept, whatever became of waiting for it.
		}
		return f.accepted(c, txn)
	}
}

// asyncPause is when a client should ask again.
const asyncPause = time.Second

// deferred reads a request as far as that needs nothing of the store.
func (f *face) deferred(c echo.Context, t *schema.ResourceType) (*async.Request, error) {
	r := c.Request()
	request := &async.Request{Method: r.Method, Match: strings.Join(r.Header.Values("If-Match"), ","), MayLifecycle: sessionOf(c).identity.Has(auth.ScopeLifecycleWrite), MayRoles: sessionOf(c).identity.Has(auth.ScopeRolesWrite)}
	limit := min(f.Limits.MaxBulkBody, maxAsyncBody)
	if t != nil {
		p, err := parameters(r)
		if err != nil {
			return nil, err
		}
		request.Type, request.View = t.Name, p.view
		if r.Method != http.MethodPost {
			request.ID = addressed(c)
		}
		if t.Members == nil {
			limit = min(f.Limits.MaxBody, maxAsyncBody)
		}
	}
	if r.Method == http.MethodDelete {
		return request, nil
	}
	body, err := limited(r, limit)
	if err != nil {
		return nil, err
	}
	if request.Body, err = io.ReadAll(body); err != nil {
		return nil, err
	}
	value := jsontext.Value(request.Body)
	if value.Kind() != '{' || !value.IsValid() {
		return nil, fault.New(fault.InvalidSyntax, "the body is not a JSON object: broken JSON, a repeated name or text that is not UTF-8")
	}
	return request, nil
}
