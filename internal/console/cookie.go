package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"rollcall/internal/operator"
)

// cookieName is what the session is kept under. With the prefix browsers take it
// by https alone, for this host alone.
func (f *face) cookieName() string {
	if f.Secure {
		return "__Host-rollcall"
	}
	return "rollcall"
}

// keep lets the browser hold a session, or, with an empty secret, forget it.
// Links from mails and chats must find the session: SameSite is Lax, and what
// changes anything is never a GET and never from another origin.
func (f *face) keep(c echo.Context, secret string) {
	cookie := &http.Cookie{ //nolint:gosec // Secure wherever browsers come by https
		Name: f.cookieName(), Value: secret, Path: "/", HttpOnly: true, Secure: f.Secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(operator.SessionLife.Seconds()),
	}
	if secret == "" {
		cookie.MaxAge = -1
	}
	c.SetCookie(cookie)
}

// signedIn tells who sends a request. operator.ErrSession for nobody.
func (f *face) signedIn(c echo.Context) (*operator.Identity, error) {
	cookie, err := c.Cookie(f.cookieName())
	if err != nil || cookie.Value == "" {
		return nil, operator.ErrSession
	}
	return f.Operators.Session(c.Request().Context(), cookie.Value)
}
