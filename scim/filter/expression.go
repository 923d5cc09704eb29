package filter

import (
	"strings"

	ast "github.com/scim2/filter-parser/v2"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// expression binds one comparison or presence test.
func (b *binder) expression(e *ast.AttributeExpression) (Filter, error) {
	a, err := b.lookup(e, e.AttributePath)
	if err != nil {
		return nil, err
	}
	op, compares := operator(e.Operator)
	null := compares && e.CompareValue == nil
	if null && op != Equal && op != NotEqual {
		return nil, fault.New(fault.InvalidFilter, "null compares with eq and ne only")
	}
	if a == nil {
		// Unassigned in this type: equal to null, and not equal to all else.
		return Constant(compares && (op == Equal && null || op == NotEqual && !null)), nil
	}
	if hidden(a) {
		return nil, refuseHidden(a)
	}
	switch {
	case !compares, null && op == NotEqual:
		return b.present(a)
	case null:
		f, err := b.present(a)
		if err != nil {
			return nil, err
		}
		return negate(f), nil
	}
	leaf, err := b.leaf(a)
	if err != nil {
		return nil, err
	}
	return b.compare(leaf, op, e.CompareValue)
}

func operator(o ast.CompareOperator) (op Op, compares bool) {
	for i, name := range opNames {
		if string(o) == name {
			return Op(i), true
		}
	}
	return 0, false
}

// present binds "pr". What every resource has needs no look.
func (b *binder) present(a *schema.Attribute) (Filter, error) {
	if b.resource != nil {
		if a.Top() == b.resource.Meta {
			return Constant(true), unsupportedMeta(a)
		}
		if a == b.resource.ID || a == b.resource.Schemas {
			return Constant(true), nil
		}
	}
	return Present{a}, nil
}

// leaf finds the scalar attribute that a comparison with a stands for: a
// multi-valued complex attribute means its "value" (RFC 7644 section 3.4.2.2).
func (b *binder) leaf(a *schema.Attribute) (*schema.Attribute, error) {
	if a.Type != schema.Complex {
		return a, nil
	}
	value, ok := a.Value()
	switch {
	case ok && a.MultiValued:
		return value, nil
	case ok && !a.Extension && b.leniency.Use(schema.BareReferences):
		return value, nil
	case a.Extension:
		return nil, fault.New(fault.InvalidFilter, "%s is a schema; compare one of its attributes", a)
	}
	return nil, fault.New(fault.InvalidFilter, "%s is complex; compare one of its sub-attributes, as in %s.%s", a, a, a.Sub[0].Name)
}

// compare binds a comparison of a leaf with a literal that is not null.
func (b *binder) compare(a *schema.Attribute, op Op, literal any) (Filter, error) {
	if hidden(a) {
		return nil, refuseHidden(a)
	}
	if !b.inMemory && !a.Indexed() {
		return nil, fault.New(fault.InvalidFilter, "%s can only be tested with pr", a)
	}
	value, err := b.literal(a, literal)
	if err != nil {
		return nil, err
	}
	if err := checkOperator(a, op); err != nil {
		return nil, err
	}
	if b.resource != nil {
		switch {
		case a.Top() == b.resource.Meta:
			return b.meta(a, op, value)
		case a == b.resource.Schemas:
			f := Compare{a, op, strings.ToLower(literal.(string))}
			if b.element != nil {
				return f, nil
			}
			return b.schemas(f), nil
		}
	}
	if isPrimary(a) {
		return b.primary(a, op, value == true), nil
	}
	return Compare{a, op, value}, nil
}
