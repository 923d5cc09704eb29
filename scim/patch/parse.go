package patch

import (
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// URN marks the body of a PATCH.
const URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

// MaxOperations bounds the operations of one request.
const MaxOperations = 10_000

// maxDepth bounds the nesting of the body, values included.
const maxDepth = 64

// Parse reads a PATCH body and binds its paths to the type. A refusal is a
// *fault.Error, also one that the body's reader makes.
func Parse(body io.Reader, t *schema.ResourceType, l *schema.Leniency) (Request, error) {
	p := parser{Decoder: jsontext.NewDecoder(body), resource: t, leniency: l}
	if err := p.body(); err != nil {
		return Request{}, schema.SyntaxFault(err)
	}
	return Request{Operations: p.operations}, nil
}

type parser struct {
	*jsontext.Decoder
	resource   *schema.ResourceType
	leniency   *schema.Leniency
	operations []Operation
}

func (p *parser) body() error {
	var declared, given bool
	err := p.object("the body", func(name string) (err error) {
		switch name {
		case "schemas":
			declared, err = p.schemas()
		case "operations":
			given, err = true, p.list()
		default:
			err = p.unknown(name)
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case !declared:
		return fault.New(fault.InvalidSyntax, "schemas must name %s", URN)
	case !given || len(p.operations) == 0:
		return fault.New(fault.InvalidSyntax, "Operations must be an array of at least one operation")
	}
	if _, err := p.ReadToken(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = fault.New(fault.InvalidSyntax, "the body continues after the JSON object")
		}
		return err
	}
	return nil
}

// object reads an object whose member names ignore case (RFC 7643 section 2.1
// holds for messages too); member must read the value.
func (p *parser) object(what string, member func(name string) error) error {
	if kind := p.PeekKind(); kind != '{' && kind != 0 {
		return fault.New(fault.InvalidSyntax, "%s must be a JSON object", what)
	}
	if _, err := p.ReadToken(); err != nil {
		return err
	}
	seen := make(map[string]bool, 4)
	for p.PeekKind() != '}' {
		token, err := p.ReadToken()
		if err != nil {
			return err
		}
		name := strings.ToLower(token.String())
		if seen[name] {
			return fault.New(fault.InvalidSyntax, "%s names a member twice", what)
		}
		seen[name] = true
		if err := member(name); err != nil {
			return err
		}
	}
	_, err := p.ReadToken()
	return err
}

// schemas reports whether the URN of a PATCH is among the values.
func (p *parser) schemas() (declared bool, err error) {
	if kind := p.PeekKind(); kind != '[' && kind != 0 {
		return false, fault.New(fault.InvalidSyntax, "schemas must be an array that names %s", URN)
	}
	if _, err := p.ReadToken(); err != nil {
		return false, err
	}
	for p.PeekKind() != ']' {
		token, err := p.ReadToken()
		if err != nil {
			return false, err
		}
		if token.Kind() != '"' {
			return false, fault.New(fault.InvalidSyntax, "schemas must be an array of strings")
		}
		declared = declared || strings.EqualFold(token.String(), URN)
	}
	_, err = p.ReadToken()
	return declared, err
}

func (p *parser) list() error {
	if kind := p.PeekKind(); kind != '[' && kind != 0 {
		return fault.New(fault.InvalidSyntax, "Operations must be an array of at least one operation")
	}
	if _, err := p.ReadToken(); err != nil {
		return err
	}
	for p.PeekKind() != ']' {
		if len(p.operations) == MaxOperations {
			return fault.Plain(413, "a request can have at most %d operations", MaxOperations)
		}
		operation, err := p.operation()
		if err != nil {
			return atOperation(err, len(p.operations), -1)
		}
		p.operations = append(p.operations, operation)
	}
	_, err := p.ReadToken()
	return err
}

func (p *parser) unknown(name string) error {
	if !p.leniency.Use(schema.UnknownAttributes) {
		return fault.New(fault.InvalidSyntax, "%q is not part of a PATCH request", fault.Clip(name))
	}
	_, err := p.value()
	return err
}
