package rest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/schemas"
	"rollcall/scim"
	"rollcall/scim/rest"
	"rollcall/scim/schema"
)

// nobody is an authenticator to whom each token is good and means nothing.
type nobody struct{}

func (nobody) Authenticate(context.Context, string) (*auth.Identity, error) {
	return nil, auth.ErrUnmapped
}

func TestUnmapped(t *testing.T) {
	t.Parallel()
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	router := echo.New()
	rest.Register(router, rest.Options{Provider: scim.New(scim.Options{Types: types}), Auth: nobody{}})
	t.Run("SEC-03 who is mapped to nothing may do nothing", func(t *testing.T) {
		for _, request := range [][2]string{{"GET", "/Users"}, {"POST", "/Users"}, {"DELETE", "/Users/x"}, {"POST", "/Bulk"}, {"POST", "/.search"}} {
			recorder := httptest.NewRecorder()
			router.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), request[0], rest.Root+request[1], http.NoBody))
			if recorder.Code != http.StatusForbidden || !strings.Contains(recorder.Body.String(), `"status":"403"`) {
				t.Errorf("%v: %d %s", request, recorder.Code, recorder.Body)
			}
		}
	})
}
