package patch

import (
	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// write is add and replace of one target.
func (p *patcher) write(op Op, path filter.Path, raw jsontext.Value) error {
	a := path.Attribute
	if err := p.name(path); err != nil {
		return err
	}
	switch {
	case a == p.resource.Schemas:
		return p.schemas(raw)
	case a.Top() == p.resource.Members:
		return p.writeMembers(op, path, raw)
	case path.Where != nil:
		return p.writeElements(op, path, raw)
	case a.Parent != nil && a.Parent.MultiValued:
		return p.writeEach(op, a, raw)
	case a.Type == schema.Complex && !a.MultiValued:
		return p.writeComplex(op, a, raw)
	}
	v, err := a.DecodeValue(raw, op == Add, p.leniency)
	if err != nil {
		return err
	}
	return p.inside(a.Parent, func(holder *schema.Object) error {
		if a.MultiValued && op == Add {
			return p.add(holder, a, v)
		}
		return p.put(holder, a, v)
	})
}

// name notes and checks what an operation names.
func (p *patcher) name(path filter.Path) error {
	target := path.Attribute
	p.touched[target.Top()] = true
	if path.Sub != nil {
		target = path.Sub
	}
	if target.ReadOnlyHere() {
		return fault.New(fault.Mutability, "%s is read-only", target)
	}
	return nil
}

// put sets or unassigns a scalar, a list as a whole or an element's
// sub-attribute.
func (p *patcher) put(holder *schema.Object, a *schema.Attribute, v schema.Value) error {
	if schema.IsEmpty(v) && a.Required {
		return fault.New(fault.InvalidValue, "%s is required", a)
	}
	if err := checkImmutable(holder, a, v); err != nil {
		return err
	}
	if a.MultiValued {
		p.changed(a)
	}
	holder.Set(a, v)
	return nil
}

// checkImmutable refuses to change what is immutable and has a value. For
// attributes outside elements the final state decides instead.
func checkImmutable(holder *schema.Object, a *schema.Attribute, v schema.Value) error {
	if a.Mutability != schema.Immutable || a.Parent == nil || !a.Parent.MultiValued {
		return nil
	}
	if old := holder.Get(a); old != nil && !schema.Equal(old, v) {
		return fault.New(fault.Mutability, "%s is immutable and has a value", a)
	}
	return nil
}

// changed forgets what was known of a list.
func (p *patcher) changed(a *schema.Attribute) {
	delete(p.indexes, a)
	if a.Parent == nil || !a.Parent.MultiValued {
		p.lists[a] = true
	}
}

// schemas checks values written to "schemas". They have no effect of their
// own: the answer's schemas follow from the data (RFC 7643 section 3.3).
func (p *patcher) schemas(raw jsontext.Value) error {
	v, err := p.resource.Schemas.DecodeValue(raw, true, p.leniency)
	if err != nil {
		return err
	}
	list, _ := v.(schema.List)
	if len(list) == 0 {
		return fault.New(fault.InvalidValue, "schemas is required")
	}
	for _, urn := range list {
		if err := p.resource.CheckSchema(urn.(string), p.leniency); err != nil {
			return err
		}
	}
	return nil
}
