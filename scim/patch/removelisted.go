package patch

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/schema"
)

// removeListed removes the elements that a value lists, by their "value" where
// they have one.
func (p *patcher) removeListed(a *schema.Attribute, raw jsontext.Value) error {
	v, err := a.DecodeValue(raw, true, p.leniency)
	if err != nil {
		return err
	}
	given, _ := v.(schema.List)
	values, others := map[any]bool{}, schema.List(nil)
	value, _ := a.Value()
	if value != nil && value.MultiValued {
		value = nil
	}
	for _, element := range given {
		if object, ok := element.(*schema.Object); !ok {
			values[a.Key(element)] = true
		} else if of := object.Get(value); of != nil {
			values[value.Key(of)] = true
		} else {
			others = append(others, element)
		}
	}
	listed := func(element schema.Value) bool {
		if object, ok := element.(*schema.Object); !ok {
			return values[a.Key(element)]
		} else if of := object.Get(value); of != nil && values[value.Key(of)] {
			return true
		}
		return slices.ContainsFunc(others, func(other schema.Value) bool { return covers(element, other) })
	}
	return p.eachHolder(a, func(holder *schema.Object) error {
		list := elements(holder, a)
		for i, element := range list {
			if err := p.spend(weight(element) * (1 + len(others))); err != nil {
				return err
			}
			if listed(element) {
				list[i] = nil
			}
		}
		return p.keepRest(holder, a, list)
	})
}

// eachHolder runs f on all objects that hold values of an attribute.
func (p *patcher) eachHolder(a *schema.Attribute, f func(*schema.Object) error) error {
	if a.Parent == nil || !a.Parent.MultiValued {
		return p.inside(a.Parent, f)
	}
	return p.inside(a.Parent.Parent, func(outer *schema.Object) error {
		list := elements(outer, a.Parent)
		for _, element := range list {
			if err := f(element.(*schema.Object)); err != nil {
				return err
			}
		}
		return p.keepRest(outer, a.Parent, list)
	})
}

// covers reports whether an element has all that another one has.
func covers(element, other schema.Value) bool {
	object, ok := element.(*schema.Object)
	if !ok {
		return false
	}
	for a, v := range other.(*schema.Object).All() {
		have := object.Get(a)
		text, ok := have.(string)
		wanted, both := v.(string)
		if ok && both && a.Key(text) == a.Key(wanted) {
			continue
		}
		if !schema.Equal(have, v) {
			return false
		}
	}
	return true
}
