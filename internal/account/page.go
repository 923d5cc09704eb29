package account

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"time"

	"github.com/labstack/echo/v4"
)

//go:embed pages/style.css
var style string

//go:embed pages/page.html
var layout string

var pages = template.Must(template.New("page").Funcs(template.FuncMap{"when": when}).Parse(layout))

// when writes a time for people, of whom we do not know where they are.
func when(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// maxForm bounds what a form sends, in bytes.
const maxForm = 16 << 10

// page is all that a page shows. Forms have no other fields than these.
type page struct {
	// Title is the heading; Text stands below it, a paragraph each.
	Title string
	Text  []string
	// Problem is what was wrong with the form, Field the field of it.
	Problem, Field string
	Password       *passwordForm
	Forgot         *forgotForm
	// Ask offers to ask for another link.
	Ask bool

	Product string
	Style   template.CSS
}

// passwordForm lets a person choose a password. Link is what it was mailed with.
type passwordForm struct {
	Action, Link, UserName string
	Expires                time.Time
	Least                  int
}

// forgotForm asks who somebody is.
type forgotForm struct{ Name string }

// sources let a page do nothing but show itself in its own style.
var sources = func() string {
	hash := sha256.Sum256([]byte(style))
	return "style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
}()

// render answers with a page.
func (f *face) render(c echo.Context, status int, p page) error {
	p.Product, p.Style = f.Product, template.CSS(style) //nolint:gosec // it is embedded
	return f.site.Render(c, status, pages, p)
}
