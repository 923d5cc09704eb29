package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/internal/hangup"
	"rollcall/internal/requestid"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

var (
	errNobody          = fault.NotFound("the token acts for a connection, not for a user: there is no resource at /Me")
	errForeignTenant   = fault.NotFound("the tenant does not exist, or the token belongs to another one")
	errTooManyRequests = fault.Plain(http.StatusTooManyRequests, "too many requests; try again after the time in Retry-After")
	errFailedTooOften  = fault.Plain(http.StatusTooManyRequests, "too many requests with tokens that are not valid, this one included; try again after the time in Retry-After")
)

// drained bounds what is read of a body that was refused for its size.
const drained = 32 << 20

// scopeError says that a token lacks a scope.
type scopeError struct{ scope auth.Scope }

func (e *scopeError) Error() string { return fmt.Sprintf("the token lacks the scope %s", e.scope) }

// fail answers an error. It is the only place where errors become statuses.
func (f *face) fail(c echo.Context, err error) {
	response, request := c.Response(), c.Request()
	if response.Committed {
		return
	}
	err, gone := hangup.Judge(c, err)
	if gone {
		return
	}
	if refused, ok := fault.As(err); ok && refused.Status == http.StatusRequestEntityTooLarge {
		// A client that writes its whole body before it reads would not see
		// the answer if the connection were cut under it.
		_, _ = io.CopyN(io.Discard, request.Body, drained)
	}
	refused := f.refusal(c, err)
	header := response.Header()
	if media := header.Get("Content-Type"); media != jsonMedia {
		header.Set("Content-Type", scimMedia)
	}
	header.Del("ETag")
	header.Del("Location")
	header.Del("Link")
	header.Set("Cache-Control", "no-store")
	body := appendError(nil, refused)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	response.WriteHeader(refused.Status)
	if request.Method != http.MethodHead {
		_, _ = response.Write(body)
	}
}

// refusal maps an error to what the client is told, and sets the headers that
// belong to it.
func (f *face) refusal(c echo.Context, err error) *fault.Error {
	header := c.Response().Header()
	var scope *scopeError
	var routing *echo.HTTPError
	refused, isFault := fault.As(err)
	switch {
	case errors.Is(err, auth.ErrInvalidToken), errors.Is(err, scim.ErrSubject):
		return f.invalidToken(c)
	case isFault:
		if refused.Status == http.StatusServiceUnavailable {
			return f.unavailable(c, err, refused)
		}
		if refused.RetryAfter > 0 {
			retryAfter(c, refused.RetryAfter)
		}
		return refused
	case errors.Is(err, auth.ErrNoCredentials):
		f.challenge(c, "")
		return fault.Plain(http.StatusUnauthorized, "a bearer token is required")
	case errors.Is(err, auth.ErrUnmapped):
		return fault.Plain(http.StatusForbidden, "the token is valid but belongs to no tenant and connection of this server")
	case errors.As(err, &scope):
		header.Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="scim", error="insufficient_scope", scope=%q`, scope.scope))
		return fault.Plain(http.StatusForbidden, "%s", scope.Error())
	case errors.As(err, &routing) && c.Get(otherVersionKey) != nil:
		return errOtherVersion
	case errors.As(err, &routing):
		return routed(routing)
	case errors.Is(err, store.ErrUnavailable):
		return f.unavailable(c, err, fault.Plain(http.StatusServiceUnavailable, "the database cannot be reached at the moment; try again"))
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return f.unavailable(c, err, fault.Plain(http.StatusServiceUnavailable, "the server could not finish the request in time; try again"))
	}
	f.log(c, err)
	return fault.Plain(http.StatusInternalServerError, "an internal error occurred; the request id is %s", requestid.From(c.Request().Context()))
}

// unavailable lets a client come again soon, and tells the operator why it has
// to.
func (f *face) unavailable(c echo.Context, err error, refused *fault.Error) *fault.Error {
	retryAfter(c, time.Second)
	f.log(c, err)
	return refused
}

func (f *face) log(c echo.Context, err error) {
	ctx := c.Request().Context()
	f.Logger.ErrorContext(ctx, "request failed", "error", err, "route", c.Path(), "method", c.Request().Method, "request_id", requestid.From(ctx))
}

// routed words what the router refuses.
func routed(err *echo.HTTPError) *fault.Error {
	switch err.Code {
	case http.StatusNotFound:
		return fault.NotFound("there is no such endpoint")
	case http.StatusMethodNotAllowed:
		return fault.Plain(err.Code, "the endpoint does not support this method")
	}
	return fault.Plain(err.Code, "%s", http.StatusText(err.Code))
}

// appendError renders an error body.
func appendError(out []byte, err error) []byte {
	refused, ok := fault.As(err)
	if !ok {
		refused = fault.Plain(http.StatusInternalServerError, "an internal error occurred")
	}
	return refused.AppendJSON(out)
}
