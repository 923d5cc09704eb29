package console

import (
	"bytes"
	"net/http"
	"net/url"

	"rollcall/internal/admin"
	"rollcall/internal/operator"
	"rollcall/internal/web"
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
	// Notes are what administrators note on the user, Groups the groups of a new
	// one, one on each line, and GroupNames names to choose from.
	Notes      notes
	Groups     string
	GroupNames []string
	// ID is of the user that is changed, empty for a new one.
	ID      string
	Problem string
	// Version is what the form was filled from: a change meanwhile is not undone.
	Version string
	// Now are the values that are stored, as far as the form has others, where the
	// user was changed meanwhile.
	Now []storedValue
	// Starts are the ways in which a new account begins, Start the chosen one.
	Starts []start
	Start  string
	// Owner is the connection that the account comes from, where what that says of
	// it is changed there.
	Owner string
	owner owners
	// Letters are to be handed over, since nobody mails them.
	Letters []admin.LetterView
}

func (c *call) newUser() error {
	return c.askUser(http.StatusOK, &userForm{Start: starts[0].Name}, profile{})
}

// askUser answers with the form of a user.
func (c *call) askUser(status int, view *userForm, p profile) error {
	view.Fields = p.fill(view.owner)
	if view.ID == "" {
		var err error
		if view.GroupNames, err = c.groupNames(); err != nil {
			return err
		}
		view.Starts = starts
		return c.page(status, "user-form", "Add a user", view)
	}
	title := "Edit " + p.UserName
	if len(view.Letters) > 0 {
		title = p.UserName
	}
	return c.page(status, "user-form", title, view)
}

// readUser is what is stored of the user that the path names.
func (c *call) readUser() (*storedUser, error) {
	t, err := c.resourceType(scim.UserType)
	if err != nil {
		return nil, err
	}
	ctx := c.Request().Context()
	found, err := c.face.Provider.Get(ctx, c.caller(), t, c.Param("id"), scim.View{})
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := found.WriteTo(ctx, &text); err != nil {
		return nil, err
	}
	user := &storedUser{tag: found.ETag(), schema: t, id: found.ID()}
	return user, user.parse(text.Bytes())
}

func (c *call) editUser() error {
	stored, view, err := c.editable()
	if err != nil {
		return err
	}
	return c.askUser(http.StatusOK, view, stored.profile)
}

// editable is the user that the path names, with its form.
func (c *call) editable() (*storedUser, *userForm, error) {
	stored, err := c.readUser()
	if err != nil {
		return nil, nil, err
	}
	view, err := c.editing(stored)
	return stored, view, err
}

// askAgain answers with the form as it was sent in vain.
func (c *call) askAgain(problem string, sent profile, noted notes) error {
	_, view, err := c.editable()
	if err != nil {
		return err
	}
	view.Problem, view.Notes = problem, noted
	return c.askUser(http.StatusUnprocessableEntity, view, sent)
}

// editing is the form for a user.
func (c *call) editing(stored *storedUser) (*userForm, error) {
	account, err := c.account("")
	if err != nil {
		return nil, err
	}
	return &userForm{ID: account.ID, Version: stored.tag, Notes: stored.notes, Owner: account.owner, owner: account.owners(&stored.profile)}, nil
}

// storedValue is a value as it is stored, by the title of its field.
type storedValue struct{ Title, Value string }

// compare answers with the form as it was sent, and what is stored instead.
func (c *call) compare(sent url.Values) error {
	stored, view, err := c.editable()
	if err != nil {
		return err
	}
	mine, noted := readProfile(sent), readNotes(sent)
	if err := view.owner.keep(url.Values{}, &stored.profile, &mine); err != nil {
		return err
	}
	asked, kept := mine.fill(view.owner), stored.profile.fill(view.owner)
	for i := range kept {
		if asked[i].Value != kept[i].Value {
			view.Now = append(view.Now, storedValue{kept[i].Title, kept[i].Value})
		}
	}
	for _, one := range []struct{ title, asked, kept string }{
		{"Tags", noted.TagLines(), stored.notes.TagLines()},
		{"Linked contact", noted.ContactName, stored.notes.ContactName},
		{"Id of the contact", noted.Contact, stored.notes.Contact},
		{"Purpose", noted.Purpose, stored.notes.Purpose},
	} {
		if one.asked != one.kept {
			view.Now = append(view.Now, storedValue{one.title, one.kept})
		}
	}
	view.Problem, view.Notes = meanwhile("user"), noted
	return c.askUser(http.StatusConflict, view, mine)
}

// updateUser changes what the form says otherwise than what is stored, as a
// PATCH does.
func (c *call) updateUser() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	before, err := c.readUser()
	if err != nil {
		return err
	}
	if sent.Get("version") != before.tag {
		return c.compare(sent)
	}
	view, err := c.editing(before)
	if err != nil {
		return err
	}
	after, noted := readProfile(sent), readNotes(sent)
	err = view.owner.keep(sent, &before.profile, &after)
	operations := append(difference(&before.profile, &after), noteDifference(&before.notes, &noted)...)
	if err == nil && len(operations) > 0 {
		err = c.patch(before.schema, before.id, scim.ParsePrecondition(before.tag), operations...)
	}
	if told, ok := fault.As(err); ok && told.Status == http.StatusPreconditionFailed {
		return c.compare(sent)
	}
	if problem := refused("change", err); problem != "" {
		return c.askAgain(problem, after, noted)
	}
	if err != nil {
		return err
	}
	return c.back("/users/"+url.PathEscape(c.Param("id")), noticeUserChanged)
}
