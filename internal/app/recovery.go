package app

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/labstack/echo/v4"

	"rollcall/internal/recovered"
	"rollcall/internal/requestid"
)

// withoutPanics turns a panic into an error that the faces answer as any unknown
// one. The stack goes to the log alone.
func withoutPanics(logger *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) (err error) {
			defer func() {
				cause := recover()
				if cause == nil {
					return
				}
				if abort, ok := cause.(error); ok && errors.Is(abort, http.ErrAbortHandler) {
					panic(cause) // asks net/http to cut the connection
				}
				logger.Error("panic", "cause", recovered.Cause(cause), "route", c.Path(), "request_id", requestid.From(c.Request().Context()), "stack", string(debug.Stack()))
				err = errPanic
			}()
			return next(c)
		}
	}
}

var errPanic = errors.New("a handler panicked")

// plainError answers errors outside of the faces, which answer their own.
func plainError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	status := http.StatusInternalServerError
	var routing *echo.HTTPError
	if errors.As(err, &routing) {
		status = routing.Code
	}
	if c.Request().Method == http.MethodHead {
		_ = c.NoContent(status)
		return
	}
	_ = c.JSON(status, map[string]string{"error": http.StatusText(status), "request_id": requestid.From(c.Request().Context())})
}
