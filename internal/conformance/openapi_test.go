package conformance

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
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

// TestEveryAnswerIsChecked reads the files of this package: no test may send
// requests by another way than exchange.
func TestEveryAnswerIsChecked(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	// exchange itself, what is in no document, and answers to bodies that never end.
	exempt := []string{"exchange_test.go", "api_import_restart_test.go", "hostile_files_test.go"}
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
			if pkg, ok := selector.X.(*ast.Ident); ok && pkg.Name == "http" && slices.Contains(ways, selector.Sel.Name) && !slices.Contains(exempt, name) {
				t.Errorf("%s: http.%s; send requests with exchange, which holds the answer against the document", fset.Position(n.Pos()), selector.Sel.Name)
			}
			return true
		})
	}
}
