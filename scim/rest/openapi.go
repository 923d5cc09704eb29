package rest

import (
	"bytes"
	_ "embed"
	"net/http"

	"github.com/labstack/echo/v4"
)

// OpenAPI describes this face in OpenAPI 3.1, in YAML. It holds for every set
// of resource types: what --schemas adds is served as "Further types" says.
//
//go:embed openapi.yaml
var OpenAPI []byte

// yamlMedia is the media type of RFC 9512.
const yamlMedia = "application/yaml"

// described is OpenAPI with the URLs of the servers below the public URL;
// without one they are relative, and a client resolves them against the URL
// from which it took the document.
func described(publicURL string) []byte {
	return bytes.ReplaceAll(OpenAPI, []byte("\n  - url: /"), []byte("\n  - url: "+publicURL+"/"))
}

// openAPI answers the description. It holds nothing of a tenant and needs no
// credentials, as discovery.
func (f *face) openAPI(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age=300")
	return c.Blob(http.StatusOK, yamlMedia, f.description)
}
