package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/internal/operator"
	"rollcall/internal/requestid"
	"rollcall/internal/validation"
	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/store"
)

// refusal maps an error to what the client is told, and sets the headers that
// belong to it. It is the only place where errors become statuses.
func (f *face) refusal(c echo.Context, err error) *problem {
	if told := f.unauthenticated(c, err); told != nil {
		return told
	}
	var told *problem
	var refused *lifecycle.Refusal
	var wrong *validation.Error
	var routing *echo.HTTPError
	fail, isFault := fault.As(err)
	switch {
	case errors.As(err, &told):
		return told
	case errors.As(err, &wrong):
		told = newProblem(http.StatusBadRequest, "%s", wrong.Error())
		told.Field = wrong.Field
		return told
	case errors.As(err, &refused):
		return transition(string(refused.Trigger), refused)
	case isFault && fail.Status == http.StatusServiceUnavailable:
		return f.unavailable(c, err, fail.Detail)
	case isFault:
		return faulty(c, fail)
	case errors.As(err, &routing):
		return routed(routing)
	case errors.Is(err, store.ErrUnavailable):
		return f.unavailable(c, err, "the database cannot be reached at the moment; try again")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return f.unavailable(c, err, "the server could not finish the request in time; try again")
	}
	if told = aboutBatch(c, err); told != nil {
		return told
	}
	if told = sentinel(err); told != nil {
		return told
	}
	f.log(c, err)
	return newProblem(http.StatusInternalServerError, "an internal error occurred; the request id is %s", requestid.From(c.Request().Context()))
}

// unauthenticated answers what is wrong with the credentials (RFC 6750 section
// 3), nil where nothing is.
func (f *face) unauthenticated(c echo.Context, err error) *problem {
	var scope *scopeError
	challenge := func(value string) { c.Response().Header().Set("WWW-Authenticate", `Bearer realm="rollcall"`+value) }
	switch {
	case errors.Is(err, auth.ErrInvalidToken):
		if f.Failed != nil {
			if wait, tooOften := f.Failed(c.Request().RemoteAddr); tooOften {
				retryAfter(c, wait)
				return errFailedTooOften
			}
		}
		challenge(`, error="invalid_token"`)
		return newProblem(http.StatusUnauthorized, "the bearer token is not valid: unknown, expired or revoked")
	case errors.Is(err, auth.ErrNoCredentials):
		challenge("")
		return newProblem(http.StatusUnauthorized, "a bearer token is required")
	case errors.Is(err, auth.ErrUnmapped):
		return newProblem(http.StatusForbidden, "the token is valid but belongs to no tenant and connection of this server")
	case errors.As(err, &scope):
		challenge(fmt.Sprintf(`, error="insufficient_scope", scope=%q`, scope.scope))
		return newProblem(http.StatusForbidden, "%s", scope.Error())
	}
	return nil
}

// transition words a refused transition. What is wrong with the request and not
// with the state of the account is a mistake of the request.
func transition(action string, refused *lifecycle.Refusal) *problem {
	status := http.StatusConflict
	field := admin.Culprit(refused)
	if field != "" {
		status = http.StatusBadRequest
	}
	told := newProblem(status, "%s", admin.Refused(action, refused))
	told.Field, told.Why, told.Try = field, string(refused.Why), admin.Try(refused)
	return told
}

// faulty words what the provider refuses.
func faulty(c echo.Context, refused *fault.Error) *problem {
	if refused.RetryAfter > 0 {
		retryAfter(c, refused.RetryAfter)
	}
	told := newProblem(refused.Status, "%s", refused.Detail)
	told.Code = string(refused.Type)
	return told
}

// sentinel words what services and the store refuse; nil for what they do not.
func sentinel(err error) *problem {
	var taken *validation.TakenError
	switch {
	case errors.As(err, &taken):
		told := newProblem(http.StatusConflict, "%s", taken.Error())
		told.Field = taken.Field
		return told
	case errors.Is(err, admin.ErrNoTimer):
		return newProblem(http.StatusNotFound, "%s", admin.ErrNoTimer.Error())
	case errors.Is(err, admin.ErrTimerFollows):
		return newProblem(http.StatusConflict, "%s", admin.ErrTimerFollows.Error())
	case errors.Is(err, store.ErrNotFound):
		return newProblem(http.StatusNotFound, "it does not exist")
	case errors.Is(err, store.ErrVersion):
		return newProblem(http.StatusConflict, "others are changing it at this moment; try again")
	case errors.Is(err, store.ErrUniqueness):
		return newProblem(http.StatusConflict, "it exists already")
	case errors.Is(err, operator.ErrLastOwner):
		return newProblem(http.StatusConflict, "%s", operator.ErrLastOwner.Error())
	case errors.Is(err, store.ErrTooMany):
		return newProblem(http.StatusBadRequest, "the query would take too long; narrow it")
	case errors.Is(err, store.ErrInvalid):
		return newProblem(http.StatusBadRequest, "a value cannot be stored or compared: it contains NUL, is not UTF-8, or is too long")
	}
	return nil
}

// routed words what the router refuses.
func routed(err *echo.HTTPError) *problem {
	switch err.Code {
	case http.StatusNotFound:
		return newProblem(err.Code, "there is no such endpoint")
	case http.StatusMethodNotAllowed:
		return newProblem(err.Code, "the endpoint does not support this method")
	}
	return newProblem(err.Code, "%s", http.StatusText(err.Code))
}

// unavailable lets a client come again soon, and tells the operator why it has
// to.
func (f *face) unavailable(c echo.Context, err error, detail string) *problem {
	retryAfter(c, time.Second)
	f.log(c, err)
	return newProblem(http.StatusServiceUnavailable, "%s", detail)
}

func (f *face) log(c echo.Context, err error) {
	ctx := c.Request().Context()
	f.Logger.ErrorContext(ctx, "request failed", "error", err, "route", c.Path(), "method", c.Request().Method, "request_id", requestid.From(ctx))
}
