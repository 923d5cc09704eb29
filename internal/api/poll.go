package api

import (
	"errors"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/internal/events"
)

func (f *face) pollRoutes(r *routes) {
	r.add(http.MethodPost, "/receivers/:id/poll", auth.ScopeEventsRead, (*call).poll)
}

// poll hands security event tokens out and takes acknowledgements (RFC 8936).
func (c *call) poll() error {
	id, err := c.receiverID()
	if err != nil {
		return err
	}
	request, err := c.pollRequest()
	if err != nil {
		return err
	}
	ctx, tenant := c.Request().Context(), c.identity.Tenant.ID
	found, err := c.face.Events.Receiver(ctx, tenant, id)
	if err != nil {
		return aboutReceiver(err)
	}
	if found.Connection != uuid.Nil && found.Connection != c.identity.Connection.ID {
		return errOthersReceiver
	}
	answer, err := c.face.Events.Poll(ctx, tenant, id, request)
	if errors.Is(err, events.ErrInactive) {
		return newProblem(http.StatusConflict, "the receiver is not active: an administrator has to resume it")
	}
	if err != nil {
		return aboutReceiver(err)
	}
	return c.reply(http.StatusOK, answer)
}

var errOthersReceiver = newProblem(http.StatusForbidden, "the receiver is polled by another connection")

// pollRequest reads the body. What it does not know it passes over, as other
// specifications may add members (RFC 8936 section 2.2).
func (c *call) pollRequest() (events.PollRequest, error) {
	var request events.PollRequest
	text, err := c.body()
	if err != nil {
		return request, err
	}
	if jsontext.Value(text).Kind() != '{' {
		return request, invalid("", "the body must be a JSON object")
	}
	return request, misread(json.Unmarshal(text, &request))
}
