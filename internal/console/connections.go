package console

import (
	"net/http"
	"time"

	"rollcall/internal/admin"
	"rollcall/internal/operator"
	"rollcall/internal/web"
	profiles "rollcall/scim/profile"
	"rollcall/store"
)

func (f *face) connectionRoutes(r *routes) {
	r.show("/connections", operator.ViewSettings, (*call).connections)
	r.do("/connections", operator.ManageSettings, (*call).createConnection)
	r.show("/connections/:id", operator.ViewSettings, (*call).connection)
	r.do("/connections/:id", operator.ManageSettings, (*call).updateConnection)
}

// connectionsView is the list of connections, with the form that makes another
// one.
type connectionsView struct {
	Rows []connectionRow
	Form connectionForm
	// JWTs says that some may authenticate by JWTs, whose use is not recorded.
	JWTs bool
}

// connectionRow is a connection in the list.
type connectionRow struct {
	store.Connection
	Label, Profile string
	// Unread says that the options are not understood as they stand.
	Unread bool
	// Tokens is how many work, LastUsed when one was used last.
	Tokens   string
	LastUsed time.Time
}

// tokensCounted is how many working tokens of a connection are counted for the list.
const tokensCounted = 1000

// kindLabels are the words for the kinds of connections.
var kindLabels = map[string]string{"generic": "Generic", "entra": "Microsoft Entra ID", "okta": "Okta"}

func (c *call) connections() error {
	return c.listConnections(http.StatusOK, connectionForm{Kinds: admin.Kinds(), Profiles: profiles.Names()})
}

func (c *call) listConnections(status int, draft connectionForm) error {
	ctx, tenant := c.Request().Context(), c.identity.Tenant.ID
	found, err := c.face.Store.Connections(ctx, tenant)
	if err != nil {
		return err
	}
	uses, err := c.face.Store.TokenUses(ctx, tenant, c.face.Provider.Now(), tokensCounted)
	if err != nil {
		return err
	}
	view := &connectionsView{Form: draft, JWTs: c.face.JWTs}
	for i := range found {
		rules, unread := profiles.Of(found[i].Options)
		use := uses[found[i].ID]
		view.Rows = append(view.Rows, connectionRow{
			Connection: found[i], Label: kindLabels[found[i].Kind], Profile: rules.Name, Unread: unread != nil,
			Tokens: counted(use.Working), LastUsed: use.LastUsed,
		})
	}
	return c.page(status, "connections", "Connections", view)
}

// counted is a number of working tokens for people.
func counted(working int) string {
	if working >= tokensCounted {
		return thousands(tokensCounted) + "+"
	}
	return thousands(working)
}

func (c *call) createConnection() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	draft := connectionForm{
		Name: typed(sent.Get("name")), Kind: sent.Get("kind"), Profile: sent.Get("profile"), Kinds: admin.Kinds(), Profiles: profiles.Names(),
	}
	at := c.face.Provider.Now()
	change := admin.ConnectionChange{Kind: draft.Kind, Options: profiles.Options{Profile: draft.Profile}.Members()}
	made, err := admin.NewConnection(c.identity.Tenant.ID, draft.Name, change, at)
	if err == nil {
		err = admin.CreateConnection(c.Request().Context(), c.face.Store, made, c.trail())
	}
	if problem := refused("create", err); problem != "" {
		draft.Problem = problem
		return c.listConnections(http.StatusUnprocessableEntity, draft)
	}
	if err != nil {
		return err
	}
	return c.back("/connections/"+made.ID.String()+"/tokens", noticeConnectionMade)
}

// theConnection is the one of the tenant that the path names by its id.
func (c *call) theConnection() (*store.Connection, error) {
	id, ok := store.ParseID(c.Param("id"))
	if !ok {
		return nil, errNotFound
	}
	found, err := c.face.Store.Connections(c.Request().Context(), c.identity.Tenant.ID)
	if err != nil {
		return nil, err
	}
	for i := range found {
		if found[i].ID == id {
			return &found[i], nil
		}
	}
	return nil, errNotFound
}

// connectionTop is what every page about one connection shows.
type connectionTop struct {
	*store.Connection
	Label string
	// Tab is the page, by the end of its address.
	Tab  string
	Tabs []tab
}

var connectionTabs = []tab{{"Options", ""}, {"Tokens", "/tokens"}, {"Requests", "/requests"}, {"Mass guard", "/guard"}}

func (c *call) aboutConnection(at string) (connectionTop, error) {
	found, err := c.theConnection()
	if err != nil {
		return connectionTop{}, err
	}
	return connectionTop{Connection: found, Label: kindLabels[found.Kind], Tab: at, Tabs: connectionTabs}, nil
}
