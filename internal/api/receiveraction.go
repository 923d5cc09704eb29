package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/internal/events"
	"rollcall/internal/validation"
	"rollcall/store"
)

func (f *face) receiverActionRoutes(r *routes) {
	for name, act := range map[string]handler{
		"pause": (*call).pauseReceiver, "resume": (*call).resumeReceiver, "rotate-secret": (*call).rotateSecret,
		"ping": (*call).pingReceiver, "replay": (*call).replay,
	} {
		r.add(http.MethodPost, "/receivers/:id/"+name, auth.ScopeAdminWrite, act)
	}
}

// reasoned is a body that says why, and nothing else.
type reasoned struct {
	Reason string `json:"reason"`
}

// ordered reads an action on a receiver: its body, the id in the path and, from
// the reason that the body gives, the audit row.
func (c *call) ordered(body any, reason *string) (uuid.UUID, store.Audit, error) {
	id, err := c.receiverID()
	if err != nil {
		return id, store.Audit{}, err
	}
	if err := c.read(body); err != nil {
		return id, store.Audit{}, err
	}
	row, err := c.noted(*reason)
	return id, row, err
}

// conflicting words what the receiver, as it is, does not allow.
func conflicting(err error) error {
	var field *validation.Error
	if errors.As(err, &field) && (field.Field == "state" || field.Field == "kind") {
		told := newProblem(http.StatusConflict, "the receiver does not allow it: its %s", field.Error())
		told.Field = field.Field
		return told
	}
	return aboutReceiver(err)
}

// changeState pauses or resumes, and answers the receiver as it then is.
func (c *call) changeState(change func(context.Context, store.TenantID, uuid.UUID, store.Audit) error) error {
	var body reasoned
	id, row, err := c.ordered(&body, &body.Reason)
	if err != nil {
		return err
	}
	if err := change(c.Request().Context(), c.identity.Tenant.ID, id, row); err != nil {
		return conflicting(err)
	}
	return c.receiver()
}

func (c *call) pauseReceiver() error { return c.changeState(c.face.Events.PauseReceiver) }

func (c *call) resumeReceiver() error { return c.changeState(c.face.Events.ResumeReceiver) }

// rotateSecret answers the new secret, which is shown this once. Without an
// overlap the one before holds for a day more; "0s" ends it at once.
func (c *call) rotateSecret() error {
	var body struct {
		Overlap string `json:"overlap"`
		Reason  string `json:"reason"`
	}
	id, row, err := c.ordered(&body, &body.Reason)
	if err != nil {
		return err
	}
	var overlap time.Duration
	if body.Overlap != "" {
		end, err := admin.When("overlap", body.Overlap, row.At)
		if overlap = end.Sub(row.At); body.Overlap == "0s" {
			overlap, err = -1, nil
		}
		if err != nil {
			return err
		}
	}
	secret, err := c.face.Events.RotateSecret(c.Request().Context(), c.identity.Tenant.ID, id, overlap, row)
	if err != nil {
		return conflicting(err)
	}
	return c.reply(http.StatusOK, map[string]string{"secret": secret})
}

// pingView is what came of a test event.
type pingView struct {
	Taken        bool   `json:"taken"`
	Status       int    `json:"status,omitzero"`
	Error        string `json:"error,omitzero"`
	Milliseconds int64  `json:"milliseconds"`
}

func (c *call) pingReceiver() error {
	id, err := c.receiverID()
	if err != nil {
		return err
	}
	if err := c.read(&struct{}{}); err != nil {
		return err
	}
	found, err := c.face.Events.PingReceiver(c.Request().Context(), c.identity.Tenant.ID, id)
	if err != nil {
		return conflicting(err)
	}
	return c.reply(http.StatusOK, pingView{Taken: found.Taken, Status: found.Status, Error: found.Error, Milliseconds: found.Took.Milliseconds()})
}

// replay sets a receiver back behind a position or to a time.
func (c *call) replay() error {
	var body struct {
		Position *int64 `json:"position"`
		Time     string `json:"time"`
		Reason   string `json:"reason"`
	}
	id, row, err := c.ordered(&body, &body.Reason)
	if err != nil {
		return err
	}
	var from events.ReplayFrom
	switch {
	case body.Position != nil && body.Time != "":
		return invalid("time", "position and time exclude each other")
	case body.Position != nil:
		from.Position = *body.Position
	case body.Time == "":
		return invalid("position", "position or time is required")
	default:
		if from.Time, err = time.Parse(time.RFC3339, body.Time); err != nil || from.Time.IsZero() {
			return invalid("time", "is a time such as 2030-01-31T00:00:00Z")
		}
	}
	position, err := c.face.Events.Replay(c.Request().Context(), c.identity.Tenant.ID, id, from, row)
	if err != nil {
		return aboutReceiver(err)
	}
	return c.reply(http.StatusOK, map[string]int64{"position": position})
}
