package patch

import (
	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// writeComplex sets the given sub-attributes and keeps the others (RFC 7644
// sections 3.5.2.1 and 3.5.2.3), unless a replace is demanded to be one of the
// whole.
func (p *patcher) writeComplex(op Op, a *schema.Attribute, raw jsontext.Value) error {
	switch {
	case raw.Kind() == '{' && a.Extension:
		return p.extension(op, a, raw)
	case raw.Kind() == '{':
		return p.inside(a, func(holder *schema.Object) error {
			p.clear(op, holder)
			return p.mergeObject(op, holder, a, raw)
		})
	}
	// null, or a form that a normalisation accepts.
	v, err := a.DecodeValue(raw, false, p.leniency)
	if err != nil {
		return err
	}
	given, ok := v.(*schema.Object)
	if !ok {
		return p.inside(a.Parent, func(holder *schema.Object) error { return p.put(holder, a, nil) })
	}
	return p.inside(a, func(holder *schema.Object) error {
		p.clear(op, holder)
		for sub, value := range given.All() {
			if err := p.put(holder, sub, value); err != nil {
				return err
			}
		}
		return nil
	})
}

// clear makes room for a replace of the whole. What immutable sub-attributes
// lose shows in the end.
func (p *patcher) clear(op Op, holder *schema.Object) {
	if op != Replace || !p.leniency.Demands(schema.WholeReplace) {
		return
	}
	for sub := range holder.Clone().All() {
		if sub.Mutability != schema.ReadOnly {
			holder.Delete(sub)
		}
	}
}

// mergeObject writes the members of a complex value into the object that is
// there. An object that only unassigns "value" unassigns the whole: without
// its value a reference is nothing.
func (p *patcher) mergeObject(op Op, holder *schema.Object, a *schema.Attribute, raw jsontext.Value) error {
	unassigned, assigned := false, false
	err := eachMember(raw, func(key string) (func(jsontext.Value) error, *schema.Attribute, error) {
		sub, ok := a.LookupLenient(key, p.leniency)
		switch {
		case !ok && p.leniency.Use(schema.UnknownAttributes):
			return nil, nil, nil
		case !ok:
			return nil, nil, fault.New(fault.InvalidSyntax, "%s has no sub-attribute %q", a, fault.Clip(key))
		case sub.Mutability == schema.ReadOnly && p.leniency.Use(schema.ReadOnlyEcho):
			return nil, nil, nil
		case sub.Mutability == schema.ReadOnly:
			return nil, nil, fault.New(fault.Mutability, "%s is read-only", sub)
		}
		return func(raw jsontext.Value) error {
			v, err := sub.DecodeValue(raw, op == Add, p.leniency)
			if err != nil {
				return err
			}
			if value, ok := a.Value(); ok && value == sub && v == nil {
				unassigned = true
			}
			assigned = assigned || v != nil
			if sub.MultiValued && op == Add {
				return p.add(holder, sub, v)
			}
			return p.put(holder, sub, v)
		}, sub, nil
	})
	if err != nil || assigned || !unassigned {
		return err
	}
	for sub := range holder.Clone().All() {
		if err := p.put(holder, sub, nil); err != nil {
			return err
		}
	}
	return nil
}
