package api

import (
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/internal/requestid"
	"rollcall/scim"
	"rollcall/store"
)

// call is one request of a known caller.
type call struct {
	echo.Context
	face     *face
	identity *auth.Identity
}

const identityKey = "rollcall.api.identity"

// Identity returns who sent the request, nil before authentication.
func Identity(c echo.Context) *auth.Identity {
	identity, _ := c.Get(identityKey).(*auth.Identity)
	return identity
}

// caller is an administrator who acts by way of a token.
func (c *call) caller() *scim.Caller {
	caller := scim.AdministratorCaller(c.identity.Tenant.ID, scim.KindOperator, "token:"+c.identity.Subject, requestid.From(c.Request().Context()))
	if w, ok := c.Response().Writer.(interface{ Moved() }); ok {
		caller.Progress = w.Moved
	}
	return caller
}

// application is a connection that reports what its users do. It is no
// administrator, and nothing that it does is counted by the mass guard.
func (c *call) application() *scim.Caller {
	caller := c.caller()
	caller.Kind, caller.ID = scim.KindConnection, c.identity.Connection.ID.String()
	caller.MayLifecycle, caller.MayRoles = false, false
	return caller
}

// trail is the audit row of what changes no account.
func (c *call) trail(at time.Time) store.Audit {
	who := c.caller()
	return store.Audit{At: at, ActorKind: who.Kind, ActorID: who.ID, RequestID: who.RequestID}
}

// by names the caller in what is shown of suspensions and locks.
func (c *call) by() string {
	who := c.caller()
	return who.Kind + ":" + who.ID
}

// part is a part of the path, percent-decoded once.
func (c *call) part(name string) string {
	text := c.Param(name)
	if c.Request().URL.RawPath == "" {
		return text
	}
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}

// flag reads a query parameter that is true or false.
func (c *call) flag(name string) (bool, error) {
	switch c.QueryParam(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, invalid(name, "is true or false")
}

// count reads the size of a page.
func (c *call) count() (int, error) {
	text := c.QueryParam("count")
	if text == "" {
		return c.face.Provider.DefaultPage(), nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > c.face.Provider.MaxPage() {
		return 0, invalid("count", "is a number from 1 to %d", c.face.Provider.MaxPage())
	}
	return n, nil
}

// instant reads a query parameter that is a time.
func (c *call) instant(name string) (time.Time, error) {
	text := c.QueryParam(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, invalid(name, "is a time such as 2030-01-31T00:00:00Z")
	}
	return at.UTC(), nil
}

// precondition is the If-Match header.
func (c *call) precondition() scim.Precondition {
	return scim.ParsePrecondition(strings.Join(c.Request().Header.Values("If-Match"), ","))
}

// retryAfter says when a client may come again, in whole seconds.
func retryAfter(c echo.Context, wait time.Duration) {
	seconds := int64(math.Ceil(max(wait.Seconds(), 1)))
	c.Response().Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
}

// tag sets the entity tag of an account.
func (c *call) tag(version int64) {
	if version > 0 {
		c.Response().Header().Set("ETag", `W/"`+strconv.FormatInt(version, 10)+`"`)
	}
}

// nothing answers that there is nothing more to say.
func (c *call) nothing() error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.NoContent(http.StatusNoContent)
}
