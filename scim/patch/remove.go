package patch

import (
	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// remove is the operation of RFC 7644 section 3.5.2.2. What is not there is
// removed already: that is no error, and no change.
func (p *patcher) remove(path filter.Path, raw jsontext.Value) error {
	a := path.Attribute
	if err := p.name(path); err != nil {
		return err
	}
	if raw != nil && raw.Kind() == 'n' {
		raw = nil
	}
	valued := raw != nil && path.Where == nil && a.MultiValued
	if valued && !p.leniency.Use(schema.ValuedRemove) {
		// Removing everything would be what the RFC says and nobody means.
		return fault.New(fault.InvalidValue, "remove takes no value; name the elements to remove by a filter in the path")
	}
	switch {
	case a == p.resource.Schemas && (valued || path.Where != nil):
		return nil // schemas follow from the data
	case a.Top() == p.resource.Members:
		return p.removeMembers(path, raw)
	case path.Where != nil:
		return p.removeElements(path)
	case valued:
		return p.removeListed(a, raw)
	case a.Required:
		return fault.New(fault.Mutability, "%s is required and cannot be removed", a)
	case a.Parent != nil && a.Parent.MultiValued:
		return p.removeEach(a)
	}
	return p.inside(a.Parent, func(holder *schema.Object) error {
		if a.MultiValued {
			p.changed(a)
		}
		holder.Delete(a)
		return nil
	})
}

// removeElements removes attr[filter] or attr[filter].sub.
func (p *patcher) removeElements(path filter.Path) error {
	a := path.Attribute
	return p.inside(a.Parent, func(holder *schema.Object) error {
		list := elements(holder, a)
		chosen, err := p.matching(path, list)
		if err != nil || len(chosen) == 0 {
			return err
		}
		for _, i := range chosen {
			if path.Sub == nil {
				list[i] = nil
				continue
			}
			if err := removeSub(list[i].(*schema.Object), path.Sub); err != nil {
				return err
			}
		}
		return p.keepRest(holder, a, list)
	})
}

// removeEach removes a sub-attribute of every element.
func (p *patcher) removeEach(sub *schema.Attribute) error {
	a := sub.Parent
	return p.inside(a.Parent, func(holder *schema.Object) error {
		list := elements(holder, a)
		if err := p.spend(len(list)); err != nil {
			return err
		}
		for _, element := range list {
			if err := removeSub(element.(*schema.Object), sub); err != nil {
				return err
			}
		}
		return p.keepRest(holder, a, list)
	})
}

func removeSub(element *schema.Object, sub *schema.Attribute) error {
	if sub.Required {
		return fault.New(fault.Mutability, "%s is required and cannot be removed", sub)
	}
	if err := checkImmutable(element, sub, nil); err != nil {
		return err
	}
	element.Delete(sub)
	return nil
}

// keepRest stores what is left of a list.
func (p *patcher) keepRest(holder *schema.Object, a *schema.Attribute, list schema.List) error {
	had := holder.Get(a) != nil
	p.setElements(holder, a, list)
	if had && a.Required && holder.Get(a) == nil {
		return fault.New(fault.Mutability, "%s is required and cannot be removed", a)
	}
	return nil
}
