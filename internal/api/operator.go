package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/internal/operator"
	"rollcall/store"
)

func (f *face) operatorRoutes(r *routes) {
	r.get("/operators", (*call).operators)
	r.add(http.MethodPost, "/operators", auth.ScopeAdminWrite, (*call).createOperator)
	r.get("/operators/:id", (*call).operator)
	r.add(http.MethodPatch, "/operators/:id", auth.ScopeAdminWrite, (*call).updateOperator)
	r.add(http.MethodDelete, "/operators/:id", auth.ScopeAdminWrite, (*call).deleteOperator)
	r.add(http.MethodPost, "/operators/:id/link", auth.ScopeAdminWrite, (*call).linkOperator)
}

// operatorView is a person who administers the tenant in the console.
type operatorView struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Role       string    `json:"role"`
	Issuer     string    `json:"issuer,omitzero"`
	Subject    string    `json:"subject,omitzero"`
	Created    time.Time `json:"created"`
	LastSignIn time.Time `json:"lastSignIn,omitzero"`
}

func viewOperator(o *store.Operator) operatorView {
	return operatorView{o.ID.String(), o.Name, o.Role, o.Issuer, o.Subject, o.Created.UTC(), o.LastSignIn}
}

var errNoOperator = newProblem(http.StatusNotFound, "the operator does not exist")

// ofOperator words that an operator is not there.
func ofOperator(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errNoOperator
	}
	return err
}

// operatorID is the operator that the path names.
func (c *call) operatorID() (uuid.UUID, error) {
	id, err := uuid.Parse(c.part("id"))
	if err != nil {
		return uuid.Nil, errNoOperator
	}
	return id, nil
}

func (c *call) operators() error {
	found, err := c.face.Operators.List(c.Request().Context(), c.identity.Tenant.ID)
	if err != nil {
		return err
	}
	views := []operatorView{}
	for i := range found {
		views = append(views, viewOperator(&found[i]))
	}
	return c.reply(http.StatusOK, map[string]any{"operators": views})
}

func (c *call) operator() error {
	id, err := c.operatorID()
	if err != nil {
		return err
	}
	found, err := c.face.Operators.Get(c.Request().Context(), c.identity.Tenant.ID, id)
	if err != nil {
		return ofOperator(err)
	}
	return c.reply(http.StatusOK, viewOperator(&found))
}

func (c *call) createOperator() error {
	var body operator.Change
	if err := c.read(&body); err != nil {
		return err
	}
	var draft operator.Draft
	body.Apply(&draft)
	made, err := c.face.Operators.Create(c.Request().Context(), c.identity.Tenant.ID, draft, c.trail(c.face.Provider.Now()))
	if err != nil {
		return ofOperator(err)
	}
	return c.reply(http.StatusCreated, viewOperator(&made))
}

func (c *call) updateOperator() error {
	id, err := c.operatorID()
	if err != nil {
		return err
	}
	var body operator.Change
	if err := c.read(&body); err != nil {
		return err
	}
	changed, err := c.face.Operators.Update(c.Request().Context(), c.identity.Tenant.ID, id, body.Apply, c.trail(c.face.Provider.Now()))
	if err != nil {
		return ofOperator(err)
	}
	return c.reply(http.StatusOK, viewOperator(&changed))
}

func (c *call) deleteOperator() error {
	id, err := c.operatorID()
	if err != nil {
		return err
	}
	if err := c.face.Operators.Delete(c.Request().Context(), c.identity.Tenant.ID, id, c.trail(c.face.Provider.Now())); err != nil {
		return ofOperator(err)
	}
	return c.nothing()
}

// linkOperator makes a link by which an operator signs in once; it is shown this
// once.
func (c *call) linkOperator() error {
	id, err := c.operatorID()
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	found, err := c.face.Operators.Get(ctx, c.identity.Tenant.ID, id)
	if err != nil {
		return ofOperator(err)
	}
	secret, expires, err := c.face.Operators.Link(ctx, found, c.trail(c.face.Provider.Now()))
	if err != nil {
		return ofOperator(err)
	}
	return c.reply(http.StatusCreated, map[string]any{"link": c.face.SignInLink(secret), "expires": expires})
}
