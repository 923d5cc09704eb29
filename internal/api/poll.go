package api

import (
	"errors"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

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
	answer, err := c.face.Events.Poll(c.Request().Context(), c.identity.Tenant.ID, id, c.identity.Connection.ID, request)
	switch {
	case errors.Is(err, events.ErrOthers):
		return newProblem(http.StatusForbidden, "%s", events.ErrOthers.Error())
	case errors.Is(err, events.ErrInactive):
		return newProblem(http.StatusConflict, "the receiver is not active: an administrator has to resume it")
	case err != nil:
		return aboutReceiver(err)
	}
	return c.reply(http.StatusOK, answer)
}

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
