package rest

import (
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/scim"
)

// meRoutes adds /Me, which is answered as the permanent URI of the user that
// the token acts for would be (RFC 7644 section 3.11). Nobody registers with
// POST, which stays 405.
func (f *face) meRoutes(g *echo.Group, read, write []echo.MiddlewareFunc) {
	t, ok := f.Provider.Types().Type(scim.UserType)
	if !ok {
		return
	}
	add := func(method string, h echo.HandlerFunc, m []echo.MiddlewareFunc) {
		g.Add(method, "/Me", f.mine(t.Endpoint, h), m...)
	}
	add(http.MethodGet, f.get(t), read)
	add(http.MethodHead, f.get(t), read)
	add(http.MethodPut, f.async(t, f.replace(t)), write)
	add(http.MethodPatch, f.async(t, f.patch(t)), write)
	add(http.MethodDelete, func(echo.Context) error { return scim.ErrConfined }, write)
}

const ownKey = "rollcall.own"

// mine makes the resource of the caller the one that a request is about, and
// names its permanent URI.
func (f *face) mine(endpoint string, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		user := Identity(c).User
		if user == uuid.Nil {
			return errNobody
		}
		c.Set(ownKey, user.String())
		header := c.Response().Header()
		header.Set("Location", f.base(c)+endpoint+"/"+user.String())
		// Entity tags of two users may be equal: a cache that they share must
		// not show one of them the other.
		header.Set("Vary", "Authorization")
		return next(c)
	}
}

// addressed is the id of the resource that a request is about: the one in the
// path, on /Me the caller's own.
func addressed(c echo.Context) string {
	if own, ok := c.Get(ownKey).(string); ok {
		return own
	}
	return parameter(c, "id")
}

// confined lets a token that acts for a user pass to that user alone. Every
// route is closed to it but those named here, a new one too, whatever is or is
// not behind it; only whether the user is still active is looked up.
func (f *face) confined(c echo.Context, identity *auth.Identity) error {
	if identity.User == uuid.Nil || f.isOwn(c, identity) {
		return nil
	}
	if err := f.Provider.CheckSubject(c.Request().Context(), f.caller(c)); err != nil {
		return err
	}
	switch routeBelowRoot(c) {
	case "/Bulk", asyncRoute + "/:id":
		return nil // the provider decides on each operation, async who may ask
	}
	return scim.ErrConfined
}

// isOwn reports whether the route is to what the provider then finds to be the
// caller's own resource and active.
func (f *face) isOwn(c echo.Context, identity *auth.Identity) bool {
	switch c.Request().Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch:
	default:
		return false
	}
	route := routeBelowRoot(c)
	if route == "/Me" {
		return true
	}
	t, ok := f.Provider.Types().Type(scim.UserType)
	return ok && route == t.Endpoint+"/:id" && parameter(c, "id") == identity.User.String()
}

// routeBelowRoot is the pattern of the route without the root that it is under.
func routeBelowRoot(c echo.Context) string {
	return strings.TrimPrefix(strings.TrimPrefix(c.Path(), TenantRoot), Root)
}
