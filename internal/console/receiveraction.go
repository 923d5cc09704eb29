package console

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/events"
	"rollcall/internal/validation"
	"rollcall/internal/web"
	"rollcall/store"
)

// deliveryLog is a page of what became of events at a receiver.
type deliveryLog struct {
	State  string
	States []string
	Rows   []deliveryRow
	// Next is the page of older events, empty for none.
	Next string
	// Failed says that there is something that was given up.
	Failed bool
}

// deliveryRow is what became of one event.
type deliveryRow struct {
	store.Delivery
	Class string
}

// Path is the page of what the event is about, empty for what has none.
func (r deliveryRow) Path() string {
	return resourcePath(r.Event.Subject.Type, r.Event.Subject.ID.String())
}

var deliveryClasses = map[string]string{store.DeliveryDelivered: "good", store.DeliveryFailed: "bad", store.DeliveryPending: "wait"}

// deliveries reads the page of the log that the address names.
func (c *call) deliveries(view *receiverView) (deliveryLog, error) {
	log := deliveryLog{State: c.QueryParam("state"), States: []string{store.DeliveryPending, store.DeliveryDelivered, store.DeliveryFailed}}
	if deliveryClasses[log.State] == "" {
		log.State = ""
	}
	before, err := strconv.ParseInt(cmp.Or(c.QueryParam("before"), "0"), 10, 64)
	if err != nil || before < 0 {
		return log, errNotFound
	}
	ctx, tenant := c.Request().Context(), c.identity.Tenant.ID
	found, err := c.face.Events.Deliveries(ctx, tenant, view.ID, events.DeliveryFilter{State: log.State, Before: before, Limit: rowsOnPage})
	if err != nil {
		return log, err
	}
	failed, err := c.face.Events.Deliveries(ctx, tenant, view.ID, events.DeliveryFilter{State: store.DeliveryFailed, Limit: 1})
	log.Failed = len(failed.Deliveries) > 0
	for _, one := range found.Deliveries {
		log.Rows = append(log.Rows, deliveryRow{one, deliveryClasses[one.State]})
	}
	if found.Next > 0 {
		// The page may be the answer to a form, which was sent elsewhere.
		log.Next = c.face.root + "/receivers/" + c.Param("id") + "?" + url.Values{"state": {log.State}, "before": {strconv.FormatInt(found.Next, 10)}}.Encode()
	}
	return log, err
}

// onReceiver does what a form asks of the receiver that the path names, and says
// so; what is wrong with the form is said in it.
func (c *call) onReceiver(name string, act func(*receiverView, url.Values, store.Audit) (notice, error)) error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	view, err := c.readReceiver()
	if err != nil {
		return err
	}
	var done notice
	row, err := c.reasoned(typed(sent.Get("reason")))
	if err == nil {
		done, err = act(view, sent, row)
	}
	if found := problemsOf(err); found != nil {
		view.Failed, view.Problems, view.Sent = name, found, sent
		return c.showReceiver(http.StatusUnprocessableEntity, view)
	}
	switch {
	case err != nil:
		return err
	case done == "":
		return c.showReceiver(http.StatusOK, view)
	case done == noticeReceiverGone:
		return c.back("/receivers", done)
	}
	return c.back("/receivers/"+view.ID.String(), done)
}

// setReceiver carries out a change that takes nothing but a reason.
func (c *call) setReceiver(name string, change func(context.Context, store.TenantID, uuid.UUID, store.Audit) error, done notice) error {
	return c.onReceiver(name, func(view *receiverView, _ url.Values, row store.Audit) (notice, error) {
		return done, change(c.Request().Context(), c.identity.Tenant.ID, view.ID, row)
	})
}

func (c *call) pauseReceiver() error {
	return c.setReceiver("pause", c.face.Events.PauseReceiver, noticeReceiverPaused)
}

func (c *call) resumeReceiver() error {
	return c.setReceiver("resume", c.face.Events.ResumeReceiver, noticeReceiverResumed)
}

// pingReceiver sends a test event and shows what came of it.
func (c *call) pingReceiver() error {
	return c.onReceiver("ping", func(view *receiverView, _ url.Values, _ store.Audit) (notice, error) {
		found, err := c.face.Events.PingReceiver(c.Request().Context(), c.identity.Tenant.ID, view.ID)
		view.Ping = &found
		return "", err
	})
}

// rotateReceiver makes another secret, which is shown this once.
func (c *call) rotateReceiver() error {
	return c.onReceiver("rotate", func(view *receiverView, sent url.Values, row store.Audit) (_ notice, err error) {
		var overlap time.Duration
		if sent.Get("at-once") != "" {
			overlap = -1
		}
		view.Secret, err = c.face.Events.RotateSecret(c.Request().Context(), c.identity.Tenant.ID, view.ID, overlap, row)
		return "", err
	})
}

// minuteForm is how a browser sends a minute.
const minuteForm = "2006-01-02T15:04"

// replayReceiver sets a receiver back to a time.
func (c *call) replayReceiver() error {
	return c.onReceiver("replay", func(view *receiverView, sent url.Values, row store.Audit) (notice, error) {
		from, err := time.Parse(minuteForm, sent.Get("from"))
		if err != nil || from.Year() < 1970 || from.After(row.At) {
			return "", validation.Errorf("from", "is a minute that has passed, such as 2030-01-31T08:00")
		}
		_, err = c.face.Events.Replay(c.Request().Context(), c.identity.Tenant.ID, view.ID, events.ReplayFrom{Time: from}, row)
		return noticeReceiverReplays, err
	})
}

// resendDelivery delivers one event again.
func (c *call) resendDelivery() error {
	return c.onReceiver("resend", func(view *receiverView, sent url.Values, row store.Audit) (notice, error) {
		position, err := strconv.ParseInt(sent.Get("position"), 10, 64)
		if err != nil {
			return "", errBadRequest
		}
		err = c.face.Events.Resend(c.Request().Context(), c.identity.Tenant.ID, view.ID, position, row)
		if errors.Is(err, store.ErrNotFound) {
			return noticeEventGone, nil
		}
		return noticeResent, err
	})
}

// resendFailed delivers again what was given up.
func (c *call) resendFailed() error {
	return c.onReceiver("resend-failed", func(view *receiverView, _ url.Values, row store.Audit) (notice, error) {
		n, err := c.face.Events.ResendFailed(c.Request().Context(), c.identity.Tenant.ID, view.ID, row)
		switch n {
		case 0:
			return noticeEventGone, err
		case events.MostResent:
			return noticeResentMany, err
		}
		return noticeResentFailed, err
	})
}

// deleteReceiver removes a receiver whose name was typed.
func (c *call) deleteReceiver() error {
	return c.onReceiver("delete", func(view *receiverView, sent url.Values, row store.Audit) (notice, error) {
		if typed(sent.Get("confirm")) != typed(view.Name) {
			return "", validation.Errorf("confirm", "type the name of the receiver")
		}
		return noticeReceiverGone, c.face.Events.DeleteReceiver(c.Request().Context(), c.identity.Tenant.ID, view.ID, row)
	})
}
