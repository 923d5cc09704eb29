package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/store"
)

func (f *face) sessionRoutes(r *routes) {
	r.get("/sessions", (*call).sessions, "operator")
	r.add(http.MethodDelete, "/sessions/:id", auth.ScopeAdminWrite, (*call).endSession)
}

// sessionView is an operator who has signed in to the console.
type sessionView struct {
	ID       string    `json:"id"`
	Operator string    `json:"operator"`
	Created  time.Time `json:"created"`
	Seen     time.Time `json:"seen"`
	Expires  time.Time `json:"expires"`
	Address  string    `json:"address"`
	Agent    string    `json:"agent"`
}

// sessions lists who is signed in, of all operators or of one.
func (c *call) sessions() error {
	whose := uuid.Nil
	if text := c.QueryParam("operator"); text != "" {
		var err error
		if whose, err = uuid.Parse(text); err != nil {
			return invalid("operator", "is the id of an operator")
		}
	}
	living, err := c.face.Operators.Sessions(c.Request().Context(), c.identity.Tenant.ID)
	if err != nil {
		return err
	}
	views := []sessionView{}
	for i := range living {
		if s := &living[i]; whose == uuid.Nil || s.Operator == whose {
			views = append(views, sessionView{s.ID.String(), s.Operator.String(), s.Created, s.Seen, s.Expires, s.Address, s.Agent})
		}
	}
	return c.reply(http.StatusOK, map[string]any{"sessions": views})
}

// endSession signs an operator out: the next page that is asked for is refused.
func (c *call) endSession() error {
	id, err := uuid.Parse(c.part("id"))
	if err != nil {
		return newProblem(http.StatusNotFound, "the session does not exist")
	}
	err = c.face.Operators.End(c.Request().Context(), c.identity.Tenant.ID, id, c.trail(c.face.Provider.Now()))
	if errors.Is(err, store.ErrNotFound) {
		return newProblem(http.StatusNotFound, "the session does not exist")
	}
	if err != nil {
		return err
	}
	return c.nothing()
}
