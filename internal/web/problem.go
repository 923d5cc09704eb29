package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"rollcall/internal/hangup"
	"rollcall/internal/requestid"
	"rollcall/scim/fault"
	"rollcall/store"
)

// Problem is what a page tells of an error. From 500 on nothing is told of it but
// the id of the request, by which the log has it.
type Problem struct {
	Status    int
	RequestID string
	Err       error
}

// fail answers an error with a page.
func (s *Site) fail(c echo.Context, err error) {
	if c.Response().Committed {
		return
	}
	err, gone := hangup.Judge(c, err)
	if gone {
		return
	}
	ctx := c.Request().Context()
	p := Problem{Status: s.status(err), RequestID: requestid.From(ctx), Err: err}
	if p.Status >= http.StatusInternalServerError {
		s.Logger.ErrorContext(ctx, "a page could not be shown", "route", c.Path(), "request_id", p.RequestID, "error", err)
	}
	if err := s.Problem(c, p); err != nil {
		s.Logger.DebugContext(ctx, "an error page was not written", "error", err)
	}
}

// status is what an error means. It is the only place where errors become the
// statuses of pages.
func (s *Site) status(err error) int {
	var routing *echo.HTTPError
	is := func(target error) bool { return errors.Is(err, target) }
	switch told, ok := fault.As(err); {
	case errors.As(err, &routing):
		return routing.Code
	case ok:
		return told.Status
	case is(store.ErrNotFound), is(store.ErrInvalid):
		return http.StatusNotFound
	case is(store.ErrTooMany):
		return http.StatusBadRequest
	case is(context.DeadlineExceeded), is(context.Canceled), is(store.ErrUnavailable), is(store.ErrVersion), is(store.ErrFull):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
