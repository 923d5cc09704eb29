package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"rollcall/internal/operator"
	"rollcall/internal/requestid"
	"rollcall/scim"
)

// routes registers the pages of operators who have signed in.
type routes struct {
	face  *face
	group *echo.Group
}

// handler answers a call.
type handler func(*call) error

// show is a page that changes nothing.
func (r *routes) show(path string, needs operator.Permission, h handler) {
	answer := r.face.authorised(needs, h)
	r.group.GET(path, answer)
	r.group.HEAD(path, answer)
}

// do is what a form asks for.
func (r *routes) do(path string, needs operator.Permission, h handler) {
	r.group.POST(path, r.face.authorised(needs, h))
}

// call is one request of an operator.
type call struct {
	echo.Context
	face     *face
	identity *operator.Identity
	// read is what names has read; nil before.
	read *names
}

// authorised lets operators pass whose role allows it. What depends on more than the
// path, such as the action of a batch, is asked again by the handler.
func (f *face) authorised(needs operator.Permission, next handler) echo.HandlerFunc {
	return func(c echo.Context) error {
		identity, err := f.signedIn(c)
		if errors.Is(err, operator.ErrSession) {
			return c.Redirect(http.StatusSeeOther, f.root+signInPath(c.Request()))
		}
		if err != nil {
			return err
		}
		it := &call{Context: c, face: f, identity: identity}
		c.Set(callKey, it)
		if !identity.Role.May(needs) {
			return errForbidden
		}
		return next(it)
	}
}

// callKey is where error pages find who has asked.
const callKey = "rollcall.console.call"

// signInPath is where below the root who is not signed in is sent, and comes back
// from to what was asked for.
func signInPath(r *http.Request) string {
	path := "/sign-in"
	if r.Method == http.MethodGet && r.URL.Path != Root {
		path += "?" + url.Values{"next": {strings.TrimPrefix(r.URL.RequestURI(), Root)}}.Encode()
	}
	return path
}

// caller is the operator, as an administrator who acts by itself.
func (c *call) caller() *scim.Caller {
	caller := scim.AdministratorCaller(c.identity.Tenant.ID, scim.KindOperator, c.identity.ActorID(), requestid.From(c.Request().Context()))
	if w, ok := c.Response().Writer.(interface{ Moved() }); ok {
		caller.Progress = w.Moved
	}
	return caller
}

// back sends the browser to a page that says what was done.
func (c *call) back(path string, done notice) error {
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	return c.Redirect(http.StatusSeeOther, c.face.root+path+separator+"done="+url.QueryEscape(string(done)))
}
