package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/internal/events"
	"rollcall/store"
)

func (f *face) receiverRoutes(r *routes) {
	const one = "/receivers/:id"
	r.get("/receivers", (*call).receivers)
	r.get(one, (*call).receiver)
	r.add(http.MethodPost, "/receivers", auth.ScopeAdminWrite, (*call).createReceiver)
	r.add(http.MethodPut, one, auth.ScopeAdminWrite, (*call).updateReceiver)
	r.add(http.MethodDelete, one, auth.ScopeAdminWrite, (*call).deleteReceiver, "reason")
	r.add(http.MethodPost, one+"/pause", auth.ScopeAdminWrite, (*call).pauseReceiver)
	r.add(http.MethodPost, one+"/resume", auth.ScopeAdminWrite, (*call).resumeReceiver)
	r.add(http.MethodPost, one+"/ping", auth.ScopeAdminWrite, (*call).pingReceiver)
	r.add(http.MethodPost, one+"/secret", auth.ScopeAdminWrite, (*call).rotateSecret)
}

// receiverID is the id of the receiver in the path.
func (c *call) receiverID() (uuid.UUID, error) {
	id, ok := store.ParseID(c.part("id"))
	if !ok {
		return id, errNoReceiver
	}
	return id, nil
}

var errNoReceiver = newProblem(http.StatusNotFound, "the receiver does not exist")

// received words what the management of receivers refuses.
func received(err error) error {
	var wrong *events.FieldError
	switch {
	case errors.As(err, &wrong):
		return invalid(wrong.Field, "%s", wrong.Reason)
	case errors.Is(err, store.ErrNotFound):
		return errNoReceiver
	case errors.Is(err, store.ErrUniqueness):
		return newProblem(http.StatusConflict, "a receiver of this name exists already")
	}
	return err
}

// hindered words what the state or the kind of a receiver does not allow.
func hindered(err error) error {
	var wrong *events.FieldError
	if errors.As(err, &wrong) && (wrong.Field == "state" || wrong.Field == "kind") {
		return newProblem(http.StatusConflict, "the %s of the receiver %s", wrong.Field, wrong.Reason)
	}
	return received(err)
}

func (c *call) receivers() error {
	found, err := c.face.Events.Receivers(c.Request().Context(), c.identity.Tenant.ID)
	if err != nil {
		return err
	}
	views := []receiverView{}
	for i := range found {
		views = append(views, viewReceiver(&found[i]))
	}
	return c.reply(http.StatusOK, map[string]any{"receivers": views})
}

func (c *call) receiver() error {
	id, err := c.receiverID()
	if err != nil {
		return err
	}
	return c.receiverReply(id)
}

func (c *call) receiverReply(id uuid.UUID) error {
	found, err := c.face.Events.Receiver(c.Request().Context(), c.identity.Tenant.ID, id)
	if err != nil {
		return received(err)
	}
	return c.reply(http.StatusOK, viewReceiver(&found))
}

// receiverBody is what an administrator says about a receiver.
type receiverBody struct {
	Name     string   `json:"name"`
	Kind     string   `json:"kind"`
	URL      string   `json:"url"`
	Events   []string `json:"events"`
	Form     string   `json:"form"`
	Audience string   `json:"audience"`
	Bearer   *string  `json:"bearer"`
	Reason   string   `json:"reason"`
}

func (b *receiverBody) spec() events.ReceiverSpec {
	return events.ReceiverSpec{Name: b.Name, Kind: b.Kind, URL: b.URL, Events: b.Events, Form: b.Form, Audience: b.Audience, Bearer: b.Bearer}
}

// about is the audit row of what is done to a receiver.
func (c *call) about(reason string) (store.Audit, error) {
	row := c.trail("", c.face.Provider.Now())
	row.Reason = reason
	return row, admin.CheckReason(reason)
}

func (c *call) createReceiver() error {
	var body receiverBody
	if err := c.read(&body); err != nil {
		return err
	}
	row, err := c.about(body.Reason)
	if err != nil {
		return err
	}
	made, secret, err := c.face.Events.CreateReceiver(c.Request().Context(), c.identity.Tenant.ID, body.spec(), row)
	if err != nil {
		return received(err)
	}
	view := viewReceiver(&made)
	view.Secret = secret
	return c.reply(http.StatusCreated, view)
}

func (c *call) updateReceiver() error {
	id, err := c.receiverID()
	if err != nil {
		return err
	}
	var body receiverBody
	if err := c.read(&body); err != nil {
		return err
	}
	row, err := c.about(body.Reason)
	if err != nil {
		return err
	}
	changed, err := c.face.Events.UpdateReceiver(c.Request().Context(), c.identity.Tenant.ID, id, body.spec(), row)
	if err != nil {
		return received(err)
	}
	return c.reply(http.StatusOK, viewReceiver(&changed))
}

func (c *call) deleteReceiver() error {
	id, err := c.receiverID()
	if err != nil {
		return err
	}
	row, err := c.about(c.QueryParam("reason"))
	if err != nil {
		return err
	}
	if err := c.face.Events.DeleteReceiver(c.Request().Context(), c.identity.Tenant.ID, id, row); err != nil {
		return received(err)
	}
	return c.nothing()
}

func (c *call) pauseReceiver() error  { return c.steer((*events.Service).PauseReceiver) }
func (c *call) resumeReceiver() error { return c.steer((*events.Service).ResumeReceiver) }

// steer stops or starts a receiver, and answers how it then is.
func (c *call) steer(do func(*events.Service, context.Context, store.TenantID, uuid.UUID, store.Audit) error) error {
	var body struct {
		Reason string `json:"reason"`
	}
	id, err := c.receiverID()
	if err != nil {
		return err
	}
	if err := c.read(&body); err != nil {
		return err
	}
	row, err := c.about(body.Reason)
	if err != nil {
		return err
	}
	if err := do(c.face.Events, c.Request().Context(), c.identity.Tenant.ID, id, row); err != nil {
		return hindered(err)
	}
	return c.receiverReply(id)
}
