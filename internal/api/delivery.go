package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"rollcall/internal/auth"
	"rollcall/internal/events"
	"rollcall/store"
)

func (f *face) deliveryRoutes(r *routes) {
	const one = "/receivers/:id"
	r.get(one+"/deliveries", (*call).deliveries, "state", "count", "cursor")
	r.add(http.MethodPost, one+"/deliveries/:position/resend", auth.ScopeAdminWrite, (*call).resend)
	r.add(http.MethodPost, one+"/replay", auth.ScopeAdminWrite, (*call).replay)
}

// deliveryView is what became of one event at one receiver.
type deliveryView struct {
	Position    int64     `json:"position"`
	Event       string    `json:"event"`
	SubjectType string    `json:"subjectType"`
	SubjectID   string    `json:"subjectId"`
	Version     int64     `json:"version"`
	At          time.Time `json:"at"`
	State       string    `json:"state"`
	Attempts    int       `json:"attempts"`
	First       time.Time `json:"first,omitzero"`
	Last        time.Time `json:"last,omitzero"`
	Due         time.Time `json:"due,omitzero"`
	Status      int       `json:"status,omitzero"`
	Error       string    `json:"error,omitzero"`
}

// deliveryPage is a page of the delivery log.
type deliveryPage struct {
	Deliveries []deliveryView `json:"deliveries"`
	Next       string         `json:"next,omitzero"`
}

func viewDelivery(d *store.Delivery) deliveryView {
	return deliveryView{
		Position: d.Event.Position, Event: d.Event.Type, SubjectType: d.Event.Subject.Type, SubjectID: d.Event.Subject.ID.String(),
		Version: d.Event.Version, At: d.Event.At.UTC(), State: d.State, Attempts: d.Attempts, First: d.First, Last: d.Last, Due: d.Due,
		Status: d.Status, Error: d.Error,
	}
}

// mostDeliveries is the largest page of the delivery log.
const mostDeliveries = 500

func (c *call) deliveries() error {
	id, err := c.receiverID()
	if err != nil {
		return err
	}
	filter := events.DeliveryFilter{State: c.QueryParam("state")}
	if filter.Limit, err = c.count(); err != nil {
		return err
	}
	filter.Limit = min(filter.Limit, mostDeliveries)
	if text := c.QueryParam("cursor"); text != "" {
		if filter.Before, err = strconv.ParseInt(text, 10, 64); err != nil || filter.Before < 1 {
			return errCursor
		}
	}
	found, err := c.face.Events.Deliveries(c.Request().Context(), c.identity.Tenant.ID, id, filter)
	if err != nil {
		return received(err)
	}
	page := deliveryPage{Deliveries: []deliveryView{}}
	for i := range found.Deliveries {
		page.Deliveries = append(page.Deliveries, viewDelivery(&found.Deliveries[i]))
	}
	if found.Next > 0 {
		page.Next = strconv.FormatInt(found.Next, 10)
	}
	return c.reply(http.StatusOK, page)
}

// resend delivers an event again.
func (c *call) resend() error {
	id, err := c.receiverID()
	if err != nil {
		return err
	}
	var body struct {
		Reason string `json:"reason"`
	}
	if err := c.read(&body); err != nil {
		return err
	}
	row, err := c.about(body.Reason)
	if err != nil {
		return err
	}
	position, err := strconv.ParseInt(c.part("position"), 10, 64)
	if err == nil {
		err = c.face.Events.Resend(c.Request().Context(), c.identity.Tenant.ID, id, position, row)
	} else {
		err = store.ErrNotFound
	}
	if errors.Is(err, store.ErrNotFound) {
		return newProblem(http.StatusNotFound, "there is no such delivery, or its event is no longer kept")
	}
	if err != nil {
		return err
	}
	return c.nothing()
}

// replay sets a receiver back to a position or a time.
func (c *call) replay() error {
	id, err := c.receiverID()
	if err != nil {
		return err
	}
	var body struct {
		Position *int64    `json:"position"`
		Since    time.Time `json:"since"`
		Reason   string    `json:"reason"`
	}
	if err := c.read(&body); err != nil {
		return err
	}
	from := events.ReplayFrom{Time: body.Since.UTC()}
	switch {
	case (body.Position == nil) == body.Since.IsZero():
		return invalid("position", "or since is required, and not both")
	case body.Position != nil:
		from.Position = *body.Position
	}
	row, err := c.about(body.Reason)
	if err != nil {
		return err
	}
	if _, err := c.face.Events.Receiver(c.Request().Context(), c.identity.Tenant.ID, id); err != nil {
		return received(err)
	}
	position, err := c.face.Events.Replay(c.Request().Context(), c.identity.Tenant.ID, id, from, row)
	if err != nil {
		return received(err)
	}
	return c.reply(http.StatusOK, map[string]int64{"position": position})
}
