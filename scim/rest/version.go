package rest

import (
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"rollcall/scim/fault"
)

// versioned reads the version of the protocol in a path (RFC 7644 section
// 3.13). It stands right before the endpoint: "/scim/v2/Users". Without one
// the newest is meant; another one than ours is refused.
func versioned(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		path := u.EscapedPath()
		if !isSCIM(path) {
			return next(c)
		}
		before, after := splitRoot(path)
		segment, _, _ := strings.Cut(strings.TrimPrefix(after, "/"), "/")
		switch {
		case "/scim/"+segment == Root:
			return next(c)
		case isVersion(segment):
			return fault.New(fault.InvalidVers, "this server speaks version 2 of the protocol, at %s", Root)
		}
		plain, err := url.PathUnescape(before + Root + after)
		if err != nil {
			return next(c)
		}
		u.Path = plain
		if u.RawPath != "" {
			u.RawPath = before + Root + after
		}
		return next(c)
	}
}

// splitRoot divides an escaped SCIM path into what stands before "/scim" and
// what follows it.
func splitRoot(path string) (before, after string) {
	if rest, ok := strings.CutPrefix(path, "/t/"); ok {
		tenant, _, _ := strings.Cut(rest, "/")
		before = "/t/" + tenant
	}
	return before, strings.TrimPrefix(path[len(before):], "/scim")
}

// isVersion reports whether a segment is "v" and digits, and dots in between.
func isVersion(segment string) bool {
	number, ok := strings.CutPrefix(strings.ToLower(segment), "v")
	return ok && number != "" && strings.Trim(number, "0123456789.") == ""
}
