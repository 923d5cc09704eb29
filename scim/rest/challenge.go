package rest

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"rollcall/scim/fault"
)

// challenge says how to authenticate: the scheme, what was wrong with the token
// (RFC 6750 section 3), and where to learn who issues one (RFC 9728 section
// 5.1). An empty code says that there was none.
func (f *face) challenge(c echo.Context, code string) {
	value := `Bearer realm="scim"`
	if code != "" {
		value += `, error="` + code + `"`
	}
	if f.Issuer != "" {
		value += `, resource_metadata="` + metadataURL(f.base(c)) + `"`
	}
	c.Response().Header().Set("WWW-Authenticate", value)
}

// invalidToken answers a token that is worth nothing, more slowly to whom does
// nothing else.
func (f *face) invalidToken(c echo.Context) *fault.Error {
	if f.Failed != nil {
		if wait, tooOften := f.Failed(c.Request().RemoteAddr); tooOften {
			retryAfter(c, wait)
			return errFailedTooOften
		}
	}
	f.challenge(c, "invalid_token")
	return fault.Plain(http.StatusUnauthorized, "the bearer token is not valid: unknown, expired or revoked, or its user is not active")
}
