package console

import (
	"cmp"
	"errors"

	"github.com/google/uuid"

	"rollcall/internal/batch"
	"rollcall/internal/validation"
	"rollcall/scim"
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

// groupCalled finds the group that a name or an id stands for. A *validation.Error
// where there is none, or where there are two.
func (c *call) groupCalled(text string) (store.Group, error) {
	if text == "" {
		return store.Group{}, validation.Errorf(batch.TakesGroup, "is needed")
	}
	found, err := c.face.Provider.FindGroup(c.Request().Context(), c.caller(), text)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return found, validation.Errorf(batch.TakesGroup, "%s", scim.ErrNoGroup.Detail)
	case errors.Is(err, scim.ErrAmbiguousGroup):
		return found, validation.Errorf(batch.TakesGroup, "%s", scim.ErrAmbiguousGroup.Detail)
	}
	return found, err
}

// groupName is groupLabel, and the id itself where there is no such group.
func (c *call) groupName(id string) (string, error) {
	label, err := c.groupLabel(id)
	return cmp.Or(label, id), err
}

// groupLabel is what the group of an id is called, its id where it has no name;
// empty where there is no such group.
func (c *call) groupLabel(text string) (string, error) {
	id, ok := store.ParseID(text)
	if !ok {
		return "", nil
	}
	names, err := c.face.Provider.LabelsOf(c.Request().Context(), c.caller(), map[string][]uuid.UUID{scim.GroupType: {id}})
	if err != nil {
		return "", err
	}
	if name, ok := names[id]; ok && name == "" {
		return text, nil
	}
	return names[id], nil
}
