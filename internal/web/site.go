package web

import (
	"bytes"
	"html/template"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"
)

// Site is the pages of one face. Its words and templates are the face's own.
type Site struct {
	// Holds reports whether an escaped path is that of a page.
	Holds func(path string) bool
	// Sources are the directives that say what pages may load; there is nothing else
	// that they may.
	Sources string
	// Referrer is the Referrer-Policy.
	Referrer string
	// Problem answers with the page for an error.
	Problem func(c echo.Context, p Problem) error
	Logger  *slog.Logger
}

// Serve answers errors at the paths of the site with its pages.
func (s *Site) Serve(e *echo.Echo) {
	other := e.HTTPErrorHandler
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		if s.Holds(c.Request().URL.EscapedPath()) {
			s.fail(c, err)
			return
		}
		other(err, c)
	}
}

// Protect lets nobody keep, frame or guess what an answer is: what is in it, and in
// its address, is for one person. A page loads what the site lets it, and sends its
// forms here.
func (s *Site) Protect(h http.Header) {
	for name, value := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; " + s.Sources + "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"Cache-Control":           "no-store", "Referrer-Policy": s.Referrer, "X-Frame-Options": "DENY",
		"X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		h.Set(name, value)
	}
}

// Render answers with a page, protected. A template that fails has sent nothing.
func (s *Site) Render(c echo.Context, status int, page *template.Template, view any) error {
	var body bytes.Buffer
	if err := page.Execute(&body, view); err != nil {
		return err
	}
	h := c.Response().Header()
	s.Protect(h)
	if c.Request().Method == http.MethodHead {
		h.Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
		return c.NoContent(status)
	}
	return c.HTMLBlob(status, body.Bytes())
}
