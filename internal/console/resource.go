package console

import (
	"bytes"
	"encoding/json"

	"rollcall/scim"
	"rollcall/scim/patch"
	"rollcall/scim/schema"
)

// operation is one operation of a PATCH.
type operation = map[string]any

// patch changes a resource as a PATCH does. What is answered is not looked at.
func (c *call) patch(t *schema.ResourceType, id string, match scim.Precondition, operations ...operation) error {
	body, err := json.Marshal(map[string]any{"schemas": []string{patch.URN}, "Operations": operations})
	if err != nil {
		return err
	}
	_, err = c.face.Provider.Patch(c.Request().Context(), c.caller(), t, id, match, bytes.NewReader(body), scim.View{Attributes: []string{"id"}})
	return err
}

// resourceType is the resource type of a name.
func (c *call) resourceType(name string) (*schema.ResourceType, error) {
	t, ok := c.face.Provider.Types().Type(name)
	if !ok {
		return nil, errNotFound
	}
	return t, nil
}

// resourcePath is the page of a resource, empty for what has none.
func resourcePath(kind, id string) string {
	switch kind {
	case scim.UserType:
		return "/users/" + id
	case scim.GroupType:
		return "/groups/" + id
	}
	return ""
}
