package rest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"pgregory.net/rapid"

	"rollcall/internal/auth"
	"rollcall/schemas"
	"rollcall/scim"
	"rollcall/scim/schema"
)

func TestPreferred(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]preference{
		"":                                {},
		"respond-async":                   {async: true},
		"Respond-Async":                   {async: true},
		" respond-async ; a=b , wait = 7": {true, 7 * time.Second},
		`wait="7",respond-async`:          {true, 7 * time.Second},
		"respond-async, wait=7, wait=9":   {true, 7 * time.Second},
		"respond-async, wait=x, wait=9":   {true, 9 * time.Second},
		"respond-async, wait=-1":          {async: true},
		"respond-async, wait=99999":       {true, longestWait},
		"respond-async, wait=99999999999": {async: true},
		"respond-async;wait=7":            {async: true},
		`x="a, respond-async"`:            {},
		`x="a\", respond-async"`:          {},
		`x="a\\", respond-async`:          {async: true},
		`x=", respond-async`:              {},
		"respond-asynchronously":          {},
		"return=minimal, wait=3":          {wait: 3 * time.Second},
		",,;,respond-async":               {async: true},
	} {
		if got := preferred(http.Header{"Prefer": {header}}); got != want {
			t.Errorf("%q: %+v, want %+v", header, got, want)
		}
	}
	if got := preferred(http.Header{"Prefer": {"wait=1", "respond-async"}}); !got.async || got.wait != time.Second {
		t.Errorf("two headers: %+v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		header := rapid.StringMatching(`([a-z"\\,;= ]|respond-async|wait=[0-9]{1,12}){0,20}`).Draw(t, "header")
		if got := preferred(http.Header{"Prefer": {header}}); got.wait < 0 || got.wait > longestWait {
			t.Errorf("%q: %+v", header, got)
		}
	})
}

// TestWithoutAsync: where nobody carries requests out later, the preference
// counts for nothing.
func TestWithoutAsync(t *testing.T) {
	t.Parallel()
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	Register(e, Options{Provider: scim.New(scim.Options{Types: types}), Auth: &somebody{auth.Identity{Scopes: auth.AllScopes()}}})
	ask := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Prefer", "respond-async")
		recorder := httptest.NewRecorder()
		e.ServeHTTP(recorder, r)
		return recorder
	}
	t.Run("EVT-33 no asynchronous requests", func(t *testing.T) {
		if config := ask("GET", Root+"/ServiceProviderConfig", ""); config.Code != 200 || strings.Contains(config.Body.String(), "securityEvents") {
			t.Errorf("%d %s", config.Code, config.Body)
		}
		if got := ask("POST", Root+"/Users", `{"schemas":["`+schema.UserURN+`"]}`); got.Code != 400 || got.Header().Get("Set-Txn") != "" || !strings.Contains(got.Body.String(), "userName") {
			t.Errorf("%d %v %s", got.Code, got.Header(), got.Body)
		}
		if got := ask("GET", Root+asyncRoute+"/x", ""); got.Code != 404 {
			t.Errorf("%d %s", got.Code, got.Body)
		}
	})
}
