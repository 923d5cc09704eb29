package conformance

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/internal/testpg"
	"rollcall/schemas"
	"rollcall/scim"
	"rollcall/scim/rest"
	"rollcall/scim/schema"
	"rollcall/store"
	"rollcall/store/postgres"
	"rollcall/store/sqlite"
)

func TestMain(m *testing.M) { os.Exit(testpg.Main(m)) }

const bootstrap = "bootstrap-token-of-the-tests"

// server is a running SCIM server on one store.
type server struct {
	Base, Token string
	Store       store.Store
	Provider    *scim.Provider
}

// onEachStore runs a test on every store; none is ever skipped.
func onEachStore(t *testing.T, test func(t *testing.T, s *server)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB) store.Store{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, serve(t, open(t)))
		})
	}
}

func openSQLite(tb testing.TB) store.Store {
	tb.Helper()
	s, err := sqlite.Open(tb.Context(), filepath.Join(tb.TempDir(), "rollcall.db"), sqlite.Options{})
	return migrated(tb, s, err)
}

func openPostgres(tb testing.TB) store.Store {
	tb.Helper()
	s, err := postgres.Open(tb.Context(), testpg.DSN(tb), postgres.Options{MaxConns: 12})
	return migrated(tb, s, err)
}

func migrated(tb testing.TB, s store.Store, err error) store.Store {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return s
}

func serve(t *testing.T, s store.Store) *server {
	t.Helper()
	tenant, err := s.CreateTenant(t.Context(), store.Tenant{Name: "default"}, store.Audit{})
	if err != nil {
		t.Fatal(err)
	}
	connection := store.Connection{ID: uuid.New(), Tenant: tenant.ID, Name: "default", Kind: "generic"}
	if err := s.CreateConnection(t.Context(), connection, store.Audit{}); err != nil {
		t.Fatal(err)
	}
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	authenticator, err := auth.NewAuthenticator(auth.Options{Store: s, Bootstrap: bootstrap})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(authenticator.Close)
	provider := scim.New(scim.Options{Store: s, Types: types})
	e := echo.New()
	rest.Register(e, rest.Options{Provider: provider, Types: types, Auth: authenticator})
	listener := httptest.NewServer(e)
	t.Cleanup(listener.Close)
	return &server{Base: listener.URL + rest.Root, Token: bootstrap, Store: s, Provider: provider}
}

// send sends one request and reads the answer: a JSON document or nothing.
func (s *server) send(t *testing.T, method, path string, header http.Header, body []byte) (int, http.Header, any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.Base+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var document any = missing{}
	if len(data) > 0 {
		if err := json.Unmarshal(data, &document); err != nil {
			t.Fatalf("%s %s: status %d, the answer is not JSON: %s", method, path, response.StatusCode, brief(string(data)))
		}
	}
	return response.StatusCode, response.Header, document
}

// do sends a request of the default connection.
func (s *server) do(t *testing.T, method, path, body string, headers ...string) (int, http.Header, map[string]any) {
	t.Helper()
	header := http.Header{"Authorization": {"Bearer " + s.Token}}
	if body != "" {
		header.Set("Content-Type", "application/scim+json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		header.Set(headers[i], headers[i+1])
	}
	status, answered, document := s.send(t, method, path, header, []byte(body))
	object, _ := document.(map[string]any)
	return status, answered, object
}

// want is do with the status that the answer must have.
func (s *server) want(t *testing.T, status int, method, path, body string, headers ...string) map[string]any {
	t.Helper()
	got, _, document := s.do(t, method, path, body, headers...)
	if got != status {
		t.Fatalf("%s %s: status %d, want %d: %s", method, path, got, status, brief(document))
	}
	return document
}

const (
	userSchemas  = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`
	groupSchemas = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]`
)

// user creates a user with more members of the JSON object and returns the id.
func (s *server) user(t *testing.T, name string, more ...string) string {
	t.Helper()
	body := `{` + userSchemas + `,"userName":"` + name + `"` + joined(more) + `}`
	return s.want(t, http.StatusCreated, "POST", "/Users", body)["id"].(string)
}

// group creates a group with members and returns its id.
func (s *server) group(t *testing.T, name string, members ...string) string {
	t.Helper()
	var values []string
	for _, id := range members {
		values = append(values, `{"value":"`+id+`"}`)
	}
	body := `{` + groupSchemas + `,"displayName":"` + name + `","members":[` + strings.Join(values, ",") + `]}`
	return s.want(t, http.StatusCreated, "POST", "/Groups", body)["id"].(string)
}

func joined(more []string) string {
	if len(more) == 0 {
		return ""
	}
	return "," + strings.Join(more, ",")
}

// patchOp wraps operations into a PATCH body.
func patchOp(operations ...string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + strings.Join(operations, ",") + `]}`
}
