package console

import (
	"bytes"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/validation"
	"rollcall/internal/web"
	"rollcall/scim"
)

// createUser makes a user in the way that the form names.
func (c *call) createUser() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	p, view := readProfile(sent), &userForm{Start: sent.Get("start"), Notes: readNotes(sent), Groups: sent.Get("groups")}
	var groups []uuid.UUID
	var done *scim.Transition
	begin, password, err := beginning(sent)
	if err == nil {
		groups, err = c.chosenGroups(view.Groups)
	}
	if err == nil {
		done, err = c.face.Provider.Enter(c.Request().Context(), c.caller(), bytes.NewReader(p.resource(password, &view.Notes)), begin, groups...)
	}
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

// mostGroups bounds the groups that a new user is put into by its form.
const mostGroups = 50

// chosenGroups finds the groups that a form names. A *validation.Error names
// the one that there is not.
func (c *call) chosenGroups(text string) ([]uuid.UUID, error) {
	named := lines(text)
	if len(named) > mostGroups {
		return nil, validation.Errorf("groups", "takes at most %d", mostGroups)
	}
	var ids []uuid.UUID
	for _, name := range named {
		group, err := c.groupCalled(name)
		var wrong *validation.Error
		if errors.As(err, &wrong) {
			return nil, validation.Errorf("groups", "%s: %s", name, wrong.Problem)
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, group.ID)
	}
	return ids, nil
}

// handOver are letters that nobody mails, with whole links.
func (c *call) handOver(letters []scim.Letter) []admin.LetterView {
	return admin.ViewLetters(letters, func(kind, secret string) string { return c.face.Link(c.identity.Tenant.Name, kind, secret) })
}
