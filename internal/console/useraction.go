package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"rollcall/internal/admin"
	"rollcall/internal/form"
	"rollcall/internal/operator"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/fault"
)

func (f *face) actionRoutes(r *routes) {
	// What an action needs beyond this is asked where its name is known.
	r.show("/users/:id/actions/:action", operator.AssistAccounts, (*call).askAction)
	r.do("/users/:id/actions/:action", operator.AssistAccounts, (*call).act)
	r.do("/users/:id/timers/:kind/cancel", operator.ManageAccounts, (*call).cancelTimer)
}

// actionView is the page that asks for what an action needs, and, where it was
// tried in vain, says why.
type actionView struct {
	*accountView
	Action, Title, About string
	// ReasonNeeded says that it is not done without words.
	ReasonNeeded bool
	// Takes are the fields beside the reason.
	Takes map[string]bool
	// Sources are those whose suspensions can be lifted or taken over, Marks what
	// an account can be marked as.
	Sources []admin.SuspensionView
	Marks   []string
	Sent    url.Values
	Problem string
	// Letters are to be handed over, since nobody mails them.
	Letters []admin.LetterView
}

// Old is what was sent for a field, to be corrected.
func (v *actionView) Old(name string) string { return v.Sent.Get(name) }

// action is the page of the action that the path names, for a role that may do
// it.
func (c *call) action() (*actionView, admin.Action, error) {
	action, known := admin.Lookup(c.Param("action"))
	words, worded := actionWords[action.Name]
	if !known || !worded {
		return nil, action, errNotFound
	}
	if !c.identity.Role.May(operator.ForAction(action.Name)) {
		return nil, action, errForbidden
	}
	account, err := c.account("")
	if err != nil {
		return nil, action, err
	}
	view := &actionView{
		accountView: account, Action: action.Name, Title: words.title, About: words.about, ReasonNeeded: words.reason,
		Takes: map[string]bool{}, Sent: url.Values{}, Marks: []string{string(lifecycle.MarkAPIOnly), string(lifecycle.MarkBreakGlass), string(lifecycle.MarkLegalHold)},
	}
	for _, name := range action.Takes {
		view.Takes[name] = true
	}
	for _, s := range account.Suspensions {
		if s.Source != lifecycle.Administrators {
			view.Sources = append(view.Sources, s)
		}
	}
	view.Sent.Set("validFrom", date(account.Facts.ValidFrom))
	view.Sent.Set("validUntil", date(account.Facts.ValidUntil))
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
	sent, err := form.Fields(c, maxForm)
	if err != nil {
		return err
	}
	view, action, err := c.action()
	if err != nil {
		return err
	}
	view.Sent = sent
	request, err := c.request(action, sent)
	if err == nil && view.ReasonNeeded && request.Reason == "" {
		err = &admin.InvalidError{Field: "reason", Problem: "is needed"}
	}
	var done *scim.Transition
	if err == nil {
		done, err = c.carry(action, request)
	}
	if problem := refused(action.Name, err); problem != "" {
		view.Problem = problem
		return c.ask(http.StatusUnprocessableEntity, view)
	}
	if err != nil {
		return err
	}
	if len(done.Letters) > 0 {
		for _, letter := range done.Letters {
			view.Letters = append(view.Letters, admin.LetterView{
				Kind: letter.Kind, To: letter.To, Link: c.face.Link(c.identity.Tenant.Name, letter.Kind, letter.Secret), Expires: letter.Expires,
			})
		}
		return c.ask(http.StatusOK, view)
	}
	return c.back("/users/"+url.PathEscape(c.Param("id")), notice(action.Name))
}

// carry has the provider do what was asked for.
func (c *call) carry(action admin.Action, request admin.Request) (*scim.Transition, error) {
	order, err := action.Order(c.Param("id"), request, scim.Precondition{}, false)
	if err != nil {
		return nil, err
	}
	return c.face.Provider.Carry(c.Request().Context(), c.caller(), order)
}

// request is what the form asks an action for.
func (c *call) request(action admin.Action, sent url.Values) (admin.Request, error) {
	request := admin.Request{
		Reason: sent.Get("reason"), Source: sent.Get("source"), Approval: sent.Get("approval") != "", Mark: lifecycle.Mark(sent.Get("mark")),
		Purpose: sent.Get("purpose"), Confirm: sent.Get("confirm"), Password: sent.Get("password"), By: actor(scim.KindOperator, c.identity.ActorID()),
	}
	var err1, err2, err3 error
	request.Until, err1 = day("until", sent.Get("until"))
	if slices.Contains(action.Takes, admin.TakesFrom) {
		var from, to time.Time
		from, err2 = day("validFrom", sent.Get("validFrom"))
		to, err3 = day("validUntil", sent.Get("validUntil"))
		request.ValidFrom, request.ValidUntil = &from, &to
	}
	return request, errors.Join(err1, err2, err3)
}

// day reads the day that a form names: its first instant in UTC.
func day(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil || at.Year() < 1970 || at.Year() > 9998 {
		return time.Time{}, &admin.InvalidError{Field: field, Problem: "is a day such as 2030-01-31"}
	}
	return at, nil
}

// date writes a time as a field for days has it.
func date(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.DateOnly)
}

// refused says why something was not done that an operator asked for; empty
// where it was done, or something else went wrong.
func refused(action string, err error) string {
	var refusal *lifecycle.Refusal
	var wrong *admin.InvalidError
	told, isFault := fault.As(err)
	switch {
	case errors.As(err, &refusal):
		return sentence(admin.Refused(action, refusal))
	case errors.As(err, &wrong):
		return sentence(wrong.Error())
	case isFault && told.Status < http.StatusInternalServerError && told.Status != http.StatusNotFound:
		return sentence(told.Detail)
	}
	return ""
}

// cancelTimer takes back what a timer waits for.
func (c *call) cancelTimer() error {
	kind := lifecycle.TimerKind(c.Param("kind"))
	_, err := c.face.Provider.Carry(c.Request().Context(), c.caller(), scim.Order{
		ID: c.Param("id"), Commands: func(e *scim.Explanation) ([]lifecycle.Command, error) {
			if !slices.ContainsFunc(e.Timers, func(t lifecycle.Timer) bool { return t.Kind == kind }) {
				return nil, nil // it is gone already
			}
			return []lifecycle.Command{lifecycle.Cancel{Kind: kind}}, nil
		},
	})
	path := "/users/" + url.PathEscape(c.Param("id")) + "/schedule"
	if refused("cancel", err) != "" {
		return c.back(path, noticeNotCancelled)
	}
	if err != nil {
		return err
	}
	return c.back(path, noticeTimerCancelled)
}
