package schema

import (
	"strings"

	"rollcall/scim/fault"
)

// MaxKeyBytes bounds values that become keys of a database index.
const MaxKeyBytes = 1024

// checkRule applies what the prose of the RFCs asks of a string.
func (a *Attribute) checkRule(text string, leniency *Leniency) error {
	if a.Unique && len(a.Fold(text)) > MaxKeyBytes || a.Parent == nil && a.Name == "externalId" && len(text) > MaxKeyBytes {
		return fault.New(fault.InvalidValue, "%s: the value is longer than %d bytes", a, MaxKeyBytes)
	}
	if a.Required && strings.TrimSpace(text) == "" {
		return fault.New(fault.InvalidValue, "%s: the value must not be empty", a)
	}
	if a.rule == ruleUsername {
		if wrong := wrongUsername(text); wrong != "" {
			return fault.New(fault.InvalidValue, "%s: the value %s", a, wrong)
		}
	}
	return a.checkVocabulary(text, leniency)
}

// Distinct drops elements of a multi-valued attribute that repeat another
// (RFC 7643 section 2.4) and refuses two primary values.
func (a *Attribute) Distinct(list List) (List, error) {
	if a.Type != Complex {
		seen := make(map[any]bool, len(list))
		kept := list[:0]
		for _, v := range list {
			if key := a.Key(v); !seen[key] {
				seen[key] = true
				kept = append(kept, v)
			}
		}
		return kept, nil
	}
	kept, seen := list[:0], make(map[string]bool, len(list))
	for _, v := range list {
		if key := a.identity(v.(*Object)); !seen[key] {
			seen[key] = true
			kept = append(kept, v)
		}
	}
	if primary, ok := a.Primary(); ok {
		count := 0
		for _, v := range kept {
			if v.(*Object).Get(primary) == true {
				count++
			}
		}
		if count > 1 {
			return nil, fault.New(fault.InvalidValue, "%s: at most one element may have primary true", a)
		}
	}
	return kept, nil
}

// Identity is what must not repeat among the elements of a multi-valued
// attribute: the comparison key of a scalar, type and value of an object.
func (a *Attribute) Identity(element Value) any {
	if object, ok := element.(*Object); ok {
		return a.identity(object)
	}
	return a.Key(element)
}

// identity is the type and value of an element, or all of it where it has no
// value: what must not repeat in one attribute.
func (a *Attribute) identity(element *Object) string {
	value, ok := a.Value()
	if !ok || element.Get(value) == nil {
		return string(appendValue(nil, element))
	}
	out := appendValue([]byte("v"), keyed(value, element))
	if kind, ok := a.byName["type"]; ok && element.Get(kind) != nil {
		out = appendValue(append(out, ' '), keyed(kind, element))
	}
	return string(out)
}

func keyed(a *Attribute, object *Object) Value {
	if text, ok := object.Get(a).(string); ok {
		return a.Key(text)
	}
	return object.Get(a)
}

// CheckRequired refuses an object that lacks a required attribute, at the top
// level, in an extension or in a complex value that is present.
func (t *ResourceType) CheckRequired(object *Object) error { return checkRequired(t.root, object) }

func checkRequired(parent *Attribute, object *Object) error {
	for _, a := range parent.Sub {
		if a.Computed == ComputedMeta || a.Name == "schemas" && a.Parent == nil {
			continue
		}
		v := object.Get(a)
		if v == nil {
			// A password that is required was given once and is not shown again.
			if a.Required && a.Mutability != ReadOnly && a.Computed != ComputedPassword {
				return fault.New(fault.InvalidValue, "%s is required", a)
			}
			continue
		}
		if a.Type != Complex {
			continue
		}
		for _, element := range elements(v) {
			if err := checkRequired(a, element.(*Object)); err != nil {
				return err
			}
		}
	}
	return nil
}

// CheckImmutable refuses a change of an immutable attribute that has a value
// (RFC 7644 section 3.5.1). Computed attributes are left to their owners.
func (t *ResourceType) CheckImmutable(before, after *Object) error {
	return checkImmutable(t.root, before, after)
}

func checkImmutable(parent *Attribute, before, after *Object) error {
	for _, a := range parent.Sub {
		old := before.Get(a)
		if old == nil || a.Computed != Stored {
			continue
		}
		if a.Mutability == Immutable && !Equal(old, after.Get(a)) {
			return fault.New(fault.Mutability, "%s is immutable and has a value", a)
		}
		if a.Type == Complex && !a.MultiValued {
			replaced, _ := after.Get(a).(*Object)
			if err := checkImmutable(a, old.(*Object), replaced); err != nil {
				return err
			}
		}
	}
	return nil
}

func elements(v Value) List {
	if list, ok := v.(List); ok {
		return list
	}
	return List{v}
}
