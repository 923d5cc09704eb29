package patch

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// writeElements is add and replace of attr[filter] and attr[filter].sub.
func (p *patcher) writeElements(op Op, path filter.Path, raw jsontext.Value) error {
	a := path.Attribute
	v, err := p.decodeElement(op, path, raw)
	if err != nil {
		return err
	}
	return p.inside(a.Parent, func(holder *schema.Object) error {
		list := elements(holder, a)
		chosen, err := p.matching(path, list)
		if err != nil {
			return err
		}
		if len(chosen) == 0 {
			created, err := p.create(op, path, len(list))
			if err != nil || schema.IsEmpty(v) {
				return err // an element without anything new is not made
			}
			chosen, list = []int{len(list)}, append(list, created)
			if err := handOver(a, list, chosen, created); err != nil {
				return err
			}
		}
		switch {
		case path.Sub != nil:
			err = p.writeSub(op, path.Sub, list, chosen, v)
		case op == Replace || a.Type != schema.Complex:
			// All chosen become the same value, which a list has once.
			list[chosen[0]] = v
			for _, i := range chosen[1:] {
				list[i] = nil
			}
			err = handOver(a, list, chosen[:1], v)
		default:
			err = p.mergeChosen(a, list, chosen, v)
		}
		if err == nil {
			p.setElements(holder, a, list)
			if a.Required && holder.Get(a) == nil {
				err = fault.New(fault.InvalidValue, "%s is required", a)
			}
		}
		return err
	})
}

func (p *patcher) decodeElement(op Op, path filter.Path, raw jsontext.Value) (schema.Value, error) {
	if path.Sub != nil {
		return path.Sub.DecodeValue(raw, op == Add, p.leniency)
	}
	return path.Attribute.DecodeElement(raw, p.leniency)
}

// writeEach is add and replace of a sub-attribute of every element.
func (p *patcher) writeEach(op Op, sub *schema.Attribute, raw jsontext.Value) error {
	a := sub.Parent
	v, err := sub.DecodeValue(raw, op == Add, p.leniency)
	if err != nil {
		return err
	}
	return p.inside(a.Parent, func(holder *schema.Object) error {
		list := elements(holder, a)
		if len(list) == 0 {
			return fault.New(fault.NoTarget, "%s has no values whose %s could be set", a, sub.Name)
		}
		every := make([]int, len(list))
		for i := range every {
			every[i] = i
		}
		if err := p.writeSub(op, sub, list, every, v); err != nil {
			return err
		}
		p.setElements(holder, a, list)
		return nil
	})
}

// writeSub sets a sub-attribute of the chosen elements.
func (p *patcher) writeSub(op Op, sub *schema.Attribute, list schema.List, chosen []int, v schema.Value) error {
	if err := p.spend(len(chosen)); err != nil {
		return err
	}
	for _, i := range chosen {
		element := list[i].(*schema.Object)
		if given, ok := v.(schema.List); ok {
			copied := slices.Clone(given)
			if op == Add {
				if err := p.add(element, sub, copied); err != nil {
					return err
				}
				continue
			}
			if err := p.put(element, sub, copied); err != nil {
				return err
			}
			continue
		}
		if err := p.put(element, sub, v); err != nil {
			return err
		}
	}
	if primary, ok := sub.Parent.Primary(); ok && primary == sub && v == true {
		return handOver(sub.Parent, list, chosen, list[chosen[0]])
	}
	return nil
}

// mergeChosen sets the given sub-attributes of the chosen elements.
func (p *patcher) mergeChosen(a *schema.Attribute, list schema.List, chosen []int, v schema.Value) error {
	given, ok := v.(*schema.Object)
	if !ok {
		return nil
	}
	if err := p.spend(len(chosen) * (1 + given.Len())); err != nil {
		return err
	}
	for _, i := range chosen {
		for sub, value := range given.Clone().All() {
			if err := p.put(list[i].(*schema.Object), sub, value); err != nil {
				return err
			}
		}
	}
	return handOver(a, list, chosen, given)
}
