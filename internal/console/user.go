package console

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"rollcall/internal/admin"
	"rollcall/internal/operator"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

func (f *face) accountRoutes(r *routes) {
	r.show("/users/:id", operator.ViewAccounts, (*call).userOverview)
	r.show("/users/:id/sign-ins", operator.ViewAccounts, (*call).userSignIns)
	r.show("/users/:id/timeline", operator.ViewAccounts, (*call).userTimeline)
}

// accountView is a page about one user.
type accountView struct {
	*admin.AccountView
	sentForm

	// Name is what the user is called in the heading.
	Name, Origin string
	// Tab is the page, by the end of its address.
	Tab     string
	Tabs    []tab
	Actions []actionLink
	// Next is what will happen by itself first, nil for nothing.
	Next *stepRow
	// Coming is all that will.
	Coming []stepRow
	// What the tabs show beside the account.
	SignIns []signInRow
	Tokens  []userToken
	// OlderTokens says that the user has more tokens than are shown.
	OlderTokens bool
	Timeline    *timeline
	InGroups    few[admin.GroupView]
	Roles       few[userRole]
	Profile     *userProfile
	Dangers     []danger
	// GroupNames are names of groups to choose from.
	GroupNames []string
	// Problem says why what was asked for was not done.
	Problem string

	Provisioning *provisioning

	found *scim.Explanation
	// owner is the connection that the account comes from, empty for none.
	owner string
	names names
}

// tab is a page about the same user.
type tab struct{ Title, Path string }

var tabs = []tab{
	{"Overview", ""}, {"Groups and roles", "/groups"}, {"Sign-ins", "/sign-ins"}, {"Timeline", "/timeline"}, {"Schedule", "/schedule"}, {"Danger zone", "/danger"},
}

// actionLink leads to the page that asks for what an action needs.
type actionLink struct {
	Name, Title string
	// Grave actions stand apart from the others.
	Grave bool
}

// Owner is the connection that the account comes from, empty for none.
func (v *accountView) Owner() string { return v.owner }

// OwnerPath leads to the page of that connection.
func (v *accountView) OwnerPath() string {
	for id, name := range v.names.connections {
		if v.owner != "" && name == v.found.SourceClient {
			return "/connections/" + id.String()
		}
	}
	return ""
}

// Actor is what an actor of a fact is called; empty for what is named already, because
// it acts for itself.
func (v *accountView) Actor(by string) string {
	switch kind, id, _ := strings.Cut(by, ":"); kind {
	case scim.KindOperator, scim.KindCommand, scim.KindUser, scim.KindSystem:
		return v.names.who(kind, id)
	}
	return ""
}

// StatusClass is how the status looks.
func (v *accountView) StatusClass() string { return statusClass(lifecycle.Status(v.Status)) }

// account reads the user that the path names.
func (c *call) account(tab string) (*accountView, error) {
	found, err := c.face.Provider.Explain(c.Request().Context(), c.caller(), c.Param("id"))
	if told, ok := fault.As(err); ok && told.Status == http.StatusNotFound || errors.Is(err, store.ErrNotFound) {
		return nil, errNotFound
	}
	if err != nil {
		return nil, err
	}
	names, err := c.names()
	if err != nil {
		return nil, err
	}
	view := &accountView{
		AccountView: admin.ViewAccount(found, names.sources), Tab: tab, Tabs: tabs,
		Name: called(found), Origin: origin(found.Source, found.SourceClient), found: found, owner: names.owner(found), names: names,
	}
	view.offer(c.identity.Role)
	if c.identity.Role.May(operator.ViewAudit) {
		view.Tabs = slices.Insert(slices.Clone(tabs), provisioningAt, provisioningTab)
	}
	if view.Coming = stepsOf(found); len(view.Coming) > 0 {
		view.Next = &view.Coming[0]
	}
	return view, nil
}

// called is what to call a user.
func called(e *scim.Explanation) string {
	switch {
	case e.DisplayName != "":
		return e.DisplayName
	case e.UserName != "":
		return e.UserName
	}
	return e.ID
}

// offer lists what can be done to the account by a role.
func (v *accountView) offer(role operator.Role) {
	for _, name := range v.Allowed {
		words, ok := actionWords[name]
		action, _ := admin.Lookup(name)
		if ok && !action.Deletes && role.May(operator.ForAction(name)) {
			v.Actions = append(v.Actions, actionLink{name, words.title, action.Grave()})
		}
	}
}

// showUser answers with a page about the user.
func (c *call) showUser(view *accountView) error {
	status := http.StatusOK
	if view.Problem != "" {
		status = http.StatusUnprocessableEntity
	}
	return c.page(status, "user", view.Name, view)
}

func (c *call) userOverview() error {
	view, err := c.account("")
	if err != nil {
		return err
	}
	if view.Profile, err = c.userProfile(view); err != nil {
		return err
	}
	return c.showUser(view)
}

// signInsShown is how many sign-ins a page shows.
const signInsShown = 100

// signInRow is a sign-in, or a try.
type signInRow store.SignIn

func (c *call) userSignIns() error {
	view, err := c.account("/sign-ins")
	if err != nil {
		return err
	}
	if view.Status != string(lifecycle.StatusPurged) {
		rows, err := c.face.Provider.SignIns(c.Request().Context(), c.caller(), view.ID, store.TimePosition{}, signInsShown)
		if err != nil {
			return err
		}
		for _, row := range rows {
			view.SignIns = append(view.SignIns, signInRow(row))
		}
	}
	if c.identity.Role.May(operator.ViewSettings) {
		id, _ := store.ParseID(view.ID)
		if view.Tokens, view.OlderTokens, err = c.userTokens(id); err != nil {
			return err
		}
	}
	return c.showUser(view)
}

func (c *call) userTimeline() error {
	view, err := c.account("/timeline")
	if err != nil {
		return err
	}
	id, _ := store.ParseID(view.ID)
	view.Timeline, err = c.timeline(store.AuditSearch{SubjectType: scim.UserType, Subject: id})
	if err != nil {
		return err
	}
	return c.showUser(view)
}
