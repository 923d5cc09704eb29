package console

import (
	"errors"
	"net/http"

	"github.com/google/uuid"

	"rollcall/internal/operator"
	"rollcall/store"
)

func (f *face) sessionRoutes(r *routes) {
	r.show("/sessions", operator.ViewAccounts, (*call).sessions)
	r.do("/sessions/:id/end", operator.ViewAccounts, (*call).endSession)
}

// sessionView is a session, and whose it is.
type sessionView struct {
	store.Session
	Name string
	// Current says that it is the one that asks.
	Current bool
}

// sessions lists one's own sessions, and those of all to who looks after
// operators.
func (c *call) sessions() error {
	ctx, tenant := c.Request().Context(), c.identity.Tenant.ID
	living, err := c.face.Operators.Sessions(ctx, tenant)
	if err != nil {
		return err
	}
	operators, err := c.face.Operators.List(ctx, tenant)
	if err != nil {
		return err
	}
	names := map[uuid.UUID]string{}
	for i := range operators {
		names[operators[i].ID] = operators[i].Name
	}
	view := []sessionView{}
	for i := range living {
		if s := &living[i]; c.mayEnd(s) {
			view = append(view, sessionView{Session: *s, Name: names[s.Operator], Current: s.ID == c.identity.Session.ID})
		}
	}
	return c.page(http.StatusOK, "sessions", "Sessions", view)
}

// mayEnd: everybody's own sessions are theirs.
func (c *call) mayEnd(s *store.Session) bool {
	return s.Operator == c.identity.Operator.ID || c.identity.Role.May(operator.ManageOperators)
}

func (c *call) endSession() error {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return errNotFound
	}
	living, err := c.face.Operators.Sessions(c.Request().Context(), c.identity.Tenant.ID)
	if err != nil {
		return err
	}
	for i := range living {
		if living[i].ID != id || !c.mayEnd(&living[i]) {
			continue
		}
		if err := c.end(id); err != nil {
			return err
		}
		break
	}
	// Who ended it before, or whether it ended by itself, makes no difference.
	return c.back("/sessions", noticeSessionEnded)
}

// end ends a session. One that is gone already is no error.
func (c *call) end(id uuid.UUID) error {
	err := c.face.Operators.End(c.Request().Context(), c.identity.Tenant.ID, id, c.trail())
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
