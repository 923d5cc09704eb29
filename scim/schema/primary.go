package schema

import "slices"

// IsPrimary reports whether an element of the attribute has primary true (RFC 7643
// section 2.4).
func (a *Attribute) IsPrimary(element Value) bool {
	primary, ok := a.Primary()
	object, is := element.(*Object)
	return ok && is && object.Get(primary) == true
}

// First is the primary one of several values, else the first; false for none.
func First[E any](elements []E, primary func(E) bool) (first E, ok bool) {
	if len(elements) == 0 {
		return first, false
	}
	return elements[max(slices.IndexFunc(elements, primary), 0)], true
}
