package patch

import (
	"slices"

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
