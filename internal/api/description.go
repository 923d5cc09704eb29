package api

import (
	"bytes"
	_ "embed"
	"net/http"

	"github.com/labstack/echo/v4"
)

// OpenAPI describes this face in OpenAPI 3.1, in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte

// described is OpenAPI with the URL of the server below the public URL; without
// one it is relative.
func described(publicURL string) []byte {
	return bytes.ReplaceAll(OpenAPI, []byte("\n  - url: /"), []byte("\n  - url: "+publicURL+"/"))
}

func (f *face) descriptionRoutes(r *routes) {
	answer := func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "public, max-age=300")
		return c.Blob(http.StatusOK, "application/yaml", f.description)
	}
	r.group.GET("/openapi.yaml", answer)
	r.group.HEAD("/openapi.yaml", answer)
}
