package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/internal/events"
	"rollcall/scim"
	"rollcall/store"
)

func (f *face) deliveryRoutes(r *routes) {
	r.get("/receivers/:id/deliveries", (*call).deliveries, "state", "subject", "subjectType", "from", "until", "count", "cursor")
	r.add(http.MethodPost, "/receivers/:id/deliveries/resend-failed", auth.ScopeAdminWrite, (*call).resendFailed)
	r.add(http.MethodPost, "/receivers/:id/deliveries/:position/resend", auth.ScopeAdminWrite, (*call).resend)
}

// deliveryRow is what became of one event at a receiver.
type deliveryRow struct {
	Position int64 `json:"position"`
	// ID names the event: the id of a webhook, the jti of a token.
	ID          string    `json:"id"`
	Event       string    `json:"event"`
	Time        time.Time `json:"time"`
	SubjectType string    `json:"subjectType"`
	SubjectID   string    `json:"subjectId"`
	Version     int64     `json:"version"`
	State       string    `json:"state"`
	Attempts    int       `json:"attempts"`
	First       time.Time `json:"first,omitzero"`
	Last        time.Time `json:"last,omitzero"`
	NextTry     time.Time `json:"nextTry,omitzero"`
	Status      int       `json:"status,omitzero"`
	Error       string    `json:"error,omitzero"`
}

func viewDelivery(d *store.Delivery) deliveryRow {
	return deliveryRow{
		Position: d.Event.Position, ID: events.EventID(d.Event), Event: d.Event.Type, Time: d.Event.At.UTC(),
		SubjectType: d.Event.Subject.Type, SubjectID: d.Event.Subject.ID.String(), Version: d.Event.Version,
		State: d.State, Attempts: d.Attempts, First: d.First, Last: d.Last, NextTry: d.Due, Status: d.Status, Error: d.Error,
	}
}

// deliveryPage is a page of the log, newest event first.
type deliveryPage struct {
	Deliveries []deliveryRow `json:"deliveries"`
	Next       string        `json:"next,omitzero"`
}

// longestLog is the largest page of the log.
const longestLog = 500

func (c *call) deliveries() error {
	id, err := c.receiverID()
	if err != nil {
		return err
	}
	filter, err := c.deliveryFilter()
	if err != nil {
		return err
	}
	found, err := c.face.Events.Deliveries(c.Request().Context(), c.identity.Tenant.ID, id, filter)
	if err != nil {
		return aboutReceiver(err)
	}
	page := deliveryPage{Deliveries: []deliveryRow{}}
	for i := range found.Deliveries {
		page.Deliveries = append(page.Deliveries, viewDelivery(&found.Deliveries[i]))
	}
	if found.Next > 0 {
		page.Next = strconv.FormatInt(found.Next, 10)
	}
	return c.reply(http.StatusOK, page)
}

func (c *call) deliveryFilter() (events.DeliveryFilter, error) {
	query := c.QueryParams()
	filter := events.DeliveryFilter{State: query.Get("state"), SubjectType: query.Get("subjectType")}
	if text := query.Get("subject"); text != "" {
		id, ok := store.ParseID(text)
		if !ok {
			return filter, invalid("subject", "is the id of what events are about")
		}
		if filter.Subject = id; filter.SubjectType == "" {
			filter.SubjectType = scim.UserType
		}
	} else if filter.SubjectType != "" {
		return filter, invalid("subjectType", "is of use with a subject alone")
	}
	if text := query.Get("cursor"); text != "" {
		before, err := strconv.ParseInt(text, 10, 64)
		if err != nil || before < 1 {
			return filter, errCursor
		}
		filter.Before = before
	}
	count, err := c.count()
	filter.Limit = min(count, longestLog)
	var err1, err2 error
	filter.From, err1 = c.instant("from")
	filter.Until, err2 = c.instant("until")
	return filter, errors.Join(err, err1, err2)
}

// resend delivers one event again.
func (c *call) resend() error {
	var body reasoned
	id, row, err := c.ordered(&body, &body.Reason)
	if err != nil {
		return err
	}
	position, err := strconv.ParseInt(c.part("position"), 10, 64)
	if err != nil || position < 1 || id == uuid.Nil {
		return errNoDelivery
	}
	err = c.face.Events.Resend(c.Request().Context(), c.identity.Tenant.ID, id, position, row)
	if errors.Is(err, store.ErrNotFound) {
		return errNoDelivery
	}
	if err != nil {
		return err
	}
	return c.nothing()
}

// resendFailed delivers again what was given up.
func (c *call) resendFailed() error {
	var body reasoned
	id, row, err := c.ordered(&body, &body.Reason)
	if err != nil {
		return err
	}
	resent, err := c.face.Events.ResendFailed(c.Request().Context(), c.identity.Tenant.ID, id, row)
	if err != nil {
		return aboutReceiver(err)
	}
	return c.reply(http.StatusOK, map[string]int{"resent": resent})
}

var errNoDelivery = newProblem(http.StatusNotFound, "there is no such delivery, or its event is no longer kept")
