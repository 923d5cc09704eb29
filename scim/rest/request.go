package rest

import (
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/internal/requestid"
	"rollcall/scim"
)

// authenticated lets requests pass whose token has the scope and is of the
// tenant that the path names, if it names one.
func (f *face) authenticated(scope auth.Scope) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			identity, err := f.Auth.Authenticate(c.Request().Context(), c.Request().Header.Get("Authorization"))
			if err != nil {
				return err
			}
			f.begin(c, identity)
			if foreign(c, identity) {
				return errForeignTenant
			}
			if !identity.Has(scope) {
				return &scopeError{scope}
			}
			if err := f.admit(c, identity); err != nil {
				return err
			}
			if err := f.confined(c, identity); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// foreign reports whether a path names another tenant than that of the token.
func foreign(c echo.Context, identity *auth.Identity) bool {
	return strings.HasPrefix(c.Path(), TenantRoot) && parameter(c, "tenant") != identity.Tenant.Name
}

// retryAfter says when a client may come again, in whole seconds.
func retryAfter(c echo.Context, wait time.Duration) {
	seconds := int64(math.Ceil(max(wait.Seconds(), 1)))
	c.Response().Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
}

// caller says on whose behalf the provider acts.
func (f *face) caller(c echo.Context) *scim.Caller {
	s := sessionOf(c)
	identity := s.identity
	caller := scim.ConnectionCaller(&identity.Connection)
	caller.Tenant, caller.Base, caller.RequestID, caller.Leniency = identity.Tenant.ID, f.base(c), requestid.From(c.Request().Context()), &s.leniency
	caller.MayLifecycle, caller.MayRoles = identity.Has(auth.ScopeLifecycleWrite), identity.Has(auth.ScopeRolesWrite)
	caller.Roles, caller.Revives = s.rules.Roles, s.rules.Revives
	if identity.User != uuid.Nil {
		caller.Subject, caller.Kind, caller.ID = identity.User, scim.KindUser, identity.User.String()
	}
	return caller
}

// base is the absolute root of the URIs in an answer, in the form in which the
// request named its tenant.
func (f *face) base(c echo.Context) string {
	root := Root
	if tenant := parameter(c, "tenant"); tenant != "" {
		root = "/t/" + url.PathEscape(tenant) + Root
	}
	if f.PublicURL != "" {
		return f.PublicURL + root
	}
	scheme := "http://"
	if c.Request().TLS != nil {
		scheme = "https://"
	}
	return scheme + saneHost(c.Request().Host) + root
}

// saneHost keeps what a client puts into Host from breaking out of a JSON
// string or a header.
func saneHost(host string) string {
	for i := range len(host) {
		switch b := host[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', strings.IndexByte(".-_:[]", b) >= 0:
		default:
			return "localhost"
		}
	}
	if host == "" {
		return "localhost"
	}
	return host
}

// parameter is a part of the path, percent-decoded once. The router hands it
// out as it was sent where the path has escapes that matter.
func parameter(c echo.Context, name string) string {
	text := c.Param(name)
	if c.Request().URL.RawPath == "" {
		return text
	}
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}
