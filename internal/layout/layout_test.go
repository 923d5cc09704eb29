package layout

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "rollcall"

// inTests is what the tests of a package may import beside what the package
// itself does. That is the table of ARCHITECTURE.md: a package that is not in it
// fails the test, its place is to be decided, not to be found out later.
var inTests = map[string][]string{
	"lifecycle":    {"lifecycle/lifecycletest"},
	"scim/schema":  {"schemas"},
	"scim/filter":  {"schemas"},
	"scim/patch":   {"schemas"},
	"scim/profile": {"schemas", "scim/fault", "scim/filter", "scim/patch"},
	"scim":         {"schemas", "lifecycle/lifecycletest"},
	"scim/async":   {"schemas", "store/sqlite"},
	"scim/rest":    {"schemas"},

	"store/sqlite":   {"store/storetest"},
	"store/postgres": {"store/storetest"},

	"internal/jobs":    {"store/sqlite"},
	"internal/inspect": {"schemas"},
	"internal/events":  {"store/postgres"},
	"internal/letter":  {"scim/schema", "schemas", "store/sqlite"},
	"internal/admin":   {"scim/fault"},
	"internal/demo":    {"lifecycle", "schemas"},
	"internal/batch":   {"schemas", "scim/schema"},
	"internal/api":     {"internal/openapi"},
	"cmd/rollcall":     {"scim/schema"},

	"internal/browser": {"store", "internal/api", "internal/app", "internal/console", "internal/demo", "internal/operator", "internal/testoidc", "internal/trial"},

	"internal/conformance": {
		"schemas", "store", "store/postgres", "store/sqlite", "lifecycle", "scim", "scim/async", "scim/fault", "scim/filter", "scim/patch", "scim/profile", "scim/rest", "scim/schema",
		"internal/admin", "internal/api", "internal/app", "internal/auth", "internal/console", "internal/events", "internal/openapi", "internal/openid", "internal/operator", "internal/testoidc", "internal/trial",
	},
}

// inEachTest may be imported by the tests of every package.
var inEachTest = []string{"internal/await", "internal/testdb", "internal/testpg"}

// onlyIn says which packages may import a package of another module, or of the
// standard library, and everything below it.
var onlyIn = map[string][]string{
	"github.com/labstack/echo":             {"scim/rest", "internal/app", "internal/account", "internal/api", "internal/console", "internal/web", "internal/hangup", "internal/bench", "internal/conformance"},
	"github.com/jackc/pgx":                 {"store/postgres", "internal/testpg", "internal/bench"},
	"modernc.org/sqlite":                   {"store/sqlite"},
	"github.com/elimity-com/scim":          {"scim/fault", "scim/schema"},
	"github.com/scim2/filter-parser":       {"scim/filter"},
	"github.com/golang-jwt/jwt":            {"internal/auth", "internal/events"},
	"github.com/prometheus/client_golang":  {"internal/app"},
	"github.com/alecthomas/kong":           {"cmd/rollcall", "internal/app"},
	"golang.org/x/crypto/argon2":           {"scim"},
	"golang.org/x/crypto/chacha20poly1305": {"scim"},
	"golang.org/x/text":                    {"internal/inspect", "scim", "scim/schema"},
	"golang.org/x/time/rate":               {"internal/auth"},
	"github.com/wneessen/go-mail":          {"internal/mail"},
	"golang.org/x/net":                     {"internal/mail"},
	"github.com/mattn/go-isatty":           {"internal/app"},
	"github.com/santhosh-tekuri":           {"internal/openapi"},
	"github.com/coreos/go-oidc":            {"internal/openid"},
	"golang.org/x/oauth2":                  {"internal/openid"},
	"github.com/go-jose/go-jose":           {"internal/conformance", "internal/testoidc"},
	"github.com/zitadel/oidc":              {"internal/testoidc"},
	"go.yaml.in/yaml":                      {"internal/openapi"},
	"github.com/chromedp":                  {"internal/browser"},
	"database/sql":                         {"store/sqlite", "store/postgres"},
	"github.com/pressly/goose":             {"store/sqlite", "store/postgres"},
}

// neverIn says what a package must not import; its tests may.
var neverIn = map[string][]string{
	"net/http": {"scim", "scim/fault", "scim/schema", "scim/filter", "scim/patch", "scim/profile", "lifecycle", "schemas", "store", "store/sqlite", "store/postgres"},
	"log/slog": {"lifecycle", "schemas", "scim/fault", "scim/schema", "scim/filter", "scim/patch", "scim/profile"},
	"os":       {"lifecycle", "schemas", "store", "scim", "scim/fault", "scim/schema", "scim/filter", "scim/patch", "scim/profile", "scim/rest"},
}

