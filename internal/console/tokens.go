package console

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/internal/operator"
	"rollcall/internal/validation"
	"rollcall/internal/web"
	"rollcall/store"
)

func (f *face) tokenRoutes(r *routes) {
	r.show("/connections/:id/tokens", operator.ViewSettings, (*call).tokens)
	r.do("/connections/:id/tokens", operator.ManageSettings, (*call).createToken)
	r.show("/connections/:id/tokens/:prefix/revoke", operator.ManageSettings, (*call).askRevoke)
	r.do("/connections/:id/tokens/:prefix/revoke", operator.ManageSettings, (*call).revokeToken)
}

// tokensView is the page of the tokens of a connection.
type tokensView struct {
	connectionTop
	Base string
	// JWTs says that JWTs work beside the tokens.
	JWTs bool
	Rows []tokenRow
	Form tokenForm
	// Secret is a new token, shown this once; Made is what it is.
	Secret string
	Made   *tokenRow
	// Revoke is the token that is about to be revoked, nil for none.
	Revoke *tokenRow
}

// tokenRow is a token.
type tokenRow struct {
	store.Token
	// State says why it does not work, empty where it does.
	State string
	// User is whom it acts for, empty for the connection.
	User string
}

// tokenForm asks for a new token.
type tokenForm struct {
	Scopes  []scopeChoice
	Expires string
	Problem string
}

type scopeChoice struct {
	Name   string
	Chosen bool
}

// tokenState says why a token does not work, empty where it does.
func tokenState(token *store.Token, now time.Time) string {
	switch {
	case !token.Revoked.IsZero():
		return "Revoked"
	case !token.Expires.IsZero() && !token.Expires.After(now):
		return "Expired"
	}
	return ""
}

// usualScopes are what a provisioning source needs.
var usualScopes = auth.ScopesOf(auth.ScopeSCIMRead, auth.ScopeSCIMWrite)

// scopeChoices are the scopes that the operator may give.
func (c *call) scopeChoices(chosen []string) []scopeChoice {
	var choices []scopeChoice
	for _, name := range auth.AllScopes().Names() {
		if c.identity.Role.May(operator.ForScopes(auth.ScopesOf(auth.Scope(name)))) {
			choices = append(choices, scopeChoice{name, slices.Contains(chosen, name)})
		}
	}
	return choices
}

func (c *call) tokensView() (*tokensView, error) {
	top, err := c.aboutConnection("/tokens")
	if err != nil {
		return nil, err
	}
	found, err := c.face.Store.Tokens(c.Request().Context(), c.identity.Tenant.ID, top.ID)
	if err != nil {
		return nil, err
	}
	view := &tokensView{connectionTop: top, Base: c.face.SCIMBase, JWTs: c.face.JWTs, Form: tokenForm{Scopes: c.scopeChoices(usualScopes.Names())}}
	for i := range found {
		view.Rows = append(view.Rows, c.tokenRow(&found[i]))
	}
	slices.Reverse(view.Rows)
	return view, nil
}

func (c *call) tokenRow(token *store.Token) tokenRow {
	row := tokenRow{Token: *token, State: tokenState(token, c.face.Provider.Now())}
	if token.Subject != uuid.Nil {
		row.User = token.Subject.String()
	}
	return row
}

func (c *call) tokens() error {
	view, err := c.tokensView()
	if err != nil {
		return err
	}
	return c.page(http.StatusOK, "tokens", view.Name, view)
}

// createToken makes a token. It is shown on the page that answers, this once.
func (c *call) createToken() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	view, err := c.tokensView()
	if err != nil {
		return err
	}
	secret, made, err := c.issue(view.Connection, sent)
	if problem := refused("create", err); problem != "" {
		view.Form = tokenForm{Scopes: c.scopeChoices(sent["scope"]), Expires: sent.Get("expires"), Problem: problem}
		return c.page(http.StatusUnprocessableEntity, "tokens", view.Name, view)
	}
	if err != nil {
		return err
	}
	row := c.tokenRow(&made)
	view.Secret, view.Made, view.Rows = secret, &row, slices.Insert(view.Rows, 0, row)
	return c.page(http.StatusOK, "tokens", view.Name, view)
}

// issue makes the token that the form asks for.
func (c *call) issue(connection *store.Connection, sent url.Values) (string, store.Token, error) {
	at := c.face.Provider.Now()
	request := auth.Request{Connection: *connection, Created: at, Audit: c.noted("token.create", at)}
	var err error
	if request.Scopes, err = auth.ParseScopes(sent["scope"]); err != nil {
		return "", store.Token{}, validation.Errorf("scopes", "%v", err)
	}
	if !c.identity.Role.May(operator.ForScopes(request.Scopes)) {
		return "", store.Token{}, errForbidden
	}
	if request.Expires, err = admin.When("expires", typed(sent.Get("expires")), at); err != nil {
		return "", store.Token{}, err
	}
	return admin.IssueToken(c.Request().Context(), c.face.Store, request)
}

// toRevoke is the page of the tokens with the one that the path names. A token
// of another connection is none.
func (c *call) toRevoke() (*tokensView, error) {
	view, err := c.tokensView()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(view.Rows, func(row tokenRow) bool { return row.Prefix == c.Param("prefix") })
	if i < 0 {
		return nil, errNotFound
	}
	view.Revoke = &view.Rows[i]
	return view, nil
}

func (c *call) askRevoke() error {
	view, err := c.toRevoke()
	if err != nil {
		return err
	}
	return c.page(http.StatusOK, "token-revoke", "Revoke a token of "+view.Name, view)
}

func (c *call) revokeToken() error {
	view, err := c.toRevoke()
	if err != nil {
		return err
	}
	at := c.face.Provider.Now()
	if err := c.face.Store.RevokeToken(c.Request().Context(), c.identity.Tenant.ID, view.Revoke.Prefix, at, c.noted("token.revoke", at)); err != nil {
		return err
	}
	return c.back("/connections/"+view.ID.String()+"/tokens", noticeTokenRevoked)
}
