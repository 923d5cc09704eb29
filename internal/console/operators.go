package console

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/operator"
	"rollcall/internal/web"
	"rollcall/store"
)

func (f *face) operatorRoutes(r *routes) {
	r.show("/operators", operator.ViewSettings, (*call).operators)
	r.do("/operators", operator.ManageOperators, (*call).createOperator)
	r.show("/operators/:id", operator.ManageOperators, (*call).operator)
	r.do("/operators/:id", operator.ManageOperators, (*call).updateOperator)
	r.do("/operators/:id/delete", operator.ManageOperators, (*call).deleteOperator)
	r.do("/operators/:id/link", operator.ManageOperators, (*call).linkOperator)
}

// operatorsView is the list of operators, with the form that makes another one.
type operatorsView struct {
	Rows  []store.Operator
	Draft operatorForm
}

// operatorForm is what is said of an operator.
type operatorForm struct {
	operator.Draft
	Roles   []operator.Role
	Problem string
	// Version is what the form was filled from: a change meanwhile is not undone.
	Version string
	// Now is how it stands where that is no longer so, nil otherwise.
	Now *store.Operator
}

// operatorView is the page of one operator.
type operatorView struct {
	store.Operator
	Form operatorForm
	// Self says that it is who looks at it.
	Self bool
	// Link is a new sign-in link, shown this once.
	Link    string
	Expires time.Time
}

func (c *call) operators() error {
	return c.listOperators(http.StatusOK, operatorForm{Draft: operator.Draft{Role: string(operator.Auditor)}})
}

func (c *call) listOperators(status int, draft operatorForm) error {
	found, err := c.face.Operators.List(c.Request().Context(), c.identity.Tenant.ID)
	if err != nil {
		return err
	}
	draft.Roles = operator.Roles()
	return c.page(status, "operators", "Operators", &operatorsView{found, draft})
}

// drafted is what a form says of an operator, and what it was filled from.
func (c *call) drafted() (operator.Draft, string, error) {
	sent, err := web.Fields(c, maxForm)
	return operator.Draft{Name: typed(sent.Get("name")), Role: sent.Get("role"), Issuer: typed(sent.Get("issuer")), Subject: typed(sent.Get("subject"))}, sent.Get("version"), err
}

func (c *call) createOperator() error {
	draft, _, err := c.drafted()
	if err != nil {
		return err
	}
	made, err := c.face.Operators.Create(c.Request().Context(), c.identity.Tenant.ID, draft, c.trail())
	if problem := refused("create", err); problem != "" {
		return c.listOperators(http.StatusUnprocessableEntity, operatorForm{Draft: draft, Problem: problem})
	}
	if err != nil {
		return err
	}
	return c.back("/operators/"+made.ID.String(), noticeOperatorMade)
}

// named reads the operator that the path names.
func (c *call) named() (*operatorView, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return nil, errNotFound
	}
	found, err := c.face.Operators.Get(c.Request().Context(), c.identity.Tenant.ID, id)
	if err != nil {
		return nil, err
	}
	return &operatorView{
		Operator: found, Self: id == c.identity.Operator.ID,
		Form: operatorForm{Draft: operator.Draft{Name: found.Name, Role: found.Role, Issuer: found.Issuer, Subject: found.Subject}, Roles: operator.Roles(), Version: operator.Version(found)},
	}, nil
}

func (c *call) showOperator(status int, view *operatorView) error {
	return c.page(status, "operator", view.Name, view)
}

func (c *call) operator() error {
	view, err := c.named()
	if err != nil {
		return err
	}
	return c.showOperator(http.StatusOK, view)
}

func (c *call) updateOperator() error {
	draft, version, err := c.drafted()
	if err != nil {
		return err
	}
	view, err := c.named()
	if err != nil {
		return err
	}
	_, err = c.face.Operators.Replace(c.Request().Context(), view.Tenant, view.ID, version, draft, c.trail())
	if errors.Is(err, store.ErrVersion) {
		return c.operatorElsewhere(draft)
	}
	if problem := refused("change", err); problem != "" {
		view.Form.Draft, view.Form.Problem = draft, problem
		return c.showOperator(http.StatusUnprocessableEntity, view)
	}
	if err != nil {
		return err
	}
	return c.back("/operators", noticeOperatorChanged)
}

// operatorElsewhere answers a form that was filled from what is no longer so:
// with what was sent, and how it stands now.
func (c *call) operatorElsewhere(draft operator.Draft) error {
	view, err := c.named()
	if err != nil {
		return err
	}
	view.Form.Draft, view.Form.Now = draft, &view.Operator
	view.Form.Problem = meanwhile("operator")
	return c.showOperator(http.StatusConflict, view)
}

func (c *call) deleteOperator() error {
	view, err := c.named()
	if err != nil {
		return err
	}
	err = c.face.Operators.Delete(c.Request().Context(), view.Tenant, view.ID, c.trail())
	if problem := refused("remove", err); problem != "" {
		view.Form.Problem = problem
		return c.showOperator(http.StatusUnprocessableEntity, view)
	}
	if err != nil {
		return err
	}
	return c.back("/operators", noticeOperatorGone)
}

// linkOperator makes a link by which an operator signs in.
func (c *call) linkOperator() error {
	view, err := c.named()
	if err != nil {
		return err
	}
	secret, expires, err := c.face.Operators.Link(c.Request().Context(), view.Operator, c.trail())
	if err != nil {
		return err
	}
	view.Link, view.Expires = c.face.SignInLink(secret), expires
	return c.showOperator(http.StatusOK, view)
}
