package patch

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

func (p *parser) operation() (Operation, error) {
	var operation Operation
	var named bool
	err := p.object("an operation", func(name string) (err error) {
		switch name {
		case "op":
			named = true
			operation.Op, err = p.op()
		case "path":
			operation.Path, err = p.path()
		case "value":
			operation.Value, err = p.value()
		default:
			err = p.unknown(name)
		}
		return err
	})
	if err == nil && !named {
		err = fault.New(fault.InvalidSyntax, "op is missing; it must be add, remove or replace")
	}
	return operation, err
}

func (p *parser) op() (Op, error) {
	token, err := p.ReadToken()
	if err != nil {
		return 0, err
	}
	if token.Kind() == '"' {
		text := token.String()
		for op, name := range opNames {
			if text == name || strings.EqualFold(text, name) && p.leniency.Use(schema.OperationCase) {
				return Op(op), nil
			}
		}
	}
	return 0, fault.New(fault.InvalidSyntax, "op must be add, remove or replace")
}

// path reads and binds a path; null is no path.
func (p *parser) path() (*filter.Path, error) {
	token, err := p.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case 'n':
		return nil, nil
	case '"':
		text := token.String()
		if text == "" && p.leniency.Use(schema.EmptyStrings) {
			return nil, nil
		}
		return bindPath(text, p.resource, p.leniency)
	default:
		return nil, fault.New(fault.InvalidPath, "path must be a string")
	}
}

func bindPath(text string, t *schema.ResourceType, l *schema.Leniency) (*filter.Path, error) {
	parsed, err := filter.ParsePath(text)
	if err != nil {
		return nil, err
	}
	path, err := filter.BindPath(parsed, t, l)
	if err != nil {
		return nil, err
	}
	return &path, nil
}

// value keeps the text of a value, because only the path says how to read it
// and may come after it.
func (p *parser) value() (jsontext.Value, error) {
	raw, err := p.ReadValue()
	if err != nil {
		return nil, err
	}
	if p.StackDepth()+depth(raw) > maxDepth {
		return nil, fault.New(fault.InvalidSyntax, "the body is nested deeper than %d levels", maxDepth)
	}
	return raw.Clone(), nil
}

// depth is the nesting of valid JSON text.
func depth(raw jsontext.Value) int {
	most, now := 0, 0
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '{', '[':
			now++
			most = max(most, now)
		case '}', ']':
			now--
		case '"':
			for i++; raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
		}
	}
	return most
}
