package conformance

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"rollcall/internal/openapi"
	"rollcall/schemas"
	"rollcall/scim"
	"rollcall/scim/rest"
	"rollcall/scim/schema"
)

// TestDescriptionIsSound holds scim/rest/openapi.yaml against OpenAPI 3.1, its
// examples against its schemas, and its form against the rules of Lint.
func TestDescriptionIsSound(t *testing.T) {
	t.Parallel()
	if _, err := description(); err != nil {
		t.Error(err)
	}
	if err := openapi.Lint(rest.OpenAPI); err != nil {
		t.Error(err)
	}
}

// described are the routes that the document has to describe.
var described = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// TestDescriptionNamesEveryRoute: every route of the router is in the document
// and the other way round.
func TestDescriptionNamesEveryRoute(t *testing.T) {
	t.Parallel()
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	document, err := description()
	if err != nil {
		t.Fatal(err)
	}
	e, known := echo.New(), map[string]bool{}
	rest.Register(e, rest.Options{Provider: scim.New(scim.Options{Types: types})})
	for _, o := range document.Operations {
		// An operation without success may be refused by the router itself; a
		// further type is there only with --schemas.
		known[o.Method+" "+o.Path] = o.Refusal() || strings.HasPrefix(o.Path, "/{endpoint}")
	}
	parameter := regexp.MustCompile(`:(\w+)`)
	for _, route := range e.Routes() {
		below, ok := strings.CutPrefix(route.Path, rest.TenantRoot)
		if !ok {
			below, ok = strings.CutPrefix(route.Path, rest.Root)
		}
		path := parameter.ReplaceAllString(below, "{$1}")
		if path == "" {
			path = "/"
		}
		// GET of a search is routed to be refused, so that ".search" is no id.
		if !ok || !slices.Contains(described, route.Method) || route.Method == http.MethodGet && strings.HasSuffix(path, "/.search") {
			continue
		}
		if _, found := known[route.Method+" "+path]; !found {
			t.Errorf("%s %s is served and not described", route.Method, path)
		}
		known[route.Method+" "+path] = true
	}
	for operation, served := range known {
		if !served {
			t.Errorf("%s is described and not served", operation)
		}
	}
}

// TestDescriptionIsServed reads the document as a client without credentials.
func TestDescriptionIsServed(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		for _, base := range []string{s.Base, strings.Replace(s.Base, "/scim", "/t/default/scim", 1)} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				request, err := http.NewRequestWithContext(t.Context(), method, base+"/openapi.yaml", nil)
				if err != nil {
					t.Fatal(err)
				}
				response, body, err := exchange(t, request, nil)
				if err != nil {
					t.Fatal(err)
				}
				if method == http.MethodGet && !bytes.Equal(body, rest.OpenAPI) || response.Header.Get("Content-Type") != "application/yaml" {
					t.Errorf("%s: %d bytes of %s", request.URL, len(body), response.Header.Get("Content-Type"))
				}
			}
		}
		s.want(t, http.StatusMethodNotAllowed, "POST", "/openapi.yaml", "{}")
	})
}

// The ids in the examples of the document; the server under test has others.
const (
	userInExamples  = "2819c223-7f76-453a-919d-413861904646"
	groupInExamples = "e9e30dba-f08f-4109-8486-d5c6a331660a"
)

// deviceDocuments define the further type of the examples.
var deviceDocuments = map[string]string{
	"device.schema.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:params:scim:schemas:Device","name":"Device","attributes":[
		{"name":"serial","type":"string","multiValued":false,"required":true,"caseExact":true,"mutability":"readWrite","returned":"default","uniqueness":"server"}]}`,
	"device.resourcetype.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"Device","name":"Device","endpoint":"/Devices","schema":"urn:example:params:scim:schemas:Device"}`,
}

