// Package hangup owns how a client that is gone is told from a request that took
// too long.
package hangup

import (
	"context"
	"errors"

	"github.com/labstack/echo/v4"
)

// Judge is what an error of a request really is. gone says that the client has hung
// up: nobody is there to read an answer, and nothing went wrong here. The end of the
// time that a request has looks the same to a handler; that is
// context.DeadlineExceeded.
func Judge(c echo.Context, err error) (meant error, gone bool) {
	if !errors.Is(err, context.Canceled) || c.Request().Context().Err() == nil {
		return err, false
	}
	if late, ok := c.Response().Writer.(interface{ TimedOut() bool }); ok && late.TimedOut() {
		return context.DeadlineExceeded, false
	}
	return err, true
}
