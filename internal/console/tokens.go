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
	// Next is where the list goes on; empty at its end.
	Next string
	Form tokenForm
	// Secret is a new token, shown this once; Made is what it is.
	Secret string
	Made   *tokenRow
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
	search := store.TokenSearch{Tenant: c.identity.Tenant.ID, Connection: top.ID, NewestFirst: true, Limit: rowsOnPage}
	if search.After, err = store.ParseTokenPosition(c.QueryParam("before")); err != nil {
		return nil, errNotFound
	}
	found, err := c.face.Store.Tokens(c.Request().Context(), search)
	if err != nil {
		return nil, err
	}
	view := &tokensView{connectionTop: top, Base: c.face.SCIMBase, JWTs: c.face.JWTs, Form: tokenForm{Scopes: c.scopeChoices(usualScopes.Names())}}
	for i := range found.Tokens {
		view.Rows = append(view.Rows, c.tokenRow(&found.Tokens[i]))
	}
	if found.More {
		view.Next = "?" + url.Values{"before": {found.Tokens[len(found.Tokens)-1].Position().String()}}.Encode()
	}
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
	request := auth.Request{Connection: *connection, Created: at, Audit: c.noted()}
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

// revokeView is the page that asks whether to revoke a token.
type revokeView struct {
	connectionTop
	Revoke tokenRow
}

// toRevoke is the token that the path names. One of another connection is none.
func (c *call) toRevoke() (*revokeView, error) {
	top, err := c.aboutConnection("/tokens")
	if err != nil {
		return nil, err
	}
	found, err := c.face.Store.Grant(c.Request().Context(), c.Param("prefix"))
	if err != nil {
		return nil, err
	}
	if found.Token.Tenant != top.Tenant || found.Token.Connection != top.ID {
		return nil, errNotFound
	}
	return &revokeView{top, c.tokenRow(&found.Token)}, nil
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
	if err := admin.RevokeToken(c.Request().Context(), c.face.Store, view.Tenant, view.Revoke.Prefix, c.noted()); err != nil {
		return err
	}
	return c.back("/connections/"+view.ID.String()+"/tokens", noticeTokenRevoked)
}
