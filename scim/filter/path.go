package filter

import (
	ast "github.com/scim2/filter-parser/v2"

	"rollcall/scim/fault"
)

// ParsePath reads the text of a PATCH path: attrPath / valuePath [subAttr]. A
// refusal is a *fault.Error: invalidPath, or invalidFilter for what is wrong
// inside the brackets.
func ParsePath(text string) (ast.Path, error) {
	if len(text) > MaxLength {
		return ast.Path{}, fault.New(fault.InvalidPath, "the path is longer than %d bytes", MaxLength)
	}
	p := parser{text: text}
	attribute, err := p.attributePath()
	if err != nil {
		return ast.Path{}, p.failPath("an attribute name")
	}
	path := ast.Path{AttributePath: attribute}
	if p.at == len(text) {
		return path, nil
	}
	if !p.next('[') {
		return ast.Path{}, p.failPath("the end or a value filter in [ ]")
	}
	if p.at < len(text) && digit(text[p.at]) {
		return ast.Path{}, p.failPath("a value filter; there are no array indexes in SCIM")
	}
	if path.ValueExpression, err = p.where(); err != nil {
		return ast.Path{}, err
	}
	if p.next('.') {
		sub, err := p.name()
		if err != nil {
			return ast.Path{}, p.failPath("a sub-attribute name")
		}
		path.SubAttribute = &sub
	}
	if p.at < len(text) {
		return ast.Path{}, p.failPath("the end")
	}
	return path, nil
}

func (p *parser) failPath(expected string) error {
	return fault.New(fault.InvalidPath, "the path is not valid at byte %d, where %s is due", p.at, expected)
}