// imported is one import of one package.
type imported struct {
	path, file string
	inTest     bool
}

// TestImports holds the imports of every package against the table. What it
// prints on failure is what the table has to say, if the import is right.
func TestImports(t *testing.T) {
	t.Parallel()
	table, found := readTable(t), packages(t)
	for pkg, imports := range found {
		named, known := table[pkg]
		if !known {
			t.Errorf("package %s is not in ARCHITECTURE.md: decide what it stands on", pkg)
			continue
		}
		if own := ownImports(imports); !slices.Equal(own, named) {
			t.Errorf("package %s imports what ARCHITECTURE.md does not say, or not all of it; it imports: %s", pkg, cell(own))
		}
		for _, i := range imports {
			if problem := judge(pkg, named, i); problem != "" {
				t.Errorf("%s: package %s imports %s: %s", i.file, pkg, i.path, problem)
			}
		}
	}
	for pkg := range table {
		if _, there := found[pkg]; !there {
			t.Errorf("package %s of ARCHITECTURE.md does not exist", pkg)
		}
	}
	for pkg := range inTests {
		if _, known := table[pkg]; !known {
			t.Errorf("the tests of package %s may import something, and it is not in ARCHITECTURE.md", pkg)
		}
	}
}

// judge says what is wrong with an import, for a package that imports what is
// named.
func judge(pkg string, named []string, i imported) string {
	if own, ok := strings.CutPrefix(i.path, module+"/"); ok {
		if slices.Contains(named, own) || i.inTest && (own == pkg || slices.Contains(inTests[pkg], own) || slices.Contains(inEachTest, own)) {
			return ""
		}
		return "against the direction of dependency"
	}
	for restricted, allowed := range onlyIn {
		if below(i.path, restricted) && !i.inTest && !slices.Contains(allowed, pkg) {
			return "only for " + strings.Join(allowed, ", ")
		}
	}
	for banned, where := range neverIn {
		if i.path == banned && !i.inTest && slices.Contains(where, pkg) {
			return "never there"
		}
	}
	return ""
}

func below(imported, parent string) bool {
	return imported == parent || strings.HasPrefix(imported, parent+"/")
}

// TestJudge holds the check itself to examples.
func TestJudge(t *testing.T) {
	t.Parallel()
	table := readTable(t)
	for _, test := range []struct {
		pkg    string
		i      imported
		wanted bool
	}{
		{"store", imported{path: "rollcall/lifecycle"}, false},
		{"scim", imported{path: "rollcall/store"}, true},
		{"scim", imported{path: "rollcall/store/sqlite"}, false},
		{"scim", imported{path: "net/http"}, false},
		{"scim/schema", imported{path: "rollcall/schemas"}, false},
		{"scim/schema", imported{path: "rollcall/schemas", inTest: true}, true},
		{"scim", imported{path: "rollcall/internal/testdb", inTest: true}, true},
		{"scim", imported{path: "rollcall/internal/testdb"}, false},
		{"store/sqlite", imported{path: "rollcall/store/postgres", inTest: true}, false},
		{"scim", imported{path: "github.com/labstack/echo/v4"}, false},
		{"scim/rest", imported{path: "github.com/labstack/echo/v4/middleware"}, true},
		{"cmd/rollcall", imported{path: "rollcall/store/postgres"}, false},
		{"internal/app", imported{path: "github.com/jackc/pgx/v5/pgxpool"}, false},
		{"internal/auth", imported{path: "github.com/elimity-com/scim/errors"}, false},
	} {
		if got := judge(test.pkg, table[test.pkg], test.i) == ""; got != test.wanted {
			t.Errorf("%s imports %s: allowed %v", test.pkg, test.i.path, got)
		}
	}
}

// packages reads the imports of every package of the module. It reads the
// files itself instead of asking the go command, so that the cache of go test
// notices every change, and no build tag hides a file.
func packages(t *testing.T) map[string][]imported {
	t.Helper()
	root, found, files := filepath.Join("..", ".."), map[string][]imported{}, token.NewFileSet()
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() {
			if name != root && (base == "testdata" || base == "bin" || base[0] == '.' || base[0] == '_') {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") {
			return nil
		}
		file, err := parser.ParseFile(files, name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		pkg := path.Dir(relative)
		found[pkg] = append(found[pkg], []imported{}...)
		for _, spec := range file.Imports {
			target, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			found[pkg] = append(found[pkg], imported{path: target, file: relative, inTest: strings.HasSuffix(base, "_test.go")})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 10 {
		t.Fatalf("found %d packages only", len(found))
	}
	return found
}
