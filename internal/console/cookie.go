package console

import (
	"net/http"
	"time"

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
	f.set(c, f.cookieName(), secret, operator.SessionLife)
}

func (f *face) set(c echo.Context, name, value string, life time.Duration) {
	cookie := &http.Cookie{ //nolint:gosec // Secure wherever browsers come by https
		Name: name, Value: value, Path: "/", HttpOnly: true, Secure: f.Secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(life.Seconds()),
	}
	if value == "" {
		cookie.MaxAge = -1
	}
	c.SetCookie(cookie)
}

// hold lets the browser hold what it needs while it is at the OpenID provider, or,
// with an empty value, forget it. It comes back from another site: Lax is as
// strict as it can be.
func (f *face) hold(c echo.Context, value string, life time.Duration) {
	f.set(c, f.cookieName()+"-sign-in", value, life)
}

// held is what the browser holds; empty for nothing.
func (f *face) held(c echo.Context) string {
	cookie, err := c.Cookie(f.cookieName() + "-sign-in")
	if err != nil {
		return ""
	}
	return cookie.Value
}

// signedIn tells who sends a request. operator.ErrSession for nobody.
func (f *face) signedIn(c echo.Context) (*operator.Identity, error) {
	cookie, err := c.Cookie(f.cookieName())
	if err != nil || cookie.Value == "" {
		return nil, operator.ErrSession
	}
	return f.Operators.Session(c.Request().Context(), cookie.Value)
}
