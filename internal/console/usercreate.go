package console

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/validation"
	"rollcall/internal/web"
	"rollcall/scim"
	"rollcall/store"
)

// createUser makes a user in the way that the form names.
func (c *call) createUser() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	p, view := readProfile(sent), &userForm{Start: sent.Get("start"), Notes: readNotes(sent), Groups: sent.Get("groups")}
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
	groups, err := c.chosenGroups(view.Groups)
	var done *scim.Transition
	if err == nil {
		done, err = c.face.Provider.Enter(c.Request().Context(), c.caller(), bytes.NewReader(p.resource(password, &view.Notes)), begin.entry)
	}
	if problem := refused("create", err); problem != "" {
		view.Problem = problem
		return c.askUser(http.StatusUnprocessableEntity, view, p)
	}
	if err != nil {
		return err
	}
	grouped, err := c.joinGroups(done.ID, groups)
	if err != nil {
		return err
	}
	if len(done.Letters) > 0 {
		view.NotGrouped = !grouped
		view.Letters, view.ID = c.handOver(done.Letters), done.ID
		return c.askUser(http.StatusOK, view, p)
	}
	if !grouped {
		return c.back("/users/"+done.ID+"/groups", noticeNotGrouped)
	}
	return c.back("/users/"+done.ID, noticeUserMade)
}

// mostGroups bounds the groups that a new user is put into by its form.
const mostGroups = 50

// chosenGroups finds the groups that a form names. An *validation.Error names
// the one that there is not.
func (c *call) chosenGroups(text string) ([]uuid.UUID, error) {
	named := lines(text)
	if len(named) > mostGroups {
		return nil, validation.Errorf("groups", "takes at most %d", mostGroups)
	}
	var ids []uuid.UUID
	for _, name := range named {
		id, _, err := c.groupCalled(name)
		var wrong *validation.Error
		if errors.As(err, &wrong) {
			return nil, validation.Errorf("groups", "%s: %s", name, wrong.Problem)
		}
		if err != nil {
			return nil, err
		}
		group, _ := store.ParseID(id)
		ids = append(ids, group)
	}
	return ids, nil
}

// joinGroups puts a new user into groups. It reports false where one of them would
// not take it: the user is there all the same.
func (c *call) joinGroups(user string, groups []uuid.UUID) (all bool, err error) {
	id, all := store.ParseID(user)
	for _, group := range groups {
		_, err := c.face.Provider.Assign(c.Request().Context(), c.caller(), id, scim.Assignment{Group: group})
		switch {
		case refused("change", err) != "":
			all = false
		case err != nil:
			return false, err
		}
	}
	return all, nil
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
