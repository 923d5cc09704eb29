package console

import (
	"net/http"
	"net/url"

	"rollcall/internal/admin"
	"rollcall/internal/operator"
	"rollcall/internal/validation"
	"rollcall/internal/web"
	"rollcall/lifecycle"
	"rollcall/scim"
)

func (f *face) actionRoutes(r *routes) {
	// What an action needs beyond this is asked where its name is known.
	r.show("/users/:id/actions/:action", operator.AssistAccounts, (*call).askAction)
	r.do("/users/:id/actions/:action", operator.AssistAccounts, (*call).act)
}

// actionView is the page that asks for what an action on a user needs.
type actionView struct {
	*accountView
	Action, Title, About string
	// Grave actions are not to be done by the way.
	Grave  bool
	Fields *actionFields
	// Already is the suspension that this one takes the place of, nil for none.
	Already *admin.SuspensionView
	// Letters are to be handed over, since nobody mails them.
	Letters []admin.LetterView
}

// action is the page of the action that the path names, for a role that may do
// it.
func (c *call) action() (*actionView, admin.Action, error) {
	action, known := admin.Lookup(c.Param("action"))
	if !known {
		return nil, action, errNotFound
	}
	if !c.identity.Role.May(operator.ForAction(action.Name)) {
		return nil, action, errForbidden
	}
	account, err := c.account("")
	if err != nil {
		return nil, action, err
	}
	words := actionWords[action.Name]
	view := &actionView{accountView: account, Action: action.Name, Title: words.title, About: words.about, Grave: action.Grave(), Fields: fieldsOf(action)}
	view.Fields.Confirm = account.UserName
	if account.UserName == "" {
		view.Fields.Confirm = account.ID
	}
	for i, s := range account.Suspensions {
		if s.Source != lifecycle.Administrators {
			view.Fields.Sources = append(view.Fields.Sources, s)
		} else if action.Name == "suspend" {
			view.Already = &account.Suspensions[i]
		}
	}
	view.Fields.Sent.Set("validFrom", date(account.Facts.ValidFrom))
	view.Fields.Sent.Set("validUntil", date(account.Facts.ValidUntil))
	return view, action, nil
}

// ask answers with the page of an action.
func (c *call) ask(status int, view *actionView) error {
	return c.page(status, "action", view.Title, view)
}

func (c *call) askAction() error {
	view, _, err := c.action()
	if err != nil {
		return err
	}
	return c.ask(http.StatusOK, view)
}

// act carries an action out.
func (c *call) act() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	view, action, err := c.action()
	if err != nil {
		return err
	}
	view.Fields.Sent = sent
	request, err := c.actionRequest(action, sent)
	if err == nil && view.Fields.ReasonNeeded && request.Reason == "" {
		err = validation.Errorf("reason", "is needed")
	}
	var done *scim.Transition
	if err == nil {
		done, err = c.carry(action, request)
	}
	if problem := refused(action.Name, err); problem != "" {
		view.Fields.Problem = problem
		return c.ask(http.StatusUnprocessableEntity, view)
	}
	if err != nil {
		return err
	}
	if len(done.Letters) > 0 {
		view.Letters = c.handOver(done.Letters)
		return c.ask(http.StatusOK, view)
	}
	said := notice(action.Name)
	if view.Already != nil && done.Changed {
		said = noticeRevised
	}
	return c.back("/users/"+url.PathEscape(c.Param("id")), said)
}

// carry has the provider do what was asked for.
func (c *call) carry(action admin.Action, request admin.Request) (*scim.Transition, error) {
	order, err := action.Order(c.Param("id"), request, scim.Precondition{}, false)
	if err != nil {
		return nil, err
	}
	return c.face.Provider.Carry(c.Request().Context(), c.caller(), order)
}
