package conformance

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"rollcall/internal/app"
	"rollcall/internal/testdb"
	"rollcall/internal/testpg"
	"rollcall/internal/trial"
	"rollcall/store"
)

func TestMain(m *testing.M) { os.Exit(testpg.Main(m)) }

// server is a running server on one store, as the command starts it.
type server struct {
	Base, Token string
	// Store looks into the database of the server from beside.
	Store store.Store
	// lax marks a server whose requests are not held against the document.
	lax bool
}

// lenient is the server for requests in a form that it takes but that the
// document does not describe (docs/normalisations.md). Answers are checked.
func (s *server) lenient() *server {
	lax := *s
	lax.lax = true
	return &lax
}

// onEachDatabase runs a test with a fresh database on every store; none is ever
// skipped.
func onEachDatabase(t *testing.T, test func(t *testing.T, database string)) {
	t.Helper()
	testdb.OnEach(t, func(t *testing.T, database func() string) {
		t.Helper()
		test(t, database())
	})
}

// onEachStore runs a test with a server on every store.
func onEachStore(t *testing.T, test func(t *testing.T, s *server)) {
	t.Helper()
	onEachStoreWith(t, "", test)
}

// onEachStoreWith is onEachStore with a directory of further schemas.
func onEachStoreWith(t *testing.T, schemas string, test func(t *testing.T, s *server)) {
	t.Helper()
	onEachDatabase(t, func(t *testing.T, database string) {
		t.Helper()
		test(t, serve(t, database, schemas))
	})
}

// serve runs a server as most tests need it, until the test ends.
func serve(t *testing.T, database, schemas string) *server {
	t.Helper()
	return serveWith(t, trial.Options{Database: database, Schemas: schemas, LocalReceivers: true})
}

// serveWith is serve with options of the test.
func serveWith(t *testing.T, options trial.Options) *server {
	t.Helper()
	running, err := trial.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = running.Stop() })
	return &server{Base: running.SCIM, Token: trial.Token, Store: beside(t, options.Database)}
}

// beside opens the database of a server.
func beside(t *testing.T, database string) store.Store {
	t.Helper()
	opened, err := app.OpenStore(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	return opened
}

// send sends one request and reads the answer: a JSON document or nothing.
func (s *server) send(t *testing.T, method, path string, header http.Header, body []byte) (int, http.Header, any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.Base+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	sent := body
	if s.lax {
		sent = nil
	}
	response, data, err := exchange(t, request, sent)
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

// refuse sends a request that must be refused with a status and a scimType, ""
// for none, and returns the error.
func (s *server) refuse(t *testing.T, status int, scimType, method, path, body string, headers ...string) map[string]any {
	t.Helper()
	got := s.want(t, status, method, path, body, headers...)
	if keyword, _ := got["scimType"].(string); keyword != scimType {
		t.Errorf("%s %s %s: scimType %q, want %q: %s", method, path, brief(body), keyword, scimType, brief(got))
	}
	if detail, _ := got["detail"].(string); detail == "" || got["status"] != strconv.Itoa(status) {
		t.Errorf("%s %s %s: no Error with a detail and status %d: %s", method, path, brief(body), status, brief(got))
	}
	return got
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
