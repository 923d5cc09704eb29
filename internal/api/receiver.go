package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/internal/events"
	"rollcall/store"
)

func (f *face) receiverRoutes(r *routes) {
	r.get("/receivers", (*call).receivers)
	r.get("/receivers/:id", (*call).receiver)
	r.add(http.MethodPost, "/receivers", auth.ScopeAdminWrite, (*call).createReceiver, "reason")
	r.add(http.MethodPut, "/receivers/:id", auth.ScopeAdminWrite, (*call).replaceReceiver, "reason")
	r.add(http.MethodDelete, "/receivers/:id", auth.ScopeAdminWrite, (*call).deleteReceiver, "reason")
}

// receiverView is a receiver. Secret is in the answers that make one alone.
type receiverView struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`
	URL      string    `json:"url,omitzero"`
	Events   []string  `json:"events"`
	Form     string    `json:"form"`
	Audience string    `json:"audience,omitzero"`
	Created  time.Time `json:"created"`
	// Connection is the name of the one whose tokens may poll.
	Connection string `json:"connection,omitzero"`
	// State is in force since Since, for Reason.
	State  string    `json:"state"`
	Since  time.Time `json:"since"`
	Reason string    `json:"reason,omitzero"`
	// Position is how far the receiver is.
	Position  int64     `json:"position"`
	Failures  int       `json:"failures"`
	Failing   time.Time `json:"failing,omitzero"`
	Succeeded time.Time `json:"succeeded,omitzero"`
	NextTry   time.Time `json:"nextTry,omitzero"`
	Secret    string    `json:"secret,omitzero"`
}

func viewReceiver(r *events.Receiver, connections []store.Connection) receiverView {
	view := receiverView{
		ID: r.ID.String(), Name: r.Name, Kind: r.Kind, URL: r.URL, Events: append([]string{}, r.Events...), Form: r.Form, Audience: r.Audience,
		Created: r.Created.UTC(), State: r.State, Since: r.Since.UTC(), Reason: r.Reason, Position: r.Position,
		Failures: r.Failures, Failing: r.Failing, Succeeded: r.Succeeded, NextTry: r.Due,
	}
	for i := range connections {
		if connections[i].ID == r.Connection {
			view.Connection = connections[i].Name
		}
	}
	return view
}

func (c *call) receivers() error {
	found, err := c.face.Events.Receivers(c.Request().Context(), c.identity.Tenant.ID)
	if err != nil {
		return err
	}
	connections, err := c.face.Store.Connections(c.Request().Context(), c.identity.Tenant.ID)
	if err != nil {
		return err
	}
	views := []receiverView{}
	for i := range found {
		views = append(views, viewReceiver(&found[i], connections))
	}
	return c.reply(http.StatusOK, map[string]any{"receivers": views})
}

// receiverReply answers a receiver, with its secret where one was made.
func (c *call) receiverReply(status int, found *events.Receiver, secret string) error {
	var connections []store.Connection
	if found.Connection != uuid.Nil {
		var err error
		if connections, err = c.face.Store.Connections(c.Request().Context(), c.identity.Tenant.ID); err != nil {
			return err
		}
	}
	view := viewReceiver(found, connections)
	view.Secret = secret
	return c.reply(status, view)
}

var errNoReceiver = newProblem(http.StatusNotFound, "the receiver does not exist")

// receiverID is the id in the path.
func (c *call) receiverID() (uuid.UUID, error) {
	id, ok := store.ParseID(c.part("id"))
	if !ok {
		return uuid.Nil, errNoReceiver
	}
	return id, nil
}

// aboutReceiver words what is refused about one receiver.
func aboutReceiver(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return errNoReceiver
	case errors.Is(err, store.ErrUniqueness):
		return newProblem(http.StatusConflict, "a receiver of this name exists already")
	}
	return err
}

func (c *call) receiver() error {
	id, err := c.receiverID()
	if err != nil {
		return err
	}
	found, err := c.face.Events.Receiver(c.Request().Context(), c.identity.Tenant.ID, id)
	if err != nil {
		return aboutReceiver(err)
	}
	return c.receiverReply(http.StatusOK, &found, "")
}

// receiverSpec is what is said of a receiver.
type receiverSpec struct {
	Name       string   `json:"name"`
	Kind       string   `json:"kind"`
	URL        string   `json:"url"`
	Events     []string `json:"events"`
	Form       string   `json:"form"`
	Audience   string   `json:"audience"`
	Bearer     *string  `json:"bearer"`
	Connection string   `json:"connection"`
}

// spec reads the body.
func (c *call) spec() (events.ReceiverSpec, error) {
	var body receiverSpec
	if err := c.read(&body); err != nil {
		return events.ReceiverSpec{}, err
	}
	spec := events.ReceiverSpec{
		Name: body.Name, Kind: body.Kind, URL: body.URL, Events: body.Events, Form: body.Form, Audience: body.Audience, Bearer: body.Bearer,
	}
	if body.Connection == "" {
		return spec, nil
	}
	connection, err := c.face.Store.Connection(c.Request().Context(), c.identity.Tenant.ID, body.Connection)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return spec, invalid("connection", "there is no such connection")
	}
	spec.Connection = connection.ID
	return spec, err
}

// noted is the audit row of what is done to a receiver; its action is filled in
// where it is done.
func (c *call) noted(reason string) (store.Audit, error) {
	if err := admin.CheckText("reason", reason); err != nil {
		return store.Audit{}, err
	}
	row := c.trail("", c.face.Provider.Now())
	row.Reason = reason
	return row, nil
}

func (c *call) createReceiver() error {
	spec, err := c.spec()
	if err != nil {
		return err
	}
	row, err := c.noted(c.QueryParam("reason"))
	if err != nil {
		return err
	}
	made, secret, err := c.face.Events.CreateReceiver(c.Request().Context(), c.identity.Tenant.ID, spec, row)
	if err != nil {
		return aboutReceiver(err)
	}
	c.Response().Header().Set("Location", c.face.PublicURL+Root+"/receivers/"+made.ID.String())
	return c.receiverReply(http.StatusCreated, &made, secret)
}

func (c *call) replaceReceiver() error {
	id, err := c.receiverID()
	if err != nil {
		return err
	}
	spec, err := c.spec()
	if err != nil {
		return err
	}
	row, err := c.noted(c.QueryParam("reason"))
	if err != nil {
		return err
	}
	changed, err := c.face.Events.UpdateReceiver(c.Request().Context(), c.identity.Tenant.ID, id, spec, row)
	if err != nil {
		return aboutReceiver(err)
	}
	return c.receiverReply(http.StatusOK, &changed, "")
}

func (c *call) deleteReceiver() error {
	id, err := c.receiverID()
	if err != nil {
		return err
	}
	row, err := c.noted(c.QueryParam("reason"))
	if err != nil {
		return err
	}
	if err := c.face.Events.DeleteReceiver(c.Request().Context(), c.identity.Tenant.ID, id, row); err != nil {
		return aboutReceiver(err)
	}
	return c.nothing()
}
