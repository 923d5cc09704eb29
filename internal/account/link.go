package account

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"rollcall/internal/requestid"
	"rollcall/internal/web"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

// linked are the pages of one kind of links. Showing one uses nothing up: mail
// scanners follow links, too.
type linked struct {
	*face
	kind string
}

func (f *face) linked(kind string) *linked { return &linked{f, kind} }

// titles are the headings by kind of link.
var titles = map[string]string{scim.LetterInvite: "Take over your account", scim.LetterReset: "Choose a new password"}

// form is the page with the form for who holds a link.
func (l *linked) form(owner *scim.LinkOwner, secret string) page {
	return page{Title: titles[l.kind], Password: &passwordForm{
		Action: l.kind, Link: secret, UserName: owner.UserName, Expires: owner.Expires, Least: scim.FewestCharacters,
	}}
}

// show asks for a password.
func (l *linked) show(c echo.Context) error {
	tenant, err := l.tenant(c)
	if err != nil {
		return err
	}
	secret := c.QueryParam("link")
	owner, err := l.Provider.ReadLink(c.Request().Context(), tenant, l.kind, secret)
	if errors.Is(err, scim.ErrLink) || errors.Is(err, store.ErrNotFound) {
		return l.invalid(c)
	}
	if err != nil {
		return err
	}
	return l.render(c, http.StatusOK, l.form(owner, secret))
}

// invalid says what to do where a link is none any more.
func (l *linked) invalid(c echo.Context) error {
	p := page{Title: "This link does not work", Text: []string{"It was used already, was replaced by a newer one, or has expired."}}
	switch {
	case l.kind == scim.LetterInvite:
		p.Text = append(p.Text, "If you have set your password, sign in with it. Otherwise ask your administrator for another invitation.")
	case l.Forgot != nil:
		p.Text, p.Ask = append(p.Text, "If a newer mail has come, use the link in it."), true
	default:
		p.Text = append(p.Text, "Ask your administrator for another one.")
	}
	return l.render(c, http.StatusNotFound, p)
}

// follow sets the password that the person chose.
func (l *linked) follow(c echo.Context) error {
	tenant, err := l.tenant(c)
	if err != nil {
		return err
	}
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	ctx, secret, password := c.Request().Context(), sent.Get("link"), sent.Get("password")
	owner, err := l.Provider.ReadLink(ctx, tenant, l.kind, secret)
	if errors.Is(err, scim.ErrLink) || errors.Is(err, store.ErrNotFound) {
		return l.invalid(c)
	}
	if err != nil {
		return err
	}
	again := l.form(owner, secret)
	if password != sent.Get("repeat") {
		again.Problem, again.Field = "The two passwords are not the same. Type the new one twice.", "repeat"
		return l.render(c, http.StatusUnprocessableEntity, again)
	}
	caller := &scim.Caller{Tenant: tenant, RequestID: requestid.From(ctx)}
	done, err := l.Provider.FollowLink(ctx, caller, l.kind, secret, password)
	var refused *lifecycle.Refusal
	told, isFault := fault.As(err)
	switch {
	case errors.Is(err, scim.ErrLink), errors.Is(err, store.ErrNotFound), errors.As(err, &refused):
		return l.invalid(c)
	case isFault && told.Status == http.StatusBadRequest:
		again.Problem, again.Field = unfit(err), "password"
		return l.render(c, http.StatusUnprocessableEntity, again)
	case err != nil:
		return err
	}
	return l.render(c, http.StatusOK, page{Title: "Your password is set", Text: next(owner.UserName, done)})
}
