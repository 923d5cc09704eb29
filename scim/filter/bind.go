package filter

import (
	ast "github.com/scim2/filter-parser/v2"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// Bind finds the attributes of a filter in a resource type and checks that
// operators and literals fit them. A refusal is invalidFilter.
func Bind(e ast.Expression, t *schema.ResourceType, l *schema.Leniency) (Filter, error) {
	b := binder{resource: t, leniency: l}
	return b.bind(e)
}

// BindEach binds the filter of a query over several types (RFC 7644 section
// 3.4.2.1), one result a type: an attribute that one of them lacks counts as
// unassigned there; one that all lack is invalidFilter.
func BindEach(e ast.Expression, types []*schema.ResourceType, l *schema.Leniency) ([]Filter, error) {
	several := &lookups{known: map[ast.Expression]bool{}}
	filters := make([]Filter, 0, len(types))
	for _, t := range types {
		b := binder{resource: t, leniency: l, several: several}
		f, err := b.bind(e)
		if err != nil {
			return nil, err
		}
		filters = append(filters, f)
	}
	for _, miss := range several.missed {
		if !several.known[miss.expression] {
			return nil, miss.err
		}
	}
	return filters, nil
}

// BindElement binds the filter inside the brackets of a PATCH path. It is
// matched in memory, so that it may also name what no index holds.
func BindElement(e ast.Expression, multi *schema.Attribute, l *schema.Leniency) (Filter, error) {
	b := binder{leniency: l, element: multi, inMemory: true}
	return b.bind(e)
}

type binder struct {
	resource *schema.ResourceType
	leniency *schema.Leniency
	// element is the attribute whose brackets are being read.
	element  *schema.Attribute
	inMemory bool
	// several is set in a query over several types.
	several *lookups
}

func (b *binder) bind(e ast.Expression) (Filter, error) {
	switch e := e.(type) {
	case *ast.LogicalExpression:
		return b.logical(e)
	case *ast.NotExpression:
		f, err := b.bind(e.Expression)
		if err != nil {
			return nil, err
		}
		return negate(f), nil
	case *ast.ValuePath:
		return b.valuePath(e)
	case *ast.AttributeExpression:
		return b.expression(e)
	default:
		return nil, fault.New(fault.InvalidFilter, "the filter is empty")
	}
}

// logical binds a chain of one operator, which the parser nests to the left,
// without recursion along it.
func (b *binder) logical(e *ast.LogicalExpression) (Filter, error) {
	var chain []ast.Expression
	for at := e; ; {
		chain = append(chain, at.Right)
		left, ok := at.Left.(*ast.LogicalExpression)
		if !ok || left.Operator != e.Operator {
			chain = append(chain, at.Left)
			break
		}
		at = left
	}
	filters := make([]Filter, 0, len(chain))
	for i := len(chain) - 1; i >= 0; i-- {
		f, err := b.bind(chain[i])
		if err != nil {
			return nil, err
		}
		filters = append(filters, f)
	}
	if e.Operator == ast.AND {
		return all(filters...), nil
	}
	return anyOf(filters...), nil
}

func (b *binder) valuePath(e *ast.ValuePath) (Filter, error) {
	if b.element != nil {
		return nil, fault.New(fault.InvalidFilter, "a filter in [ ] cannot contain another one")
	}
	a, err := b.lookup(e, e.AttributePath)
	if err != nil {
		return nil, err
	}
	if a == nil {
		return Constant(false), nil
	}
	if !selectable(a) {
		return nil, fault.New(fault.InvalidFilter, "%s takes no filter in [ ]: it has no elements", a)
	}
	if hidden(a) {
		return nil, refuseHidden(a)
	}
	inner := *b
	inner.element = a
	where, err := inner.bind(e.ValueFilter)
	switch {
	case err != nil:
		return nil, err
	case a == b.resource.Meta:
		return where, nil // every resource has exactly one
	case a == b.resource.Schemas:
		return b.schemas(where), nil
	}
	if constant, ok := where.(Constant); ok {
		return all(constant, Present{a}), nil
	}
	return Element{a, where}, nil
}
