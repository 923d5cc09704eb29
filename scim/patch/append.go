package patch

import (
	"rollcall/scim/schema"
)

// index finds elements of one list by what must not repeat, so that adding is
// as cheap to a long list as to a short one.
type index struct {
	at map[any]int
	// primary is the position of the element with primary true, or -1.
	primary int
}

func (x *index) has(id any) bool {
	_, ok := x.at[id]
	return ok
}

func (p *patcher) index(a *schema.Attribute, list schema.List) (*index, error) {
	// Lists inside elements have the same attribute and are not kept.
	kept := a.Parent == nil || !a.Parent.MultiValued
	if known, ok := p.indexes[a]; ok && kept {
		return known, nil
	}
	x := &index{at: make(map[any]int, len(list)), primary: -1}
	for i, element := range list {
		if err := p.spend(weight(element)); err != nil {
			return nil, err
		}
		if id := a.Identity(element); !x.has(id) {
			x.at[id] = i // of two, the first will stay
		}
		if a.IsPrimary(element) {
			x.primary = i
		}
	}
	if kept {
		p.indexes[a] = x
	}
	return x, nil
}

// add appends values to a list. One that is there already is not repeated; if
// it differs beside its type and value, what was given is merged into it.
func (p *patcher) add(holder *schema.Object, a *schema.Attribute, v schema.Value) error {
	given, _ := v.(schema.List)
	if len(given) == 0 {
		return nil
	}
	list, _ := holder.Get(a).(schema.List)
	x, err := p.index(a, list)
	if err != nil {
		return err
	}
	for _, element := range given {
		id := a.Identity(element)
		at, there := x.at[id]
		if there {
			if err := p.mergeElement(list[at], element); err != nil {
				return err
			}
		} else {
			at = len(list)
			list = append(list, element)
			x.at[id] = at
		}
		if a.IsPrimary(element) {
			if x.primary >= 0 && x.primary != at {
				demote(a, list[x.primary])
			}
			x.primary = at
		}
	}
	if err := checkImmutable(holder, a, list); err != nil {
		return err
	}
	holder.Set(a, list)
	if a.Parent == nil || !a.Parent.MultiValued {
		p.lists[a] = true
	}
	return nil
}

// mergeElement sets in an element what another with the same identity has,
// but for what makes the identity and may only be spelled differently.
func (p *patcher) mergeElement(element, given schema.Value) error {
	into, ok := element.(*schema.Object)
	if !ok {
		return nil
	}
	for sub, value := range given.(*schema.Object).All() {
		if old, ok := into.Get(sub).(string); ok {
			if text, ok := value.(string); ok && sub.Key(old) == sub.Key(text) {
				continue
			}
		}
		if err := p.put(into, sub, value); err != nil {
			return err
		}
	}
	return nil
}
