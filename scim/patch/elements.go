package patch

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// elements are the values of an attribute that brackets choose from: those of
// a list, or the one value of a complex attribute.
func elements(holder *schema.Object, a *schema.Attribute) schema.List {
	switch v := holder.Get(a).(type) {
	case nil:
		return nil
	case schema.List:
		return v
	default:
		return schema.List{v}
	}
}

func (p *patcher) setElements(holder *schema.Object, a *schema.Attribute, list schema.List) {
	// What lost its last sub-attribute is no element any more.
	list = slices.DeleteFunc(list, func(v schema.Value) bool { return schema.IsEmpty(v) })
	if a.MultiValued {
		p.changed(a)
		holder.Set(a, list)
		return
	}
	if len(list) == 0 {
		holder.Delete(a)
		return
	}
	holder.Set(a, list[0])
}

// matching returns the positions of the elements that a filter selects.
func (p *patcher) matching(path filter.Path, list schema.List) ([]int, error) {
	terms := size(path.Where)
	var found []int
	for i, element := range list {
		if err := p.spend(terms * weight(element)); err != nil {
			return nil, err
		}
		if filter.MatchElement(path.Where, path.Attribute, element) {
			found = append(found, i)
		}
	}
	return found, nil
}

func size(f filter.Filter) int {
	switch f := f.(type) {
	case filter.And:
		return sizes(f)
	case filter.Or:
		return sizes(f)
	case filter.Not:
		return size(f.Filter)
	default:
		return 1
	}
}

func sizes(filters []filter.Filter) int {
	sum := 0
	for _, f := range filters {
		sum += size(f)
	}
	return sum
}

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

// handOver keeps "primary" with the one element that an operation gave it to
// (RFC 7644 section 3.5.2).
func handOver(a *schema.Attribute, list schema.List, chosen []int, given schema.Value) error {
	if !isPrimary(a, given) || !a.MultiValued {
		return nil
	}
	if len(chosen) > 1 {
		return fault.New(fault.InvalidValue, "%s: at most one element may have primary true", a)
	}
	for i, element := range list {
		if i != chosen[0] && isPrimary(a, element) {
			demote(a, element)
		}
	}
	return nil
}
