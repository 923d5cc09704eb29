package filter

import "rollcall/scim/schema"

// Filter is a filter bound to one resource type. The set is closed: And, Or,
// Not, Constant, Compare, Present and Element.
type Filter interface{ filter() }

type (
	// And holds when all of its filters do; it has at least two.
	And []Filter
	// Or holds when one of its filters does; it has at least two.
	Or []Filter
	// Not holds when its filter does not.
	Not struct{ Filter Filter }
	// Constant is decided without looking at a resource: an attribute that this
	// type lacks in a query over several types, or meta.resourceType.
	Constant bool
)

// Compare compares a scalar attribute with a literal. Where the attribute or
// its parent is multi-valued, any value that satisfies the operator will do.
//
// NotEqual also holds when there is no value at all: an unassigned attribute
// is not identical to anything.
type Compare struct {
	// Attribute is a leaf. Directly inside an Element it is a sub-attribute of
	// the element, or, for elements that are scalars, the Element's attribute.
	Attribute *schema.Attribute
	Op        Op
	// Value has the form of schema.Attribute.Key: a folded string, a float64 or
	// a bool; a dateTime is the text of schema.TimeKey.
	Value any
}

// Present holds when the attribute has a non-empty value, or, being complex,
// any node with one. Attribute may be an extension.
type Present struct{ Attribute *schema.Attribute }

// Element holds when one and the same element of the attribute satisfies
// Where. A complex attribute that is not multi-valued has one element or none.
type Element struct {
	Attribute *schema.Attribute
	Where     Filter
}

func (And) filter()      {}
func (Or) filter()       {}
func (Not) filter()      {}
func (Constant) filter() {}
func (Compare) filter()  {}
func (Present) filter()  {}
func (Element) filter()  {}

// Op is a comparison operator.
type Op uint8

// The operators of RFC 7644 Table 3, but for "pr", which is Present.
const (
	Equal Op = iota
	NotEqual
	Contains
	StartsWith
	EndsWith
	Greater
	GreaterOrEqual
	Less
	LessOrEqual
)

var opNames = [...]string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"}

func (o Op) String() string { return opNames[o] }

// substring reports whether the operator looks at a part of a string.
func (o Op) substring() bool { return o == Contains || o == StartsWith || o == EndsWith }

// ordering reports whether the operator needs an order of values.
func (o Op) ordering() bool { return o >= Greater }

// all joins filters by "and", folding constants and nested conjunctions.
func all(filters ...Filter) Filter {
	kept := make(And, 0, len(filters))
	for _, f := range filters {
		switch f := f.(type) {
		case Constant:
			if !f {
				return f
			}
		case And:
			kept = append(kept, f...)
		default:
			kept = append(kept, f)
		}
	}
	switch len(kept) {
	case 0:
		return Constant(true)
	case 1:
		return kept[0]
	}
	return kept
}

// anyOf joins filters by "or", folding constants and nested disjunctions.
func anyOf(filters ...Filter) Filter {
	kept := make(Or, 0, len(filters))
	for _, f := range filters {
		switch f := f.(type) {
		case Constant:
			if f {
				return f
			}
		case Or:
			kept = append(kept, f...)
		default:
			kept = append(kept, f)
		}
	}
	switch len(kept) {
	case 0:
		return Constant(false)
	case 1:
		return kept[0]
	}
	return kept
}

func negate(f Filter) Filter {
	switch f := f.(type) {
	case Constant:
		return !f
	case Not:
		return f.Filter
	default:
		return Not{f}
	}
}
