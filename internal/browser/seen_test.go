package browser

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"rollcall/internal/console"
)

// seen is what of the console somebody has come across: routes by method and path,
// as they are registered, and templates by name.
type seen struct {
	router    *echo.Echo
	routes    map[string]bool
	templates map[string]bool
}

// unseen are the routes that are no page, and the forms that no page of this test
// shows, each with who looks after it.
var unseen = map[string]string{
	"GET /console/static/:file":        "a file that pages load",
	"GET /console/users/export":        "a file: files are exported",
	"GET /console/batches/:id/events":  "a stream: TestConsoleTellsProgress",
	"POST /console/batches/:id/cancel": "shown while a job lasts: TestConsoleChangesMany",
	"POST /console/batches/:id/apply":  "shown for more than 2,000 users: a look is carried out",
}

func (s *seen) begin() {
	if s.router == nil {
		s.router, s.routes, s.templates = echo.New(), map[string]bool{}, map[string]bool{}
		console.Register(s.router, console.Options{})
	}
}

// route is what is registered for a request of the console.
func (s *seen) route(method, path string) string {
	s.begin()
	c := s.router.NewContext(nil, nil)
	s.router.Router().Find(method, path, c)
	return method + " " + c.Path()
}

// note notes the page that a tab shows.
func (s *seen) note(b *tab) {
	b.t.Helper()
	s.routes[s.route(b.watch.asked())] = true
	s.templates[script[string](b, `document.querySelector("main").dataset.page`)] = true
}

// form notes that a page has a form that sends to a path below the root.
func (s *seen) form(t *testing.T, page, target string) {
	t.Helper()
	path, _, _ := strings.Cut(console.Root+target, "?")
	route := s.route(http.MethodPost, path)
	if s.routes[route] = true; strings.HasSuffix(route, "*") {
		t.Errorf("%s: a form sends to %s", page, target)
	}
}

// all fails the test for each page, form and template that nobody came across.
func (s *seen) all(t *testing.T) {
	t.Helper()
	s.begin()
	for _, route := range s.router.Routes() {
		name := route.Method + " " + route.Path
		if route.Method != http.MethodGet && route.Method != http.MethodPost {
			continue
		}
		if !s.routes[name] && unseen[name] == "" {
			t.Errorf("%s: no page or form of it was seen", name)
		}
	}
	files, err := filepath.Glob(filepath.Join("..", "console", "pages", "*.html"))
	if err != nil || len(files) < 10 {
		t.Fatalf("templates: %q %v", files, err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".html")
		if strings.HasPrefix(string(source), `{{define "page"}}`) && !s.templates[name] {
			t.Errorf("%s: no page made of it was seen", name)
		}
	}
}
