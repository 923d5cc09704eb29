package schema

import (
	"iter"
	"slices"
	"strconv"
)

// Value is the value of one attribute: a string (string, reference, binary and
// dateTime), bool, int64, Number, *Object, or a List of one of these. nil
// stands for unassigned and is never stored in an Object.
type Value any

// List is the value of a multi-valued attribute; it is never empty.
type List []Value

// Number is a decimal in the digits in which it was sent.
type Number string

// Float returns the number as a float64.
func (n Number) Float() float64 {
	f, _ := strconv.ParseFloat(string(n), 64)
	return f
}

// Object is a resource or a complex value: attributes with their values, in
// the order of the schema. An empty Object is never stored in another.
type Object struct {
	fields []field
	// unassigned are the attributes of extensions, and extensions, that the body
	// named without a value.
	unassigned []*Attribute
}

type field struct {
	attribute *Attribute
	value     Value
}

// Get returns the value of an attribute of this object, nil when unassigned.
func (o *Object) Get(a *Attribute) Value {
	if o == nil {
		return nil
	}
	for i := range o.fields {
		if o.fields[i].attribute == a {
			return o.fields[i].value
		}
	}
	return nil
}

// Text returns the value of a string attribute, "" when unassigned.
func (o *Object) Text(a *Attribute) string {
	text, _ := o.Get(a).(string)
	return text
}

// Set assigns a value; nil, an empty list and an empty object unassign.
func (o *Object) Set(a *Attribute, v Value) {
	if IsEmpty(v) {
		o.Delete(a)
		return
	}
	i, found := slices.BinarySearchFunc(o.fields, a.position, func(f field, position int) int { return f.attribute.position - position })
	if found {
		o.fields[i].value = v
		return
	}
	o.fields = slices.Insert(o.fields, i, field{a, v})
}

// Unassigned reports whether the body of the request named an attribute at the
// top level or of an extension without giving it a value, instead of leaving it
// out.
func (o *Object) Unassigned(a *Attribute) bool {
	return slices.Contains(o.unassigned, a) || a.Parent != nil && a.Parent.Extension && slices.Contains(o.unassigned, a.Parent)
}

// Delete unassigns an attribute.
func (o *Object) Delete(a *Attribute) {
	o.fields = slices.DeleteFunc(o.fields, func(f field) bool { return f.attribute == a })
}

// Len is the number of assigned attributes.
func (o *Object) Len() int { return len(o.fields) }

// All iterates over the assigned attributes in the order of the schema.
func (o *Object) All() iter.Seq2[*Attribute, Value] {
	return func(yield func(*Attribute, Value) bool) {
		for _, f := range o.fields {
			if !yield(f.attribute, f.value) {
				return
			}
		}
	}
}

// Clone copies the object; scalars are shared.
func (o *Object) Clone() *Object {
	copied := &Object{fields: make([]field, len(o.fields))}
	for i, f := range o.fields {
		copied.fields[i] = field{f.attribute, cloneValue(f.value)}
	}
	return copied
}

func cloneValue(v Value) Value {
	switch v := v.(type) {
	case *Object:
		return v.Clone()
	case List:
		copied := make(List, len(v))
		for i, element := range v {
			copied[i] = cloneValue(element)
		}
		return copied
	default:
		return v
	}
}

// IsEmpty reports whether a value counts as unassigned (RFC 7643 section 2.5).
func IsEmpty(v Value) bool {
	switch v := v.(type) {
	case nil:
		return true
	case List:
		return len(v) == 0
	case *Object:
		return v == nil || len(v.fields) == 0
	default:
		return false
	}
}

// Equal compares two values as they are stored: strings byte by byte, lists in
// their order.
func Equal(a, b Value) bool {
	switch a := a.(type) {
	case *Object:
		b, ok := b.(*Object)
		if !ok || len(a.fields) != len(b.fields) {
			return false
		}
		for i, f := range a.fields {
			if b.fields[i].attribute != f.attribute || !Equal(f.value, b.fields[i].value) {
				return false
			}
		}
		return true
	case List:
		b, ok := b.(List)
		return ok && slices.EqualFunc(a, b, func(x, y Value) bool { return Equal(x, y) })
	case Number:
		b, ok := b.(Number)
		return ok && a.Float() == b.Float()
	default:
		if _, list := b.(List); list {
			return false
		}
		return a == b
	}
}

// Visible returns the object without what is never returned, at any depth: the
// form in which it may be logged, audited and told to others. It is the object
// itself where there is nothing to leave out.
func (o *Object) Visible() *Object {
	visible := &Object{}
	for a, v := range o.All() {
		if a.Returned != Never {
			visible.Set(a, VisibleValue(v))
		}
	}
	if Equal(visible, o) {
		return o
	}
	return visible
}

// VisibleValue is Visible for any value; nil where nothing of it is visible.
func VisibleValue(v Value) Value {
	switch v := v.(type) {
	case *Object:
		return v.Visible()
	case List:
		list := make(List, 0, len(v))
		for _, element := range v {
			if element = VisibleValue(element); !IsEmpty(element) {
				list = append(list, element)
			}
		}
		return list
	default:
		return v
	}
}

// Attributes iterates over the assigned attributes.
func (o *Object) Attributes() iter.Seq[*Attribute] {
	return func(yield func(*Attribute) bool) {
		for a := range o.All() {
			if !yield(a) {
				return
			}
		}
	}
}
