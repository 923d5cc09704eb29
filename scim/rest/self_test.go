package rest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/internal/testdb"
	"rollcall/schemas"
	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

// somebody authenticates every request as one identity.
type somebody struct{ identity auth.Identity }

func (s *somebody) Authenticate(context.Context, string) (*auth.Identity, error) {
	return &s.identity, nil
}

// TestEveryRouteIsClosedToSelfService asks every route that the server has, of
// today and of tomorrow, for what is not the user's: it is refused in one and
// the same way, unless it is public (SEC-25, SEC-29).
func TestEveryRouteIsClosedToSelfService(t *testing.T) {
	t.Parallel()
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	opened := testdb.OpenSQLite(t)
	tenant, err := opened.CreateTenant(t.Context(), store.Tenant{Name: "own", Created: time.Now()}, store.Audit{})
	if err != nil {
		t.Fatal(err)
	}
	provider := scim.New(scim.Options{Store: opened, Types: types})
	user, _ := types.Type(scim.UserType)
	caller := &scim.Caller{Tenant: tenant.ID, Kind: "connection", ID: "c", Leniency: &schema.Leniency{}}
	made, err := provider.Create(t.Context(), caller, user, strings.NewReader(`{"schemas":["`+schema.UserURN+`"],"userName":"self"}`), scim.View{})
	if err != nil {
		t.Fatal(err)
	}
	identity := auth.Identity{Tenant: tenant, User: uuid.MustParse(made.ID()), Scopes: auth.AllScopes()}
	e := echo.New()
	Register(e, Options{Provider: provider, Auth: &somebody{identity}, Issuer: "https://id.example"})
	ask := func(method, path string) *httptest.ResponseRecorder {
		recorder := httptest.NewRecorder()
		e.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader("{}")))
		return recorder
	}
	refused, one := 0, ""
	for _, route := range e.Routes() {
		below := strings.TrimPrefix(strings.TrimPrefix(route.Path, TenantRoot), Root)
		switch {
		case strings.HasPrefix(route.Path, wellKnown), route.Method == echo.RouteNotFound:
			continue
		case below == "/ServiceProviderConfig", strings.HasPrefix(below, "/ResourceTypes"), strings.HasPrefix(below, "/Schemas"), below == "/openapi.yaml":
			continue // public
		case below == "/Bulk", below == "/Me" && route.Method != http.MethodDelete:
			continue // its own
		case strings.HasPrefix(below, asyncRoute):
			continue // of its own requests, as scim/async tests
		}
		path := strings.NewReplacer(":tenant", tenant.Name, ":id", uuid.NewString()).Replace(route.Path)
		r := ask(route.Method, path)
		if strings.HasSuffix(path, "/.search") && route.Method != http.MethodPost && r.Code == http.StatusMethodNotAllowed {
			continue
		}
		refused++
		if body := r.Body.String(); route.Method != http.MethodHead {
			if one == "" {
				one = body
			}
			if body != one {
				t.Errorf("%s %s: %s", route.Method, route.Path, body)
			}
		}
		if r.Code != http.StatusForbidden {
			t.Errorf("%s %s: status %d", route.Method, route.Path, r.Code)
		}
	}
	if refused < 30 {
		t.Errorf("only %d routes were asked", refused)
	}
	for _, path := range []string{"/scim/v2/Me", "/t/own/scim/v2/Me", "/scim/v2/Users/" + made.ID()} {
		if r := ask("GET", path); r.Code != http.StatusOK {
			t.Errorf("%s: status %d", path, r.Code)
		}
	}
}
