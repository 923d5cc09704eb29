package console

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"rollcall/internal/operator"
	"rollcall/internal/requestid"
	"rollcall/internal/web"
	"rollcall/store"
)

func (f *face) signInRoutes(g *echo.Group) {
	g.GET("/sign-in", f.signIn)
	g.HEAD("/sign-in", f.signIn)
	g.POST("/sign-in", f.follow)
	g.POST("/sign-out", f.signOut)
}

// signInView is the page on which nobody is signed in yet.
type signInView struct {
	// Link and Name are of the link that was followed, if one was.
	Link, Name, Tenant string
	// Broken says that it does not work.
	Broken bool
	// Next is where to go on.
	Next string
	// SignedOut says that this was asked for.
	SignedOut bool
	// Provider is where else operators sign in, if anywhere.
	Provider *providerView
	// Problem says why nobody was signed in there.
	Problem string
	// Unknown is somebody who was and is no operator.
	Unknown *unknownView
	// Choices are the operators that somebody is, in several tenants.
	Choices []store.OperatorGrant
}

// signIn shows the button that uses a link up: showing the page uses nothing up,
// because mail scanners and previews of chats follow links, too.
func (f *face) signIn(c echo.Context) error {
	view := signInView{Link: c.QueryParam("link"), Next: inside(c.QueryParam("next")), SignedOut: c.QueryParam("done") != ""}
	if view.Link == "" {
		return f.signInPage(c, http.StatusOK, view)
	}
	who, err := f.Operators.ReadLink(c.Request().Context(), view.Link)
	if errors.Is(err, operator.ErrLink) {
		return f.signInPage(c, http.StatusNotFound, signInView{Broken: true})
	}
	if err != nil {
		return err
	}
	view.Name, view.Tenant = who.Operator.Name, who.Tenant.Name
	return f.signInPage(c, http.StatusOK, view)
}

// follow uses a link up.
func (f *face) follow(c echo.Context) error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	secret, _, err := f.Operators.FollowLink(c.Request().Context(), sent.Get("link"), visit(c))
	if errors.Is(err, operator.ErrLink) {
		return f.signInPage(c, http.StatusNotFound, signInView{Broken: true})
	}
	if err != nil {
		return err
	}
	f.keep(c, secret)
	return c.Redirect(http.StatusSeeOther, f.root+inside(sent.Get("next")))
}

// signOut ends the session; who has none is signed out as well.
func (f *face) signOut(c echo.Context) error {
	identity, err := f.signedIn(c)
	if err == nil {
		it := &call{Context: c, face: f, identity: identity}
		err = it.end(identity.Session.ID)
	}
	if err != nil && !errors.Is(err, operator.ErrSession) {
		return err
	}
	f.keep(c, "")
	return c.Redirect(http.StatusSeeOther, f.root+"/sign-in?done=signed-out")
}

// inside is a path below the root, whatever somebody has written into a link. What
// a browser would take for another one, such as /../elsewhere, is none.
func inside(next string) string {
	if strings.HasPrefix(next, "?") {
		return next
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.Contains(u.Path, "\\") || path.Clean(Root+u.Path) != Root+strings.TrimSuffix(u.Path, "/") {
		return ""
	}
	return next
}

// visit is where from a request comes.
func visit(c echo.Context) operator.Visit {
	r := c.Request()
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	return operator.Visit{Address: address, Agent: r.UserAgent(), RequestID: requestid.From(r.Context())}
}
