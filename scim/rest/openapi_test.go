package rest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"rollcall/schemas"
	"rollcall/scim"
	"rollcall/scim/rest"
	"rollcall/scim/schema"
)

// TestDescriptionNamesItsServers: the document says where the server is, as far
// as the server knows.
func TestDescriptionNamesItsServers(t *testing.T) {
	t.Parallel()
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	for public, want := range map[string][]string{
		"":                          {"- url: /scim/v2\n", "- url: /t/{tenant}/scim/v2\n"},
		"https://scim.example.com":  {"- url: https://scim.example.com/scim/v2\n", "- url: https://scim.example.com/t/{tenant}/scim/v2\n"},
		"https://example.com/base/": {"- url: https://example.com/base/scim/v2\n", "- url: https://example.com/base/t/{tenant}/scim/v2\n"},
	} {
		e := echo.New()
		rest.Register(e, rest.Options{Provider: scim.New(scim.Options{Types: types}), PublicURL: public})
		answer := httptest.NewRecorder()
		e.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/scim/v2/openapi.yaml", nil))
		if answer.Code != http.StatusOK || answer.Header().Get("Content-Type") != "application/yaml" {
			t.Errorf("%q: %d %s", public, answer.Code, answer.Header().Get("Content-Type"))
		}
		for _, server := range want {
			if strings.Count(answer.Body.String(), server) != 1 {
				t.Errorf("%q: no server %q", public, server)
			}
		}
	}
}
