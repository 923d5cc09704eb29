package rest

import (
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"rollcall/scim"
	"rollcall/scim/fault"
)

const (
	// version is the segment of Root that names the version.
	version         = "v2"
	otherVersionKey = "rollcall.otherversion"
)

var errOtherVersion = fault.New(fault.InvalidVers, "this server speaks version 2 of the protocol, at %s", Root)

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
		case segment == version:
			return next(c)
		case strings.EqualFold(segment, version):
			after = after[1+len(version):] // the same in another case
		case scim.IsVersion(segment):
			// No route is there; the router says so where the request is logged
			// and counted.
			c.Set(otherVersionKey, true)
			return next(c)
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
