package api

import (
	"errors"
	"time"

	"rollcall/internal/admin"
	"rollcall/internal/events"
	"rollcall/store"
)

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
	view.Connection = admin.ConnectionNames(connections)[r.Connection]
	return view
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