// TestDescriptionExamplesAreTaken sends every example of a request to a real
// server: bodies as they are, but for the ids, and each value of a parameter.
func TestDescriptionExamplesAreTaken(t *testing.T) {
	t.Parallel()
	document, err := description()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range deviceDocuments {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	onEachStoreWith(t, dir, func(t *testing.T, s *server) {
		for _, o := range document.Operations {
			// A token of a connection names no user. The bodies of /Me are those of
			// /Users/{id}.
			if o.Path == "/Me" {
				continue
			}
			for kind, media := range o.Body() {
				for name, body := range media.Examples {
					t.Run(fmt.Sprintf("%s body %s", o.ID, name), func(t *testing.T) {
						place := s.place(t, o, name)
						s.take(t, o, place, "", place.put(string(body)), "Content-Type", kind)
					})
				}
			}
			for _, p := range o.Parameters() {
				for name, value := range p.Examples {
					if o.Method == http.MethodGet && (p.In == "query" || p.In == "header") {
						t.Run(fmt.Sprintf("%s %s %s", o.ID, p.Name, name), func(t *testing.T) {
							place := s.place(t, o, p.Name+name)
							if p.In == "header" {
								s.take(t, o, place, "", "", p.Name, value)
								return
							}
							s.take(t, o, place, "?"+p.Name+"="+url.QueryEscape(place.put(value)), "")
						})
					}
				}
			}
		}
	})
}

// place is where an example is tried: resources that it may change.
type place struct{ user, group, device string }

func (p place) put(text string) string {
	return strings.NewReplacer(userInExamples, p.user, groupInExamples, p.group).Replace(text)
}

func (s *server) place(t *testing.T, o *openapi.Operation, name string) place {
	t.Helper()
	name = o.ID + name
	var p place
	p.user = s.user(t, name, `"emails":[{"value":"`+name+`@example.com","type":"work"}]`)
	p.group = s.group(t, name, p.user)
	device := s.want(t, http.StatusCreated, "POST", "/Devices", `{"schemas":["urn:example:params:scim:schemas:Device"],"serial":"`+name+`"}`)
	p.device = device["id"].(string)
	return p
}

// take sends an example and wants it to succeed. What it created is deleted
// again: its name may be in another example.
func (s *server) take(t *testing.T, o *openapi.Operation, p place, query, body string, headers ...string) {
	t.Helper()
	id := map[string]string{"/Users/{id}": p.user, "/Groups/{id}": p.group, "/{endpoint}/{id}": p.device}[o.Path]
	path := strings.TrimSuffix(strings.NewReplacer("{id}", id, "{endpoint}", "Devices",
		"{name}", "User", "{urn}", "urn:ietf:params:scim:schemas:core:2.0:User").Replace(o.Path), "/")
	status, header, document := s.do(t, o.Method, path+query, body, headers...)
	if status/100 != 2 && status != http.StatusNotModified {
		t.Errorf("%s %s: status %d: %s", o.Method, path+query, status, brief(document))
	}
	for _, result := range listOf(document["Operations"]) {
		if !strings.HasPrefix(fmt.Sprint(result.(map[string]any)["status"]), "2") {
			t.Errorf("bulk: %s", brief(result))
		}
	}
	created := header.Get("Location")
	if created == "" && o.Method == http.MethodPut {
		created, _ = document["meta"].(map[string]any)["location"].(string)
	}
	if created != "" {
		s.want(t, http.StatusNoContent, "DELETE", strings.TrimPrefix(created, s.Base), "")
	}
}

func listOf(v any) []any {
	list, _ := v.([]any)
	return list
}

// TestEveryAnswerIsChecked reads the files of this package: no test may send
// requests by another way than exchange.
func TestEveryAnswerIsChecked(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	ways := []string{"DefaultClient", "Client", "DefaultTransport", "Transport", "Get", "Head", "Post", "PostForm"}
	for _, name := range files {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := selector.X.(*ast.Ident); ok && pkg.Name == "http" && slices.Contains(ways, selector.Sel.Name) && name != "exchange_test.go" {
				t.Errorf("%s: http.%s; send requests with exchange, which holds the answer against the document", fset.Position(n.Pos()), selector.Sel.Name)
			}
			return true
		})
	}
}
