package layout

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "rollcall"

// rule is what a package may import of this module.
type rule struct {
	// code and tests name packages below the module; tests may import what
	// code may, too.
	code, tests []string
}

func on(packages ...string) rule { return rule{code: packages} }

func (r rule) inTests(packages ...string) rule {
	r.tests = packages
	return r
}

var (
	provider = []string{"scim", "scim/fault", "scim/filter", "scim/patch", "scim/schema"}
	backends = []string{"store/postgres", "store/sqlite"}
)

// rules is the table of ARCHITECTURE.md. A package that is not in it fails the
// test: its place is to be decided, not to be found out later.
var rules = map[string]rule{
	// The floor knows nothing of each other.
	"schemas":   on(),
	"store":     on(),
	"lifecycle": on().inTests("lifecycle/lifecycletest"),

	"lifecycle/lifecycletest": on("lifecycle"),

	"scim/fault":   on(),
	"scim/schema":  on("scim/fault").inTests("schemas"),
	"scim/filter":  on("scim/fault", "scim/schema").inTests("schemas"),
	"scim/patch":   on("scim/fault", "scim/filter", "scim/schema").inTests("schemas"),
	"scim/profile": on("scim/schema").inTests("schemas", "scim/fault", "scim/filter", "scim/patch"),
	"scim":         on("scim/fault", "scim/filter", "scim/patch", "scim/schema", "store", "lifecycle").inTests("schemas", "lifecycle/lifecycletest", "store/sqlite", "store/postgres", "internal/testpg"),

	"scim/async": on("scim", "scim/fault", "scim/profile", "scim/schema", "store").inTests("schemas", "store/sqlite"),

	// Faces stand beside each other, never on one another.
	"scim/rest": on(append(provider, "scim/async", "scim/profile", "store", "internal/auth", "internal/requestid")...).inTests("schemas", "store/sqlite"),

	// Backends hang off the contract and never see each other.
	"store/storetest": on("store"),
	"store/sqlite":    on("store").inTests("store/storetest"),
	"store/postgres":  on("store").inTests("store/storetest", "internal/testpg"),

	"internal/requestid": on(),
	"internal/form":      on(),
	"internal/auth":      on("store"),
	"internal/operator":  on("store", "internal/auth").inTests("store/sqlite"),
	"internal/jobs":      on("store").inTests("store/sqlite"),
	"internal/audit":     on("store").inTests("store/sqlite"),
	"internal/mail":      on(),
	"internal/outbound":  on(),
	"internal/events":    on("internal/outbound", "store").inTests("store/postgres", "store/sqlite", "internal/testpg"),

	"internal/letter": on("scim", "lifecycle", "store", "internal/jobs", "internal/mail").inTests("scim/schema", "schemas", "store/sqlite"),
	// The pages for the owners of accounts, a face beside the others.
	"internal/account": on("scim", "scim/fault", "lifecycle", "store", "internal/form", "internal/requestid").inTests("internal/letter", "scim/schema", "schemas", "store/sqlite"),

	// The pages for operators.
	"internal/console": on("scim/fault", "store", "internal/form", "internal/operator", "internal/requestid"),

	// What administrators can do, for the face and for the command.
	"internal/admin": on("scim", "scim/profile", "lifecycle", "store", "internal/auth").inTests("scim/fault"),
	"internal/batch": on("scim", "scim/fault", "scim/schema", "lifecycle", "store", "internal/admin", "internal/jobs").inTests("schemas", "store/sqlite", "store/postgres", "internal/testpg"),
	"internal/api":   on(append(provider, "scim/profile", "lifecycle", "store", "internal/admin", "internal/audit", "internal/auth", "internal/events", "internal/operator", "internal/requestid", "internal/batch")...).inTests("internal/openapi"),

	// The wiring alone names a backend, and the command calls the wiring.
	"internal/app": on(append(append(provider, backends...), "lifecycle", "scim/async", "scim/profile", "scim/rest", "schemas", "store", "internal/account", "internal/admin", "internal/api", "internal/auth", "internal/batch", "internal/console", "internal/events", "internal/jobs", "internal/letter", "internal/mail", "internal/operator", "internal/outbound", "internal/requestid")...).inTests("internal/testpg"),
	"cmd/rollcall": on("internal/admin", "internal/app", "internal/auth", "internal/console", "internal/letter", "internal/operator", "lifecycle", "scim", "scim/fault", "scim/profile", "scim/schema", "store").inTests("scim/schema", "internal/testpg"),

	// Tests and measurements stand above everything.
	"internal/layout":       on(),
	"internal/requirements": on(),
	"internal/testpg":       on(),
	"internal/openapi":      on(),
	"internal/trial":        on("internal/app", "scim/rest"),
	"internal/tester":       on("internal/testpg", "internal/trial"),
	"internal/bench":        on("internal/testpg", "internal/trial"),
	"internal/conformance":  on().inTests(append(append(provider, backends...), "scim/async", "scim/profile", "scim/rest", "schemas", "store", "lifecycle", "internal/admin", "internal/api", "internal/app", "internal/auth", "internal/console", "internal/openapi", "internal/operator", "internal/testpg", "internal/trial")...),
}

