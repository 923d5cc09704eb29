package app

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestProtectedResourceMetadata covers SEC-17..19 and SEC-05.
func TestProtectedResourceMetadata(t *testing.T) {
	t.Parallel()
	const issuer, wellKnown = "https://id.example", "/.well-known/oauth-protected-resource"
	for name, test := range map[string]struct {
		public string
		paths  map[string]string
		metaOf map[string]string
	}{
		"as the request comes": {
			"",
			map[string]string{
				"": "http://example.com", "/scim/v2": "http://example.com/scim/v2",
				"/t/acme/scim/v2": "http://example.com/t/acme/scim/v2", "/t/a%22b/scim/v2": "http://example.com/t/a%22b/scim/v2",
			},
			map[string]string{
				"/scim/v2/Users": "http://example.com" + wellKnown + "/scim/v2", "/t/acme/scim/v2/Me": "http://example.com" + wellKnown + "/t/acme/scim/v2",
			},
		},
		"behind a proxy": {
			"https://scim.example/base",
			map[string]string{"": "https://scim.example", "/base": "https://scim.example/base", "/base/scim/v2": "https://scim.example/base/scim/v2", "/base/t/acme/scim/v2": "https://scim.example/base/t/acme/scim/v2"},
			map[string]string{"/scim/v2/Users": "https://scim.example" + wellKnown + "/base/scim/v2"},
		},
	} {
		t.Run("SEC-17,18,19 "+name, func(t *testing.T) {
			t.Parallel()
			s, _ := newTestServer(t, func(c *Config) { c.Issuer, c.PublicURL = issuer, test.public })
			for path, resource := range test.paths {
				r := s.ask(t, "GET", wellKnown+path, "", "")
				var got map[string]any
				if err := json.Unmarshal(r.Body.Bytes(), &got); err != nil {
					t.Fatalf("%s: %d %s", path, r.Code, r.Body)
				}
				want := map[string]any{
					"resource": resource, "authorization_servers": []any{issuer},
					"scopes_supported": []any{"scim:read", "scim:write"}, "bearer_methods_supported": []any{"header"},
				}
				if diff := cmp.Diff(want, got); diff != "" || r.Code != http.StatusOK {
					t.Errorf("%s: %d %s", path, r.Code, diff)
				}
				if r := s.ask(t, "HEAD", wellKnown+path, "", ""); r.Code != http.StatusOK {
					t.Errorf("HEAD %s: %d", path, r.Code)
				}
			}
			for path, url := range test.metaOf {
				want := `Bearer realm="scim", resource_metadata="` + url + `"`
				if got := s.ask(t, "GET", path, "", "").Header().Get("WWW-Authenticate"); got != want {
					t.Errorf("%s: %s", path, got)
				}
				want = `Bearer realm="scim", error="invalid_token", resource_metadata="` + url + `"`
				if got := s.ask(t, "GET", path, "wrong", "").Header().Get("WWW-Authenticate"); got != want {
					t.Errorf("%s: %s", path, got)
				}
			}
			if r := s.ask(t, "GET", wellKnown+"/other", "", ""); r.Code != http.StatusNotFound {
				t.Errorf("another resource: %d", r.Code)
			}
		})
	}
	t.Run("SEC-05,17 nothing without an issuer", func(t *testing.T) {
		t.Parallel()
		s, _ := newTestServer(t, nil)
		for _, path := range []string{"", "/scim/v2", "/t/acme/scim/v2"} {
			if r := s.ask(t, "GET", wellKnown+path, "", ""); r.Code != http.StatusNotFound {
				t.Errorf("%s: %d", path, r.Code)
			}
		}
		if got := s.ask(t, "GET", "/scim/v2/Users", "", "").Header().Get("WWW-Authenticate"); got != `Bearer realm="scim"` {
			t.Error(got)
		}
	})
}
