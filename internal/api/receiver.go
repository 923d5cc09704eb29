package api

import (
	"errors"
	"net/http"

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

// aboutReceiver words that a receiver is not there.
func aboutReceiver(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errNoReceiver
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

// noted is the audit row of what is done to a receiver; its action is filled in
// where it is done.
func (c *call) noted(reason string) (store.Audit, error) {
	if err := admin.CheckText("reason", reason); err != nil {
		return store.Audit{}, err
	}
	row := c.trail(c.face.Provider.Now())
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
