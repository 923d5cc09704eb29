package schema

import (
	"fmt"
	"slices"
	"strings"
)

// compute decides whether an attribute at the top level of a base schema is
// computed. Members, groups and password are so by name and shape, in any
// resource type; "active" is the lifecycle's for users only.
func (a *Attribute) compute(urn string) error {
	name := strings.ToLower(a.Name)
	switch {
	case name == "members" && a.isRelation(ReadWrite):
		a.Computed = ComputedMembers
		if err := a.checkMembers(); err != nil {
			return err
		}
	case name == "groups" && a.isRelation(ReadOnly):
		a.Computed = ComputedGroups
	case name == "password" && a.Type == String && !a.MultiValued && a.Mutability == WriteOnly && a.Returned == Never:
		a.Computed = ComputedPassword
	case name == "active" && urn == UserURN:
		a.Computed = ComputedActive
	}
	if a.Computed != Stored && a.Name != name {
		return fmt.Errorf("attribute %q must be spelled %q", a.Name, name)
	}
	return nil
}

// addLifecycle adds the lifecycle extension after all others. What clients only
// read of it is worked out from the facts of the account.
func (t *ResourceType) addLifecycle() error {
	if t.URN != UserURN {
		return fmt.Errorf("%s extends the schema %s alone", LifecycleURN, UserURN)
	}
	for _, a := range t.Lifecycle.Sub {
		if a.Mutability == ReadOnly {
			a.Computed = ComputedLifecycle
		}
	}
	t.lifecycleQuoted = []byte(`"` + t.Lifecycle.Name + `"`)
	return t.root.adopt(t.Lifecycle)
}

// isRelation reports whether the attribute lists other resources by id.
func (a *Attribute) isRelation(mutability Mutability) bool {
	value, ok := a.Value()
	return ok && a.Type == Complex && a.MultiValued && a.Mutability == mutability &&
		!value.MultiValued && (value.Type == String || value.Type == Reference)
}

// checkMembers refuses what could not be kept of a member: the store has its
// id, and the rest follows from the resource that it names.
func (a *Attribute) checkMembers() error {
	for _, sub := range a.Sub {
		if !slices.Contains([]string{"value", "$ref", "type", "display"}, sub.Name) {
			return fmt.Errorf("attribute %q: of a member value, $ref, type and display can be kept, spelled so", sub)
		}
	}
	if a.Required {
		return fmt.Errorf("attribute %q cannot be required: a member that is deleted leaves it", a)
	}
	return nil
}

// shown reports whether answers hold the attribute without being asked: only
// such a one may name a resource to others.
func (a *Attribute) shown() bool { return a.Returned == Default || a.Returned == Always }

// linkMembers works out which resource types the members of a type may have,
// once all types are known. The members of the built-in Group may be of any.
func (r *Registry) linkMembers(name string) error {
	t, ok := r.Type(name)
	if !ok || t.Members == nil {
		return nil
	}
	if kind, ok := t.Members.Lookup("type"); ok {
		// Filters find the spelling of a type here.
		kind.CanonicalValues = r.TypeNames()
	}
	if t.builtIn() {
		return nil
	}
	return r.restrictMembers(t)
}

func (r *Registry) restrictMembers(t *ResourceType) error {
	var named []string
	for _, name := range []string{"$ref", "value"} {
		if sub, ok := t.Members.Lookup(name); ok && len(named) == 0 {
			named = sub.ReferenceTypes
		}
	}
	for _, name := range named {
		if strings.EqualFold(name, "uri") || strings.EqualFold(name, "external") {
			return fmt.Errorf("attribute %q: referenceTypes must name resource types; a member is never %q", t.Members, name)
		}
		member, ok := r.Type(name)
		if !ok {
			return fmt.Errorf("attribute %q: referenceTypes names %q, and there is no such resource type", t.Members, name)
		}
		t.MemberTypes = append(t.MemberTypes, member.Name)
	}
	return nil
}
