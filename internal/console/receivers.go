package console

import (
	"net/http"
	"net/url"

	"rollcall/internal/admin"
	"rollcall/internal/events"
	"rollcall/internal/operator"
	"rollcall/store"
)

func (f *face) receiverRoutes(r *routes) {
	r.show("/receivers", operator.ViewSettings, (*call).receivers)
	r.do("/receivers", operator.ManageSettings, (*call).createReceiver)
	r.show("/receivers/new", operator.ManageSettings, (*call).newReceiver)
	r.show("/receivers/:id", operator.ViewSettings, (*call).receiver)
	r.do("/receivers/:id", operator.ManageSettings, (*call).updateReceiver)
	r.show("/receivers/:id/edit", operator.ManageSettings, (*call).editReceiver)
	for name, act := range map[string]handler{
		"pause": (*call).pauseReceiver, "resume": (*call).resumeReceiver, "ping": (*call).pingReceiver, "rotate": (*call).rotateReceiver,
		"replay": (*call).replayReceiver, "resend": (*call).resendDelivery, "resend-failed": (*call).resendFailed, "delete": (*call).deleteReceiver,
	} {
		r.do("/receivers/:id/"+name, operator.ManageSettings, act)
	}
}

// receiverKind is a kind of receiver, for people.
type receiverKind struct{ Kind, Title, About string }

var receiverKinds = []receiverKind{
	{store.KindWebhook, "Webhook", "It is called with JSON, signed with a secret that is shown once."},
	{store.KindPush, "Security event tokens by push", "It is called with a signed token (RFC 8935)."},
	{store.KindPoll, "Security event tokens by poll", "It asks for its tokens (RFC 8936) with a token of a connection that has events:read."},
}

func kindOf(name string) receiverKind {
	for _, kind := range receiverKinds {
		if kind.Kind == name {
			return kind
		}
	}
	return receiverKind{Kind: name, Title: name}
}

// receiverWords are the words for the states of receivers.
var receiverWords = map[string]string{store.ReceiverActive: "Active", store.ReceiverPaused: "Paused", store.ReceiverDead: "Given up"}

// receiverHead is a receiver in a list.
type receiverHead struct {
	events.Receiver
	Kind receiverKind
	// Host is whom calls go to, empty for who is not called. The rest of the URL
	// may be a secret.
	Host string
}

func headOf(r *events.Receiver) receiverHead {
	head := receiverHead{Receiver: *r, Kind: kindOf(r.Kind)}
	if u, err := url.Parse(r.URL); err == nil {
		head.Host = u.Host
	}
	return head
}

// Words say how the receiver stands.
func (h receiverHead) Words() string {
	if h.State == store.ReceiverActive && h.Failures > 0 {
		return "Failing"
	}
	return receiverWords[h.State]
}

// Class is how that looks.
func (h receiverHead) Class() string {
	switch {
	case h.State == store.ReceiverDead || h.State == store.ReceiverActive && h.Failures > 0:
		return "bad"
	case h.State == store.ReceiverActive:
		return "good"
	}
	return "wait"
}

// receiversView is the list of receivers.
type receiversView struct {
	Rows  []receiverHead
	Kinds []receiverKind
}

func (c *call) receivers() error {
	found, err := c.face.Events.Receivers(c.Request().Context(), c.identity.Tenant.ID)
	if err != nil {
		return err
	}
	view := &receiversView{Kinds: receiverKinds}
	for i := range found {
		view.Rows = append(view.Rows, headOf(&found[i]))
	}
	return c.page(http.StatusOK, "receivers", "Webhooks", view)
}

// receiverView is the page of one receiver.
type receiverView struct {
	receiverHead
	// Connection is the name of the one whose tokens may poll.
	Connection string
	// Secret was made by the form that is answered: it is shown this once.
	Secret string
	Ping   *events.Ping
	Log    deliveryLog
	// Failed is the form that was refused, with what is wrong with its fields.
	Failed   string
	Problems problems
	Sent     url.Values
}

// Old is what was sent for a field of a form that was refused.
func (v *receiverView) Old(form, field string) string {
	if form != v.Failed {
		return ""
	}
	return v.Sent.Get(field)
}

// readReceiver reads the receiver that the path names.
func (c *call) readReceiver() (*receiverView, error) {
	id, ok := store.ParseID(c.Param("id"))
	if !ok {
		return nil, errNotFound
	}
	found, err := c.face.Events.Receiver(c.Request().Context(), c.identity.Tenant.ID, id)
	if err != nil {
		return nil, err
	}
	return &receiverView{receiverHead: headOf(&found), Problems: problems{}}, nil
}

func (c *call) receiver() error {
	view, err := c.readReceiver()
	if err != nil {
		return err
	}
	return c.showReceiver(http.StatusOK, view)
}

// showReceiver answers with a receiver, and a page of what became of its events.
func (c *call) showReceiver(status int, view *receiverView) error {
	connections, err := c.face.Store.Connections(c.Request().Context(), c.identity.Tenant.ID)
	if err != nil {
		return err
	}
	view.Connection = admin.ConnectionNames(connections)[view.Receiver.Connection]
	if view.Log, err = c.deliveries(view); err != nil {
		return err
	}
	return c.page(status, "receiver", view.Name, view)
}
