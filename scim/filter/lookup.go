package filter

import (
	ast "github.com/scim2/filter-parser/v2"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// lookups collects over several types which expressions found an attribute.
type lookups struct {
	known  map[ast.Expression]bool
	missed []miss
}

type miss struct {
	expression ast.Expression
	err        error
}

// lookup finds an attribute. In a query over several types it returns nil for
// one that this type lacks.
func (b *binder) lookup(e ast.Expression, path ast.AttributePath) (*schema.Attribute, error) {
	a, ok := b.find(path)
	switch {
	case ok && b.several != nil:
		b.several.known[e] = true
		return a, nil
	case ok:
		return a, nil
	}
	var err error
	if name := fault.Clip(fullName(path)); b.element != nil {
		err = fault.New(fault.InvalidFilter, "%q is not a sub-attribute of %s", name, b.element)
	} else {
		err = fault.New(fault.InvalidFilter, "%q is not an attribute of %s", name, b.resource.Name)
	}
	if b.several != nil {
		b.several.missed = append(b.several.missed, miss{e, err})
		return nil, nil
	}
	return nil, err
}

func (b *binder) find(path ast.AttributePath) (*schema.Attribute, bool) {
	if b.element != nil {
		return b.elementAttribute(path)
	}
	return b.resource.LookupLenient(fullName(path), b.leniency)
}

// elementAttribute finds a name inside brackets: a sub-attribute, or "value"
// for an element that is a scalar.
func (b *binder) elementAttribute(path ast.AttributePath) (*schema.Attribute, bool) {
	if path.URIPrefix != nil || path.SubAttribute != nil {
		return nil, false
	}
	if b.element.Type != schema.Complex {
		return b.element, isValue(path.AttributeName)
	}
	return b.element.LookupLenient(path.AttributeName, b.leniency)
}

func fullName(p ast.AttributePath) string {
	name := p.AttributeName
	if p.URIPrefix != nil {
		name = *p.URIPrefix + ":" + name
	}
	if p.SubAttribute != nil {
		name += "." + *p.SubAttribute
	}
	return name
}
