package console

import "slices"

// elementKeys are the members by which the elements of a list are told apart, the
// first of them that does so: of emails their type, of roles their value, of
// suspensions their source.
var elementKeys = []string{"type", "value", "source", "name"}

// elements lists what differs between two lists: element by element where they can
// be told apart, else as a whole.
func (d *differ) elements(path string, was, is []any) {
	for _, key := range elementKeys {
		before, ok := keyed(was, key)
		after, also := keyed(is, key)
		if !ok || !also || key == "type" && moved(before, after) {
			continue
		}
		for _, name := range either(before, after) {
			d.element(path, key, name, before[name], after[name])
		}
		return
	}
	d.value(path, was, is)
}

// keyed are the elements of a list by one of their members; not ok where that does
// not tell them apart.
func keyed(list []any, key string) (elements map[string]any, ok bool) {
	elements = make(map[string]any, len(list))
	for _, one := range list {
		element, _ := one.(map[string]any)
		name, _ := element[key].(string)
		if name == "" || elements[name] != nil {
			return nil, false
		}
		elements[name] = element
	}
	return elements, true
}

// moved reports whether a value stands under another key than before: then it is
// the value that tells the elements apart.
func moved(before, after map[string]any) bool {
	values := map[any]string{}
	for name, element := range before {
		if text, ok := element.(map[string]any)["value"].(string); ok {
			values[text] = name
		}
	}
	for name, element := range after {
		text, _ := element.(map[string]any)["value"].(string)
		if other, ok := values[text]; ok && other != name {
			return true
		}
	}
	return false
}

// element lists what differs between two elements of a list that have the same
// key; nil is none. The value of an element stands for it.
func (d *differ) element(path, key, name string, was, is any) {
	before, _ := was.(map[string]any)
	after, _ := is.(map[string]any)
	within := path + "[" + d.text(name) + "]"
	members := either(before, after)
	if key == "value" && (was == nil || is == nil) {
		// Its key is what came or went.
		d.value(path, before[key], after[key])
	}
	if slices.Contains(members, "value") && key != "value" {
		d.compare(within, before["value"], after["value"])
	}
	for _, member := range members {
		if member != key && member != "value" && member != "$ref" {
			d.compare(within+"."+member, before[member], after[member])
		}
	}
	if key != "value" && !slices.ContainsFunc(members, func(member string) bool { return member != key }) {
		d.value(path, before[key], after[key])
	}
}
