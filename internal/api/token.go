package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/store"
)

func (f *face) tokenRoutes(r *routes) {
	r.get("/tokens", (*call).tokens, "connection", "count", "cursor")
	r.add(http.MethodPost, "/tokens", auth.ScopeAdminWrite, (*call).createToken)
	r.add(http.MethodDelete, "/tokens/:prefix", auth.ScopeAdminWrite, (*call).revokeToken)
}

// tokenView is a token. Token itself is in the answer to its creation alone.
type tokenView struct {
	Token      string    `json:"token,omitzero"`
	Prefix     string    `json:"prefix"`
	Connection string    `json:"connection"`
	Scopes     []string  `json:"scopes"`
	User       string    `json:"user,omitzero"`
	Created    time.Time `json:"created"`
	Expires    time.Time `json:"expires,omitzero"`
	Revoked    time.Time `json:"revoked,omitzero"`
	LastUsed   time.Time `json:"lastUsed,omitzero"`
}

func viewToken(token *store.Token, connection string) tokenView {
	view := tokenView{
		Prefix: token.Prefix, Connection: connection, Scopes: token.Scopes, Created: token.Created.UTC(),
		Expires: token.Expires, Revoked: token.Revoked, LastUsed: token.LastUsed,
	}
	if token.Subject != uuid.Nil {
		view.User = token.Subject.String()
	}
	return view
}

// tokenPage is a page of tokens.
type tokenPage struct {
	Tokens []tokenView `json:"tokens"`
	Next   string      `json:"next,omitzero"`
}

// tokens lists the tokens of a connection, or of all.
func (c *call) tokens() error {
	ctx, search := c.Request().Context(), store.TokenSearch{Tenant: c.identity.Tenant.ID}
	var err error
	if search.Limit, err = c.count(); err != nil {
		return err
	}
	if search.After, err = store.ParseTokenPosition(c.QueryParam("cursor")); err != nil {
		return errCursor
	}
	connections, err := c.face.Store.Connections(ctx, search.Tenant)
	if err != nil {
		return err
	}
	names := admin.ConnectionNames(connections)
	if name := c.QueryParam("connection"); name != "" {
		one, err := c.named(name)
		if err != nil {
			return err
		}
		search.Connection, names[one.ID] = one.ID, one.Name
	}
	found, err := c.face.Store.Tokens(ctx, search)
	if err != nil {
		return err
	}
	page := tokenPage{Tokens: []tokenView{}}
	for i := range found.Tokens {
		page.Tokens = append(page.Tokens, viewToken(&found.Tokens[i], names[found.Tokens[i].Connection]))
	}
	if found.More {
		page.Next = found.Tokens[len(found.Tokens)-1].Position().String()
	}
	return c.reply(http.StatusOK, page)
}

// createToken makes a token; it is shown this once.
func (c *call) createToken() error {
	var body struct {
		Connection string   `json:"connection"`
		Scopes     []string `json:"scopes"`
		User       string   `json:"user"`
		Expires    string   `json:"expires"`
	}
	if err := c.read(&body); err != nil {
		return err
	}
	request := auth.Request{Created: c.face.Provider.Now(), Audit: c.trail(c.face.Provider.Now())}
	var err error
	if request.Scopes, err = auth.ParseScopes(body.Scopes); err != nil {
		return invalid("scopes", "%v", err)
	}
	if request.Expires, err = admin.When("expires", body.Expires, request.Created); err != nil {
		return err
	}
	if body.Connection == "" {
		return invalid("connection", "is required")
	}
	if request.Connection, err = c.named(body.Connection); err != nil {
		return err
	}
	if body.User != "" {
		request.User, err = c.face.Provider.FindLiving(c.Request().Context(), c.caller(), body.User)
		if errors.Is(err, store.ErrNotFound) {
			return invalid("user", "there is no such user")
		}
		if err != nil {
			return err
		}
	}
	secret, made, err := admin.IssueToken(c.Request().Context(), c.face.Store, request)
	if err != nil {
		return err
	}
	view := viewToken(&made, request.Connection.Name)
	view.Token = secret
	return c.reply(http.StatusCreated, view)
}

// revokeToken ends a token; servers take up to ten seconds to notice.
func (c *call) revokeToken() error {
	err := admin.RevokeToken(c.Request().Context(), c.face.Store, c.identity.Tenant.ID, c.part("prefix"), c.trail(c.face.Provider.Now()))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return newProblem(http.StatusNotFound, "the token does not exist")
	}
	if err != nil {
		return err
	}
	return c.nothing()
}
