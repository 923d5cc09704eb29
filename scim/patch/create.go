package patch

import (
	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// create makes the element that a value filter describes, where none matches
// it: Entra adds emails[type eq "work"].value to users who have no such
// address. The RFC's answer to an unmatched filter is noTarget.
func (p *patcher) create(op Op, path filter.Path, existing int) (schema.Value, error) {
	a := path.Attribute
	none := fault.New(fault.NoTarget, "no value of %s matches the filter of the path", a)
	if op != Add || len(path.Terms) == 0 || a.Type != schema.Complex || !a.MultiValued && existing > 0 {
		return nil, none
	}
	if !p.leniency.Use(schema.CreateOnFilter) {
		return nil, none
	}
	element := &schema.Object{}
	for _, term := range path.Terms {
		if term.Attribute.ReadOnlyHere() {
			return nil, fault.New(fault.Mutability, "%s is read-only", term.Attribute)
		}
		v, err := term.Attribute.DecodeValue(literalText(term.Literal), true, p.leniency)
		if err != nil {
			return nil, err
		}
		element.Set(term.Attribute, v)
	}
	if !filter.MatchElement(path.Where, a, element) {
		return nil, none // it contradicts itself
	}
	return element, nil
}

func literalText(literal any) jsontext.Value {
	var out []byte
	switch v := literal.(type) {
	case string:
		out, _ = jsontext.AppendQuote(nil, v) // filters are UTF-8
	case bool:
		out = []byte(jsontext.Bool(v).String())
	case float64:
		out = []byte(jsontext.Float(v).String())
	}
	return out
}
