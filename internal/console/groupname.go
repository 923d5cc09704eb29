package console

import (
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

// groupName is what the group of an id is called; the id itself where it has no
// name, or is there no more.
func (c *call) groupName(text string) (string, error) {
	id, ok := store.ParseID(text)
	if !ok {
		return text, nil
	}
	names, err := c.face.Provider.LabelsOf(c.Request().Context(), c.caller(), map[string][]uuid.UUID{scim.GroupType: {id}})
	if name := names[id]; err == nil && name != "" {
		return name, nil
	}
	return text, err
}
