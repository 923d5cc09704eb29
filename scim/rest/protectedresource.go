package rest

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/scim"
)

// wellKnown is where protected resource metadata is (RFC 9728 section 3).
const wellKnown = "/.well-known/oauth-protected-resource"

// metadata is the metadata of one protected resource (RFC 9728 section 2).
type metadata struct {
	Resource string   `json:"resource"`
	Servers  []string `json:"authorization_servers"`
	Scopes   []string `json:"scopes_supported"`
	Methods  []string `json:"bearer_methods_supported"`
}

// metadataRoutes publishes who issues the tokens, where anybody but the
// operator does. Each identifier has a URL of its own, and the metadata names
// the identifier that its URL was made from (RFC 9728 section 3.3): the
// server's, and that of the SCIM endpoints in either form.
func (f *face) metadataRoutes(e *echo.Echo) {
	if f.Issuer == "" {
		return
	}
	prefix := ""
	if public, err := url.Parse(f.PublicURL); err == nil {
		prefix = public.EscapedPath()
	}
	paths := map[string]bool{"": true, prefix: true, prefix + Root: true, prefix + TenantRoot: true}
	for path := range paths {
		e.GET(wellKnown+path, f.metadata)
		e.HEAD(wellKnown+path, f.metadata)
	}
}

func (f *face) metadata(c echo.Context) error {
	origin, _ := scim.SplitOrigin(f.base(c))
	path := strings.TrimPrefix(c.Path(), wellKnown)
	if tenant := c.Param("tenant"); tenant != "" {
		path = strings.Replace(path, ":tenant", url.PathEscape(tenant), 1)
	}
	return c.JSON(http.StatusOK, metadata{
		Resource: origin + path, Servers: []string{f.Issuer},
		Scopes: auth.SCIMScopes().Names(), Methods: []string{"header"},
	})
}

// metadataURL puts the well-known path between the host and the path of an
// identifier (RFC 9728 section 3.1).
func metadataURL(resource string) string {
	origin, path := scim.SplitOrigin(resource)
	return origin + wellKnown + path
}
