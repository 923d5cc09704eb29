package console

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"rollcall/internal/openid"
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

const (
	// flowsHeld is how many sign-ins at the OpenID provider a browser may have under
	// way, each of a tab.
	flowsHeld = 5
	// flowBytes bounds what it holds of them: proxies refuse requests with long
	// headers.
	flowBytes = 4096
)

// choiceCookie is what a browser holds while somebody chooses a tenant.
func (f *face) choiceCookie() string { return f.cookieName() + "-choice" }

// flowCookie is what a browser holds of the sign-in that answers name by a state.
// Each has its own: what comes back with another state has nothing to end.
func (f *face) flowCookie(state string) string { return f.cookieName() + "-sign-in-" + state }

// hold lets the browser hold what it needs for a sign-in by the OpenID provider,
// or, with an empty value, forget it. It comes back from another site: Lax is as
// strict as it can be.
func (f *face) hold(c echo.Context, name, value string) { f.set(c, name, value, openid.FlowLife) }

// held is what the browser holds; empty for nothing.
func (f *face) held(c echo.Context, name string) string {
	cookie, err := c.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// holdFlow lets the browser hold a sign-in that has begun, and forget the oldest
// where it holds too much.
func (f *face) holdFlow(c echo.Context, begun openid.Begun) {
	name := f.flowCookie(begun.State)
	room, long := flowsHeld-1, flowBytes-len(name)-len(begun.Kept)
	// Browsers name first what they took first (RFC 6265 section 5.4).
	for _, cookie := range slices.Backward(c.Cookies()) {
		if !strings.HasPrefix(cookie.Name, f.flowCookie("")) {
			continue
		}
		room, long = room-1, long-len(cookie.Name)-len(cookie.Value)
		if room < 0 || long < 0 {
			f.hold(c, cookie.Name, "")
		}
	}
	f.hold(c, name, begun.Kept)
}

// signedIn tells who sends a request. operator.ErrSession for nobody.
func (f *face) signedIn(c echo.Context) (*operator.Identity, error) {
	cookie, err := c.Cookie(f.cookieName())
	if err != nil || cookie.Value == "" {
		return nil, operator.ErrSession
	}
	return f.Operators.Session(c.Request().Context(), cookie.Value)
}
