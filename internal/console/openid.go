package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"rollcall/internal/openid"
	"rollcall/internal/requestid"
	"rollcall/internal/web"
	"rollcall/store"
)

// openIDPath is where below the root a sign-in at the provider begins.
const openIDPath = "/sign-in/oidc"

// RedirectURL is where an OpenID provider sends operators back to. base is the root
// under which browsers reach the server.
func RedirectURL(base string) string {
	return strings.TrimRight(base, "/") + Root + openIDPath + "/callback"
}

func (f *face) openIDRoutes(g *echo.Group) {
	if f.OpenID == nil {
		return
	}
	g.GET(openIDPath, f.beginOpenID)
	g.GET(openIDPath+"/callback", f.finishOpenID)
	g.POST(openIDPath, f.chooseOperator)
}

// providerView is the provider as the sign-in page offers it.
type providerView struct {
	Name, Path string
	// Failing is since when it does not answer, zero when it does.
	Failing time.Time
}

// provider is nil where operators sign in by links alone.
func (f *face) provider(next string) *providerView {
	if f.OpenID == nil {
		return nil
	}
	path := openIDPath
	if next != "" {
		path += "?" + url.Values{"next": {next}}.Encode()
	}
	return &providerView{Name: f.OpenID.Name, Path: path, Failing: f.OpenID.Failing()}
}

// beginOpenID sends the browser to the provider. It changes nothing here: what the
// browser keeps is of use to nobody else.
func (f *face) beginOpenID(c echo.Context) error {
	next := inside(c.QueryParam("next"))
	begun, err := f.OpenID.Begin(c.Request().Context(), next)
	if err != nil {
		return f.notSignedIn(c, err, next)
	}
	f.holdFlow(c, begun)
	return c.Redirect(http.StatusSeeOther, begun.Location)
}

// finishOpenID is where the provider sends the browser back to.
func (f *face) finishOpenID(c echo.Context) error {
	ctx := c.Request().Context()
	flow := f.flowCookie(c.QueryParam("state"))
	held := f.held(c, flow)
	person, next, err := f.OpenID.Finish(ctx, held, c.QueryParams())
	if held != "" {
		// It served for this once, whatever came of it.
		f.hold(c, flow, "")
	}
	if err != nil {
		return f.notSignedIn(c, err, next)
	}
	grants, err := f.Operators.OfSubject(ctx, person.Issuer, person.Subject)
	switch {
	case err != nil:
		return err
	case len(grants) == 0:
		f.Logger.WarnContext(ctx, "somebody who is no operator signed in at the OpenID provider", "request_id", requestid.From(ctx), "issuer", person.Issuer, "subject", person.Subject)
		return f.signInPage(c, http.StatusForbidden, signInView{Unknown: &unknownView{person, command(person)}})
	case len(grants) == 1:
		return f.signInAs(c, grants[0], next)
	}
	kept, err := f.OpenID.Keep(ctx, person, next)
	if err != nil {
		return err
	}
	f.hold(c, f.choiceCookie(), kept)
	return f.signInPage(c, http.StatusOK, signInView{Choices: grants})
}

// chooseOperator goes on as the operator of one of several tenants.
func (f *face) chooseOperator(c echo.Context) error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	person, next, err := f.OpenID.Kept(ctx, f.held(c, f.choiceCookie()))
	if err != nil {
		return f.notSignedIn(c, err, "")
	}
	grants, err := f.Operators.OfSubject(ctx, person.Issuer, person.Subject)
	if err != nil {
		return err
	}
	for _, one := range grants {
		if one.Operator.ID.String() == sent.Get("operator") {
			f.hold(c, f.choiceCookie(), "")
			return f.signInAs(c, one, next)
		}
	}
	return f.signInPage(c, http.StatusForbidden, signInView{Choices: grants})
}

func (f *face) signInAs(c echo.Context, grant store.OperatorGrant, next string) error {
	secret, err := f.Operators.SignIn(c.Request().Context(), grant, visit(c))
	if err != nil {
		return err
	}
	f.keep(c, secret)
	return c.Redirect(http.StatusSeeOther, f.root+inside(next))
}

// failures are what the sign-in page says where the provider led to nobody.
var failures = []struct {
	err    error
	status int
	text   string
}{
	{openid.ErrUnreachable, http.StatusServiceUnavailable, "does not answer at the moment. Try again, or sign in by a link."},
	{openid.ErrStale, http.StatusBadRequest, "was asked in another browser or too long ago, or its answer came twice. Sign in again."},
	{openid.ErrDeclined, http.StatusForbidden, "did not sign you in."},
	{openid.ErrRefused, http.StatusForbidden, "gave an answer that is not accepted. The log of the server says why."},
}

// notSignedIn says why nobody was signed in; the details are for the log.
func (f *face) notSignedIn(c echo.Context, err error, next string) error {
	ctx := c.Request().Context()
	for _, one := range failures {
		if !errors.Is(err, one.err) {
			continue
		}
		f.Logger.WarnContext(ctx, "an operator was not signed in", "request_id", requestid.From(ctx), "error", err)
		return f.signInPage(c, one.status, signInView{Next: next, Problem: f.OpenID.Name + " " + one.text})
	}
	return err
}

// unknownView is somebody whom the provider knows and who is no operator.
type unknownView struct {
	openid.Person
	// Command is what lets them in.
	Command string
}

// command binds an operator to somebody, as a shell takes it.
func command(person openid.Person) string {
	return "rollcall operator set NAME --tenant TENANT --issuer " + quoted(person.Issuer) + " --subject " + quoted(person.Subject)
}

// quoted is a text that a shell takes for what it is.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
