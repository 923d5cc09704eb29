package console

import (
	"errors"
	"net/http"

	"rollcall/internal/batch"
	"rollcall/internal/validation"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

// groupsOffered is how many names of groups a form offers; others are typed.
const groupsOffered = 100

// groupNames are the names of the first groups.
func (c *call) groupNames() ([]string, error) {
	found, err := c.face.Provider.GroupNames(c.Request().Context(), c.caller(), scim.Search{}, groupsOffered)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, group := range found {
		if group.Label != "" {
			names = append(names, group.Label)
		}
	}
	return names, nil
}

// groupCalled finds the group that a name or an id stands for, and what it is
// called. A *validation.Error where there is none.
func (c *call) groupCalled(text string) (id, name string, err error) {
	if text == "" {
		return "", "", validation.Errorf(batch.TakesGroup, "is needed")
	}
	search := scim.Search{Filter: "displayName eq " + quote(text), HasFilter: true}
	if id, ok := store.ParseID(text); ok {
		search.Filter = "id eq " + quote(id.String())
	}
	found, err := c.face.Provider.GroupNames(c.Request().Context(), c.caller(), search, 2)
	switch {
	case err != nil:
		return "", "", err
	case len(found) == 0:
		return "", "", validation.Errorf(batch.TakesGroup, "there is no such group")
	case len(found) > 1:
		return "", "", validation.Errorf(batch.TakesGroup, "several groups have this name; give an id")
	}
	return found[0].ID.String(), found[0].Label, nil
}

// groupName is what a group is called, its id where it is there no more.
func (c *call) groupName(id string) (string, error) {
	_, name, err := c.groupCalled(id)
	var none *validation.Error
	if errors.As(err, &none) || err == nil && name == "" {
		return id, nil
	}
	if told, ok := fault.As(err); ok && told.Status < http.StatusInternalServerError {
		return id, nil
	}
	return name, err
}
