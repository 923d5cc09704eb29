package filter

import (
	"rollcall/scim/schema"
)

// MatchElement evaluates a filter of BindElement over one element of multi: an
// object, or a scalar. Where multi is nil it is a filter of Bind, over what a
// resource holds.
func MatchElement(f Filter, multi *schema.Attribute, element schema.Value) bool {
	m := matcher{scope: multi, scalar: element}
	if object, ok := element.(*schema.Object); ok {
		m.object, m.scalar = object, nil
	}
	return m.match(f)
}

// matcher is what attributes are looked up in: a resource, or one element of
// the attribute scope.
type matcher struct {
	scope  *schema.Attribute
	object *schema.Object
	scalar schema.Value
}

func (m matcher) match(f Filter) bool {
	switch f := f.(type) {
	case And:
		for _, part := range f {
			if !m.match(part) {
				return false
			}
		}
		return true
	case Or:
		for _, part := range f {
			if m.match(part) {
				return true
			}
		}
		return false
	case Not:
		return !m.match(f.Filter)
	case Constant:
		return bool(f)
	case Compare:
		return m.compare(f)
	case Present:
		return m.any(f.Attribute, nonEmpty)
	case Element:
		return m.any(f.Attribute, func(v schema.Value) bool { return MatchElement(f.Where, f.Attribute, v) })
	}
	return false
}

func (m matcher) compare(f Compare) bool {
	assigned := false
	found := m.any(f.Attribute, func(v schema.Value) bool {
		assigned = true
		return satisfies(f.Op, f.Attribute.Key(v), f.Value)
	})
	return found || f.Op == NotEqual && !assigned
}

// any reports whether a value of the attribute, through all lists on the way
// to it, satisfies the condition.
func (m matcher) any(a *schema.Attribute, condition func(schema.Value) bool) bool {
	each := func(v schema.Value) bool {
		if list, ok := v.(schema.List); ok {
			for _, element := range list {
				if condition(element) {
					return true
				}
			}
			return false
		}
		return v != nil && condition(v)
	}
	switch a {
	case m.scope:
		return each(m.scalar)
	default:
		if a.Parent == m.scope {
			return each(m.object.Get(a))
		}
	}
	if a.Parent == nil {
		return false
	}
	return m.any(a.Parent, func(v schema.Value) bool {
		object, ok := v.(*schema.Object)
		return ok && each(object.Get(a))
	})
}
