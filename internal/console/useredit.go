package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"unicode/utf8"

	"rollcall/internal/admin"
	"rollcall/internal/form"
	"rollcall/internal/operator"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/fault"
)

func (f *face) userEditRoutes(r *routes) {
	r.show("/users/new", operator.ManageAccounts, (*call).newUser)
	r.do("/users", operator.ManageAccounts, (*call).createUser)
	r.show("/users/:id/edit", operator.ManageAccounts, (*call).editUser)
	r.do("/users/:id/edit", operator.ManageAccounts, (*call).updateUser)
}

// userForm is the page that asks for what is said of a user.
type userForm struct {
	Fields []filledField
	// ID is of the user that is changed, empty for a new one.
	ID      string
	Problem string
	// Version is what the form was filled from: a change meanwhile is not undone.
	Version string
	// Starts are the ways in which a new account begins, Start the chosen one.
	Starts []start
	Start  string
	// Origin is where the account comes from, where what is changed here may be
	// overwritten from there.
	Origin string
	// Letters are to be handed over, since nobody mails them.
	Letters []admin.LetterView
}

// start is a way in which a new account begins.
type start struct {
	Name, Title string
	entry       lifecycle.Command
}

// starts are all there are, the usual one first.
var starts = []start{
	{"invite", "Send an invitation: the owner chooses a password", lifecycle.Invite{}},
	{"password", "Set an initial password", lifecycle.Enroll{}},
	{"active", "Active at once, without a password", lifecycle.Enroll{}},
	{"staged", "Not yet: activate it later", lifecycle.Create{}},
}

func (c *call) newUser() error {
	return c.askUser(http.StatusOK, &userForm{Start: starts[0].Name}, profile{})
}

// askUser answers with the form of a user.
func (c *call) askUser(status int, view *userForm, p profile) error {
	view.Fields = p.fill()
	if view.ID == "" {
		view.Starts = starts
		return c.page(status, "user-form", "Add a user", view)
	}
	return c.page(status, "user-form", "Edit "+p.UserName, view)
}

// createUser makes a user in the way that the form names.
func (c *call) createUser() error {
	sent, err := form.Fields(c, maxForm)
	if err != nil {
		return err
	}
	p, view := readProfile(sent), &userForm{Start: sent.Get("start")}
	begin := starts[0]
	for _, one := range starts {
		if one.Name == view.Start {
			begin = one
		}
	}
	password := sent.Get("password")
	if begin.Name != "password" {
		password = ""
	} else if utf8.RuneCountInString(password) < scim.FewestCharacters {
		view.Problem = fmt.Sprintf("Password: takes at least %d characters.", scim.FewestCharacters)
		return c.askUser(http.StatusUnprocessableEntity, view, p)
	}
	done, err := c.face.Provider.Enter(c.Request().Context(), c.caller(), bytes.NewReader(p.resource(password)), begin.entry)
	if problem := refused("create", err); problem != "" {
		view.Problem = problem
		return c.askUser(http.StatusUnprocessableEntity, view, p)
	}
	if err != nil {
		return err
	}
	if len(done.Letters) > 0 {
		view.Letters, view.ID = c.handOver(done.Letters), done.ID
		return c.askUser(http.StatusOK, view, p)
	}
	return c.back("/users/"+done.ID, noticeUserMade)
}

// handOver are letters that nobody mails, with whole links.
func (c *call) handOver(letters []scim.Letter) []admin.LetterView {
	var list []admin.LetterView
	for _, letter := range letters {
		list = append(list, admin.LetterView{
			Kind: letter.Kind, To: letter.To, Link: c.face.Link(c.identity.Tenant.Name, letter.Kind, letter.Secret), Expires: letter.Expires,
		})
	}
	return list
}

// readUser is what is stored of the user that the path names, and its version.
func (c *call) readUser() (profile, *scim.Resource, error) {
	var p profile
	t, err := c.resourceType(scim.UserType)
	if err != nil {
		return p, nil, err
	}
	ctx := c.Request().Context()
	found, err := c.face.Provider.Get(ctx, c.caller(), t, c.Param("id"), scim.View{})
	if err != nil {
		return p, nil, err
	}
	var text bytes.Buffer
	if err := found.WriteTo(ctx, &text); err != nil {
		return p, nil, err
	}
	var stored struct {
		UserName, DisplayName, Title string
		Name                         struct{ GivenName, FamilyName string }
		Emails, Roles                []valued
	}
	if err := json.Unmarshal(text.Bytes(), &stored); err != nil {
		return p, nil, err
	}
	return profile{
		stored.UserName, stored.DisplayName, stored.Name.GivenName, stored.Name.FamilyName, first(stored.Emails), stored.Title, first(stored.Roles),
	}, found, nil
}

func (c *call) editUser() error {
	return c.askAgain(http.StatusOK, "", nil)
}

// askAgain answers with the form of the user that the path names: with what is
// stored, or, where something was sent in vain, with that.
func (c *call) askAgain(status int, problem string, sent *profile) error {
	stored, found, err := c.readUser()
	if err != nil {
		return err
	}
	view, err := c.editing()
	if err != nil {
		return err
	}
	if view.Problem, view.Version = problem, found.ETag(); sent != nil {
		stored = *sent
	}
	return c.askUser(status, view, stored)
}

// editing is the form for the user that the path names.
func (c *call) editing() (*userForm, error) {
	account, err := c.account("")
	if err != nil {
		return nil, err
	}
	view := &userForm{ID: account.ID}
	if account.SourceClient != "" {
		view.Origin = account.Origin
	}
	return view, nil
}

const changedMeanwhile = "The user was changed meanwhile, and nothing of what you sent was stored. This is how it is now."

// updateUser changes what the form says otherwise than what is stored, as a
// PATCH does.
func (c *call) updateUser() error {
	sent, err := form.Fields(c, maxForm)
	if err != nil {
		return err
	}
	before, found, err := c.readUser()
	if err != nil {
		return err
	}
	if sent.Get("version") != found.ETag() {
		return c.askAgain(http.StatusConflict, changedMeanwhile, nil)
	}
	after, path := readProfile(sent), "/users/"+url.PathEscape(c.Param("id"))
	operations := difference(&before, &after)
	if len(operations) == 0 {
		return c.back(path, noticeUserChanged)
	}
	err = c.patch(found.Type, found.ID(), scim.ParsePrecondition(found.ETag()), operations...)
	if told, ok := fault.As(err); ok && told.Status == http.StatusPreconditionFailed {
		return c.askAgain(http.StatusConflict, changedMeanwhile, nil)
	}
	if problem := refused("change", err); problem != "" {
		return c.askAgain(http.StatusUnprocessableEntity, problem, &after)
	}
	if err != nil {
		return err
	}
	return c.back(path, noticeUserChanged)
}
