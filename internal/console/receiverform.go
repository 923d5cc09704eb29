package console

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/events"
	"rollcall/internal/web"
	"rollcall/store"
)

// receiverForm is the page that asks what a receiver is to be. Of its token
// nothing is ever shown.
type receiverForm struct {
	// ID is empty for a new one.
	ID   string
	Kind receiverKind
	Name, URL, Events,
	Form, Audience, Connection, Reason string
	// Connections are those whose tokens can be let in.
	Connections []store.Connection
	Families    []events.Family
	Problems    problems
	// Version is what the form was filled from: a change meanwhile is not undone.
	Version string
	// Now is how the receiver stands where that is no longer so, nil otherwise.
	Now *receiverForm
}

func (c *call) newReceiver() error {
	kind := kindOf(c.QueryParam("kind"))
	if kind.About == "" {
		return errNotFound
	}
	return c.askReceiver(http.StatusOK, &receiverForm{Kind: kind, Form: events.FormFull})
}

func (c *call) editReceiver() error {
	draft, err := c.storedReceiver()
	if err != nil {
		return err
	}
	return c.askReceiver(http.StatusOK, draft)
}

// storedReceiver is the form of the receiver that the path names, filled from it.
func (c *call) storedReceiver() (*receiverForm, error) {
	view, err := c.readReceiver()
	if err != nil {
		return nil, err
	}
	draft := &receiverForm{
		ID: view.ID.String(), Kind: view.Kind, Name: view.Name, URL: view.URL, Events: strings.Join(view.Events, " "), Form: view.Form, Audience: view.Audience,
		Version: view.Version,
	}
	connections, err := c.face.Store.Connections(c.Request().Context(), c.identity.Tenant.ID)
	if err != nil {
		return nil, err
	}
	draft.Connection = admin.ConnectionNames(connections)[view.Receiver.Connection]
	return draft, nil
}

// receiverElsewhere answers a form that was filled from what is no longer so: with
// what was sent, and how it stands now.
func (c *call) receiverElsewhere(draft *receiverForm) (err error) {
	if draft.Now, err = c.storedReceiver(); err != nil {
		return err
	}
	draft.Version = draft.Now.Version
	return c.askReceiver(http.StatusConflict, draft)
}

// askReceiver answers with the form.
func (c *call) askReceiver(status int, draft *receiverForm) (err error) {
	title := "Add a receiver"
	if draft.ID != "" {
		title = "Change a receiver"
	}
	draft.Families = events.Families()
	if draft.Kind.Kind == store.KindPoll {
		if draft.Connections, err = c.face.Store.Connections(c.Request().Context(), c.identity.Tenant.ID); err != nil {
			return err
		}
	}
	return c.page(status, "receiver-form", title, draft)
}

// sentReceiver reads the form: what it says, and the draft that it is answered
// with where that is wrong.
func (c *call) sentReceiver() (*receiverForm, events.ReceiverSpec, error) {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return nil, events.ReceiverSpec{}, err
	}
	draft := &receiverForm{
		Kind: kindOf(sent.Get("kind")), Name: typed(sent.Get("name")), URL: typed(sent.Get("url")), Events: typed(strings.Join(strings.Fields(sent.Get("events")), " ")),
		Form: sent.Get("form"), Audience: typed(sent.Get("audience")), Connection: sent.Get("connection"), Reason: typed(sent.Get("reason")),
		Version: sent.Get("version"),
	}
	spec := events.ReceiverSpec{
		Name: draft.Name, Kind: draft.Kind.Kind, URL: draft.URL, Form: draft.Form, Audience: draft.Audience,
		Events: strings.FieldsFunc(draft.Events, func(r rune) bool { return r == ' ' || r == ',' }), Bearer: bearer(sent),
	}
	if draft.Connection == "" {
		return draft, spec, nil
	}
	connection, err := c.face.Store.Connection(c.Request().Context(), c.identity.Tenant.ID, draft.Connection)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		draft.Problems = problems{"connection": "There is no such connection."}
		return draft, spec, nil
	}
	spec.Connection = connection.ID
	return draft, spec, err
}

// bearer is the token that a form sets: none where it leaves it as it is.
func bearer(sent url.Values) *string {
	none := ""
	switch token := sent.Get("bearer"); {
	case token != "":
		return &token
	case sent.Get("no-bearer") != "":
		return &none
	}
	return nil
}

func (c *call) createReceiver() error {
	return c.saveReceiver(uuid.Nil)
}

func (c *call) updateReceiver() error {
	view, err := c.readReceiver()
	if err != nil {
		return err
	}
	return c.saveReceiver(view.ID)
}

// saveReceiver makes a receiver, or changes one.
func (c *call) saveReceiver(id uuid.UUID) error {
	draft, spec, err := c.sentReceiver()
	if err != nil {
		return err
	}
	if id != uuid.Nil {
		draft.ID = id.String()
	}
	var secret string
	var saved events.Receiver
	row, err := c.reasoned(draft.Reason)
	if err == nil && len(draft.Problems) == 0 {
		ctx, tenant := c.Request().Context(), c.identity.Tenant.ID
		if id == uuid.Nil {
			saved, secret, err = c.face.Events.CreateReceiver(ctx, tenant, spec, row)
		} else {
			spec.Version = cmp.Or(draft.Version, "none") // a form without one was filled from nothing
			saved, err = c.face.Events.UpdateReceiver(ctx, tenant, id, spec, row)
		}
	}
	if errors.Is(err, store.ErrVersion) {
		return c.receiverElsewhere(draft)
	}
	if found := problemsOf(err); found != nil {
		draft.Problems = found
	}
	switch {
	case len(draft.Problems) > 0:
		return c.askReceiver(http.StatusUnprocessableEntity, draft)
	case err != nil:
		return err
	case secret != "":
		return c.showReceiver(http.StatusOK, &receiverView{receiverHead: headOf(&saved), Secret: secret, Problems: problems{}})
	case id == uuid.Nil:
		return c.back("/receivers/"+saved.ID.String(), noticeReceiverMade)
	}
	return c.back("/receivers/"+saved.ID.String(), noticeReceiverChanged)
}
