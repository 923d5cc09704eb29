package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/scim/profile"
	"rollcall/store"
)

func (f *face) connectionRoutes(r *routes) {
	r.get("/connections", (*call).connections)
	r.get("/connections/:name", (*call).connection)
	r.add(http.MethodPost, "/connections", auth.ScopeAdminWrite, (*call).createConnection)
	r.add(http.MethodPatch, "/connections/:name", auth.ScopeAdminWrite, (*call).updateConnection)
}

// connectionView is a connection with what its options come to.
type connectionView struct {
	ID             string         `json:"id"`
	Name           string         `json:"name"`
	Kind           string         `json:"kind"`
	Profile        string         `json:"profile"`
	Normalisations []string       `json:"normalisations"`
	Demands        []string       `json:"demands"`
	Options        jsontext.Value `json:"options"`
	Created        time.Time      `json:"created"`
}

func viewConnection(connection *store.Connection) connectionView {
	rules, _ := profile.Of(connection.Options)
	view := connectionView{
		ID: connection.ID.String(), Name: connection.Name, Kind: connection.Kind, Created: connection.Created.UTC(),
		Profile: rules.Name, Normalisations: rules.Allowed.Names(), Demands: rules.Demanded.Names(), Options: connection.Options,
	}
	if len(view.Options) == 0 {
		view.Options = jsontext.Value("{}")
	}
	return view
}

func (c *call) connections() error {
	found, err := c.face.Store.Connections(c.Request().Context(), c.identity.Tenant.ID)
	if err != nil {
		return err
	}
	views := []connectionView{}
	for i := range found {
		views = append(views, viewConnection(&found[i]))
	}
	return c.reply(http.StatusOK, map[string]any{"connections": views})
}

// named is the connection of the tenant that a name stands for.
func (c *call) named(name string) (store.Connection, error) {
	found, err := c.face.Store.Connection(c.Request().Context(), c.identity.Tenant.ID, name)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return found, newProblem(http.StatusNotFound, "the connection does not exist")
	}
	return found, err
}

func (c *call) connection() error {
	found, err := c.named(c.part("name"))
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, viewConnection(&found))
}

// connectionChange is what may be said of a connection. An option that is null
// is taken away.
type connectionChange struct {
	Name    string                    `json:"name"`
	Kind    string                    `json:"kind"`
	Options map[string]jsontext.Value `json:"options"`
}

// change is what the body asks for.
func (change *connectionChange) change() admin.ConnectionChange {
	options := map[string]json.RawMessage{}
	for name, value := range change.Options {
		options[name] = json.RawMessage(value)
	}
	return admin.ConnectionChange{Kind: change.Kind, Options: options}
}

func (c *call) createConnection() error {
	var body connectionChange
	if err := c.read(&body); err != nil {
		return err
	}
	at := c.face.Provider.Now()
	made, err := admin.NewConnection(c.identity.Tenant.ID, body.Name, body.change(), at)
	if err == nil {
		err = admin.CreateConnection(c.Request().Context(), c.face.Store, made, c.trail(at))
	}
	if err != nil {
		return err
	}
	return c.reply(http.StatusCreated, viewConnection(&made))
}

func (c *call) updateConnection() error {
	var body connectionChange
	if err := c.read(&body); err != nil {
		return err
	}
	found, err := c.named(c.part("name"))
	if err != nil {
		return err
	}
	changed := found
	if body.Name != "" && body.Name != changed.Name {
		return invalid("name", "a connection keeps its name")
	}
	asked := body.change()
	if err := asked.Apply(&changed); err != nil {
		return err
	}
	if err := admin.UpdateConnection(c.Request().Context(), c.face.Store, found, changed, c.trail(c.face.Provider.Now())); err != nil {
		return err
	}
	return c.reply(http.StatusOK, viewConnection(&changed))
}
