package console

import (
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"rollcall/internal/operator"
	"rollcall/internal/web"
	"rollcall/store"
)

// maxForm bounds what a form sends, in bytes.
const maxForm = 64 << 10

//go:embed pages
var pageFiles embed.FS

// templates are the pages by name, each with the frame around it.
var templates = parse()

func parse() map[string]*template.Template {
	functions := template.FuncMap{"when": when, "stamp": stamp, "plural": plural, "meanwhile": meanwhile, "atSigns": func(text string) []string { return strings.Split(text, "@") }}
	frame := template.Must(template.New("frame.html").Funcs(functions).ParseFS(pageFiles, "pages/frame.html", "pages/partials.html"))
	names, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	all := map[string]*template.Template{}
	for _, name := range names {
		if base := path.Base(name); base != "frame.html" && base != "partials.html" {
			all[strings.TrimSuffix(base, ".html")] = template.Must(template.Must(frame.Clone()).ParseFS(pageFiles, name))
		}
	}
	return all
}

// when writes a time for people, of whom we do not know where they are.
func when(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }

// moment is when for what follows each other in seconds.
func moment(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04:05 UTC") }

// stamp writes a time for programs.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// frame is what a page is shown in.
type frame struct {
	// Name is that of the template of the page, Title its heading.
	Name, Title, Product string
	// Root is where the console is found, Path the page below it that is shown.
	Root, Path string
	// Operator is who has signed in, nil for nobody.
	Operator *store.Operator
	Role     operator.Role
	Tenant   string
	// Notice says what was done by the form that led here.
	Notice string
	// Page is what the page itself shows.
	Page any
}

// watched is a page about what is under way.
type watched interface{ UnderWay() bool }

// Lasts reports whether the page shows what is under way: without scripts browsers
// look at it again by themselves.
func (f *frame) Lasts() bool {
	page, ok := f.Page.(watched)
	return ok && page.UnderWay()
}

// May reports whether who has signed in may do something, so that a page offers
// nothing that would be refused.
func (f *frame) May(name string) bool { return f.Role.May(permissions[name]) }

// permissions are those that pages ask for, by name.
var permissions = map[string]operator.Permission{
	"manage accounts": operator.ManageAccounts, "assist accounts": operator.AssistAccounts, "manage operators": operator.ManageOperators, "view settings": operator.ViewSettings, "view audit": operator.ViewAudit, "manage settings": operator.ManageSettings,
	"share views": operator.ShareViews,
}

// page answers a signed-in operator.
func (c *call) page(status int, name, title string, view any) error {
	return c.face.render(c, status, name, &frame{
		Title: title, Path: strings.TrimPrefix(c.Request().URL.Path, Root), Operator: &c.identity.Operator, Role: c.identity.Role, Tenant: c.identity.Tenant.Name,
		Notice: notice(c.QueryParam("done")).text(), Page: view,
	})
}

// signInPage answers somebody who has not signed in.
func (f *face) signInPage(c echo.Context, status int, view signInView) error {
	view.Provider = f.provider(view.Next)
	return f.render(c, status, "sign-in", &frame{Title: "Sign in", Path: strings.TrimPrefix(c.Request().URL.Path, Root), Page: view})
}

func (f *face) render(c echo.Context, status int, name string, shown *frame) error {
	shown.Name, shown.Product, shown.Root = name, f.Product, f.root
	return f.site.Render(c, status, templates[name], shown)
}

var (
	errNotFound    = echo.NewHTTPError(http.StatusNotFound)
	errBadRequest  = echo.NewHTTPError(http.StatusBadRequest)
	errUnsupported = echo.NewHTTPError(http.StatusUnsupportedMediaType)
	errForbidden   = echo.NewHTTPError(http.StatusForbidden)
	errCrossOrigin = echo.NewHTTPError(http.StatusForbidden, "cross-origin")
)

// problemView is an error page.
type problemView struct{ Text []string }

// problem answers with the page for an error.
func (f *face) problem(c echo.Context, p web.Problem) error {
	title, text := problem(p)
	shown := &frame{Title: title, Path: strings.TrimPrefix(c.Request().URL.Path, Root), Page: problemView{text}}
	if it, ok := c.Get(callKey).(*call); ok {
		shown.Operator, shown.Role, shown.Tenant = &it.identity.Operator, it.identity.Role, it.identity.Tenant.Name
	}
	return f.render(c, p.Status, "problem", shown)
}
