package scim

import (
	"maps"
	"slices"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// A role has a source, as a suspension has: who gave it. What is kept beside the
// facts of an account maps the comparison key of a role's value to that. A role
// that is not in it, from before or without a value, belongs to whoever.

// hasRoles reports whether a type has roles with sources.
func hasRoles(t *schema.ResourceType) bool { return t.Active != nil && t.Roles != nil }

// roleKey is what tells a role from others; empty for one without a value.
func roleKey(t *schema.ResourceType, role schema.Value) string {
	value, _ := t.Roles.Value()
	object, _ := role.(*schema.Object)
	return value.Fold(object.Text(value))
}

// rolesOf are the roles of a user by key, each with its value as it was sent.
func rolesOf(t *schema.ResourceType, object *schema.Object) map[string]string {
	value, _ := t.Roles.Value()
	list, _ := object.Get(t.Roles).(schema.List)
	roles := make(map[string]string, len(list))
	for _, role := range list {
		if key := roleKey(t, role); key != "" {
			element, _ := role.(*schema.Object)
			roles[key] = element.Text(value)
		}
	}
	return roles
}

// givenRoles are the roles of a user with who gave them, in the order of their
// keys.
func givenRoles(t *schema.ResourceType, object *schema.Object, gave map[string]string) []GivenRole {
	if t.Roles == nil {
		return nil
	}
	roles := rolesOf(t, object)
	list := make([]GivenRole, 0, len(roles))
	for _, key := range slices.Sorted(maps.Keys(roles)) {
		list = append(list, GivenRole{roles[key], gave[key]})
	}
	return list
}

// giveRoles works out who gave the roles that a user has after an edit. It
// refuses to give what is not on the caller's list, and to take what others gave.
func (c *Caller) giveRoles(t *schema.ResourceType, before, after *schema.Object, gave map[string]string) (map[string]string, error) {
	was, is := rolesOf(t, before), rolesOf(t, after)
	next := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(is)) {
		_, had := was[key]
		source, known := gave[key]
		switch {
		case had && known:
			next[key] = source
		case had: // nobody knows whose it is
		case !c.mayGive(t, key):
			return nil, fault.New(fault.InvalidValue, "%s: %q is none of the roles that this connection may give", t.Roles, fault.Clip(is[key]))
		default:
			next[key] = c.source()
		}
	}
	for _, key := range slices.Sorted(maps.Keys(was)) {
		if _, stays := is[key]; !stays && c.othersGave(gave, key) && !c.MayRoles {
			return nil, fault.Plain(403, "%s: %q was given by others; to take it away a token needs the scope roles:write", t.Roles, fault.Clip(was[key]))
		}
	}
	if len(next) == 0 {
		return nil, nil //nolint:nilnil // no sources is an answer, not a failure
	}
	return next, nil
}

func (c *Caller) othersGave(gave map[string]string, key string) bool {
	source, known := gave[key]
	return known && source != c.source()
}

// mayGive reports whether a role is on the list of the caller's connection.
func (c *Caller) mayGive(t *schema.ResourceType, key string) bool {
	value, _ := t.Roles.Value()
	return c.Roles == nil || slices.ContainsFunc(c.Roles, func(role string) bool { return value.Fold(role) == key })
}

// keepRoles adds to what a whole resource says the roles of other sources that
// it leaves out. A primary role that it names is the only one then.
func (c *Caller) keepRoles(t *schema.ResourceType, before, object *schema.Object, gave map[string]string) *schema.Object {
	list, _ := before.Get(t.Roles).(schema.List)
	sent, _ := object.Get(t.Roles).(schema.List)
	named := rolesOf(t, object)
	merged := slices.Clone(sent)
	for _, role := range list {
		if key := roleKey(t, role); key != "" && c.othersGave(gave, key) {
			if _, there := named[key]; !there {
				merged = append(merged, demoted(t, role, sent))
			}
		}
	}
	if len(merged) == len(sent) {
		return object
	}
	if sameElements(list, merged) {
		merged = list // in another order: nothing has changed
	}
	next := object.Clone()
	next.Set(t.Roles, merged)
	return next
}

// demoted is a role that is not the primary one where another is.
func demoted(t *schema.ResourceType, role schema.Value, others schema.List) schema.Value {
	primary, ok := t.Roles.Primary()
	if !ok || !slices.ContainsFunc(others, t.Roles.IsPrimary) || !t.Roles.IsPrimary(role) {
		return role
	}
	element := role.(*schema.Object).Clone()
	element.Delete(primary)
	return element
}

// sameElements compares lists without their order.
func sameElements(a, b schema.List) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(v schema.Value) bool {
		return !slices.ContainsFunc(b, func(w schema.Value) bool { return schema.Equal(v, w) })
	})
}
