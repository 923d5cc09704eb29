package api

import (
	"errors"
	"net/http"
	"time"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/store"
)

func (f *face) tenantRoutes(r *routes) {
	r.get("/tenants", (*call).tenants)
	r.add(http.MethodPost, "/tenants", auth.ScopeAdminWrite, (*call).createTenant)
}

// tenantView is a tenant, and the token of the connection that was made with it.
type tenantView struct {
	Name    string     `json:"name"`
	Created time.Time  `json:"created"`
	Token   *tokenView `json:"token,omitzero"`
}

// overTenants refuses those who run one tenant alone.
func (c *call) overTenants() error { return c.overServer("tenants") }

// overServer refuses those who run one tenant alone: what is of all tenants is
// the business of the tenant that every server has.
func (c *call) overServer(what string) error {
	if c.identity.Tenant.Name != auth.DefaultTenant {
		return newProblem(http.StatusForbidden, "%s are run by tokens of the tenant %s", what, auth.DefaultTenant)
	}
	return nil
}

func (c *call) tenants() error {
	if err := c.overTenants(); err != nil {
		return err
	}
	found, err := c.face.Store.Tenants(c.Request().Context())
	if err != nil {
		return err
	}
	views := []tenantView{}
	for i := range found {
		views = append(views, tenantView{Name: found[i].Name, Created: found[i].Created.UTC()})
	}
	return c.reply(http.StatusOK, map[string]any{"tenants": views})
}

// createTenant makes a tenant and, where scopes are given, its first connection
// with a token of these: without one nobody could enter it from here.
func (c *call) createTenant() error {
	if err := c.overTenants(); err != nil {
		return err
	}
	var body struct {
		Name   string   `json:"name"`
		Scopes []string `json:"scopes"`
	}
	if err := c.read(&body); err != nil {
		return err
	}
	if err := admin.CheckTenantName(body.Name); err != nil {
		return invalid("name", "%v", err)
	}
	var scopes auth.Scopes
	if body.Scopes != nil {
		var err error
		if scopes, err = auth.ParseScopes(body.Scopes); err != nil {
			return invalid("scopes", "%v", err)
		}
	}
	at := c.face.Provider.Now()
	made, err := admin.CreateTenant(c.Request().Context(), c.face.Store, store.Tenant{Name: body.Name, Created: at}, c.trail(at))
	if errors.Is(err, store.ErrUniqueness) {
		return newProblem(http.StatusConflict, "a tenant of this name exists already")
	}
	if err != nil {
		return err
	}
	view := tenantView{Name: made.Name, Created: made.Created.UTC()}
	if body.Scopes != nil {
		if view.Token, err = c.firstToken(made, scopes); err != nil {
			return err
		}
	}
	return c.reply(http.StatusCreated, view)
}

func (c *call) firstToken(tenant store.Tenant, scopes auth.Scopes) (*tokenView, error) {
	ctx, at := c.Request().Context(), c.face.Provider.Now()
	connection, err := admin.NewConnection(tenant.ID, auth.DefaultConnection, admin.ConnectionChange{}, at)
	if err == nil {
		err = admin.CreateConnection(ctx, c.face.Store, connection, c.trail(at))
	}
	if err != nil {
		return nil, err
	}
	secret, made, err := admin.IssueToken(ctx, c.face.Store, auth.Request{
		Connection: connection, Scopes: scopes, Created: at, Audit: c.trail(at),
	})
	if err != nil {
		return nil, err
	}
	view := viewToken(&made, connection.Name)
	view.Token = secret
	return &view, nil
}
