package filter

import (
	"strings"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// meta binds a comparison with a sub-attribute of meta. The type of a resource
// is known here; its times are columns of the store; where it is and its
// version are made when it is answered, and nothing can look for them.
func (b *binder) meta(a *schema.Attribute, op Op, value any) (Filter, error) {
	if err := unsupportedMeta(a); err != nil {
		return nil, err
	}
	if a.Type == schema.DateTime {
		return Compare{a, op, value}, nil
	}
	return Constant(satisfies(op, b.resource.Name, value)), nil
}

func unsupportedMeta(a *schema.Attribute) error {
	switch a.Name {
	case "version", "location":
		return fault.New(fault.InvalidFilter, "%s cannot be used in a filter", a)
	}
	return nil
}

// schemas turns a condition on one value of "schemas" into one on data: the
// base schema is always there, an extension where it has attributes.
func (b *binder) schemas(where Filter) Filter {
	holds := func(urn string) bool { return MatchElement(where, b.resource.Schemas, strings.ToLower(urn)) }
	var alternatives []Filter
	if holds(b.resource.URN) {
		return Constant(true)
	}
	for _, use := range b.resource.Extensions {
		if extension, ok := b.resource.Extension(use.URN); ok && holds(use.URN) {
			alternatives = append(alternatives, Present{extension})
		}
	}
	return anyOf(alternatives...)
}

// isPrimary reports whether a missing value of the attribute means false
// (RFC 7643 section 2.4).
func isPrimary(a *schema.Attribute) bool {
	if a.Parent == nil || !a.Parent.MultiValued {
		return false
	}
	primary, ok := a.Parent.Primary()
	return ok && primary == a
}

// primary binds eq and ne so that elements without the attribute count as
// false. Nothing else compares booleans.
func (b *binder) primary(a *schema.Attribute, op Op, value bool) Filter {
	isTrue := Filter(Compare{a, Equal, true})
	wanted := value == (op == Equal)
	if b.element != nil {
		if wanted {
			return isTrue
		}
		return Not{isTrue}
	}
	f := isTrue
	if !wanted {
		f = Element{a.Parent, Not{isTrue}}
	}
	if op == NotEqual {
		return anyOf(f, Not{Present{a.Parent}}) // no element at all
	}
	return f
}
