package scim

import (
	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// View is what a request asks to see of resources: the parameters attributes
// and excludedAttributes (RFC 7644 section 3.9), and our own for members.
type View struct {
	Attributes, Excluded []string
	// Members cuts a page out of the members of each resource.
	Members MembersPage
}

// Check refuses a view that names both parameters.
func (v View) Check() error {
	if len(v.Attributes) > 0 && len(v.Excluded) > 0 {
		return fault.New(fault.InvalidValue, "attributes and excludedAttributes exclude each other")
	}
	return nil
}

// IsDefault reports whether the request asks for nothing special.
func (v View) IsDefault() bool {
	return len(v.Attributes) == 0 && len(v.Excluded) == 0 && v.Members == (MembersPage{})
}

func (v View) of(t *schema.ResourceType) *schema.Projection {
	return t.NewProjection(v.Attributes, v.Excluded)
}