// onlyIn says which packages may import a package of another module, or of the
// standard library, and everything below it.
var onlyIn = map[string][]string{
	"github.com/labstack/echo":             {"scim/rest", "internal/app", "internal/account", "internal/api", "internal/console", "internal/form", "internal/bench"},
	"github.com/jackc/pgx":                 {"store/postgres", "internal/testpg", "internal/bench"},
	"modernc.org/sqlite":                   {"store/sqlite"},
	"github.com/elimity-com/scim":          {"scim/fault", "scim/schema"},
	"github.com/scim2/filter-parser":       {"scim/filter"},
	"github.com/golang-jwt/jwt":            {"internal/auth", "internal/events"},
	"github.com/prometheus/client_golang":  {"internal/app"},
	"github.com/alecthomas/kong":           {"cmd/rollcall", "internal/app"},
	"golang.org/x/crypto/argon2":           {"scim"},
	"golang.org/x/crypto/chacha20poly1305": {"scim"},
	"golang.org/x/text":                    {"scim", "scim/schema"},
	"golang.org/x/time/rate":               {"internal/auth"},
	"github.com/wneessen/go-mail":          {"internal/mail"},
	"golang.org/x/net":                     {"internal/mail"},
	"github.com/mattn/go-isatty":           {"internal/app"},
	"github.com/santhosh-tekuri":           {"internal/openapi"},
	"go.yaml.in/yaml":                      {"internal/openapi"},
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

func TestImports(t *testing.T) {
	t.Parallel()
	for pkg, imports := range packages(t) {
		r, known := rules[pkg]
		if !known {
			t.Errorf("package %s has no rule: decide what it stands on, here and in ARCHITECTURE.md", pkg)
			continue
		}
		for _, i := range imports {
			if problem := judge(pkg, r, i); problem != "" {
				t.Errorf("%s: package %s imports %s: %s", i.file, pkg, i.path, problem)
			}
		}
	}
}

func judge(pkg string, r rule, i imported) string {
	if own, ok := strings.CutPrefix(i.path, module+"/"); ok {
		if own == pkg && i.inTest || slices.Contains(r.code, own) || i.inTest && slices.Contains(r.tests, own) {
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

// TestRulesDescendStrictly: no two packages may import each other, even by way
// of others, if all rules were used.
func TestRulesDescendStrictly(t *testing.T) {
	t.Parallel()
	var visit func(pkg string, above []string)
	visit = func(pkg string, above []string) {
		if slices.Contains(above, pkg) {
			t.Errorf("the rules allow a cycle: %s", strings.Join(append(above, pkg), " -> "))
			return
		}
		for _, next := range rules[pkg].code {
			if _, known := rules[next]; !known {
				t.Errorf("the rule of %s names %s, which has none", pkg, next)
			}
			visit(next, append(above, pkg))
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(rules)) {
		visit(pkg, nil)
	}
}

// TestJudge holds the check itself to examples.
func TestJudge(t *testing.T) {
	t.Parallel()
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
		{"store/sqlite", imported{path: "rollcall/store/postgres", inTest: true}, false},
		{"scim", imported{path: "github.com/labstack/echo/v4"}, false},
		{"scim/rest", imported{path: "github.com/labstack/echo/v4/middleware"}, true},
		{"cmd/rollcall", imported{path: "rollcall/store/postgres"}, false},
		{"internal/app", imported{path: "github.com/jackc/pgx/v5/pgxpool"}, false},
		{"internal/auth", imported{path: "github.com/elimity-com/scim/errors"}, false},
	} {
		if got := judge(test.pkg, rules[test.pkg], test.i) == ""; got != test.wanted {
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
